namespace Patchwise;

/// <summary>What all charts have in common, and how Plotly.NET's objects are filled from C#.</summary>
static class Style
{
    internal const string Ink = "#333333", Grid = "#e3e6ea", Frame = "#9aa3ad", Muted = "#667079", Quiet = "#8fadcc";
    internal const string Fonts = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";
    internal const int Text = 13, Row = 18;

    /// <summary>Okabe and Ito's colors, which people with any color vision tell apart.</summary>
    static readonly string[] Colors = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#6f6f6f", "#b8a400"];

    /// <summary>Light to dark blue, for amounts: lightness falls evenly, so it reads in grey as well.</summary>
    internal static readonly object Amounts = Scale("#f7fbff", "#d6e6f4", "#abd0e6", "#6aaed6", "#3787c0", "#105ba4", "#08306b");

    internal static string Color(int index) => Colors[index % Colors.Length];

    internal static object Scale(params IReadOnlyList<string> colors) =>
        colors.Select((color, i) => new object[] { i / (colors.Count - 1.0), color }).ToArray();

    /// <summary>The scale of probabilities, clear below one.</summary>
    internal static object From(double least)
    {
        const string Clear = "rgba(0,0,0,0)";
        var shown = Enumerable.Range(0, 21).Select(step => step / 20.0).Where(at => at >= least).Select(at => new object[] { at, Palette.HeatAt(at) });
        return least > 0 ? new object[][] { [0, Clear], [least, Clear] }.Concat(shown).ToArray() : shown.ToArray();
    }

    /// <summary>Sets the properties of an anonymous object that are not null; a property of Plotly.NET's objects is called as plotly.js calls it.</summary>
    internal static T With<T>(this T part, object properties) where T : DynamicObj.DynamicObj
    {
        foreach (var property in properties.GetType().GetProperties())
            if (property.GetValue(properties) is { } value)
                part.SetProperty(property.Name, value);
        return part;
    }

    internal static T? Get<T>(this DynamicObj.DynamicObj part, string name) where T : class => part.TryGetPropertyValue(name)?.Value as T;

    /// <summary>plotly.js reads a little HTML in texts, and in names and hover texts the places of variables; ours is plain.</summary>
    internal static string Plain(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("%{", "%&#123;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    internal static string[] Plain(IEnumerable<string> texts) => [.. texts.Select(Plain)];

    /// <summary>Numbers as plotly.js has them: null, a gap, for what is none.</summary>
    internal static double?[] Gaps(IEnumerable<double> values) => [.. values.Select(value => double.IsFinite(value) ? value : (double?)null)];

    /// <summary>The longest of 1, 2, 5, 10, ... that is at most a third of a length; of a scale bar.</summary>
    internal static double Bar(double length)
    {
        var (power, most) = (Math.Pow(10, Math.Floor(Math.Log10(length / 3))), length / 3);
        return power * (most >= 5 * power ? 5 : most >= 2 * power ? 2 : 1);
    }

    /// <summary>About what a text takes, px; a little more rather than less.</summary>
    internal static double Width(string text, double size = Text) => 0.6 * size * text.Length;

    /// <summary>The text in lines of at most this many px.</summary>
    internal static string[] Wrap(string text, double width, double size)
    {
        List<string> lines = [];
        foreach (var word in text.Split(' '))
            if (lines.Count > 0 && Width($"{lines[^1]} {word}", size) <= width)
                lines[^1] += " " + word;
            else
                lines.Add(word);
        return [.. lines];
    }
}
