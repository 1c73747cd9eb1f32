using System.Globalization;
using System.Text;

namespace Patchwise;

/// <summary>Writes SVG elements: numbers to a hundredth of a pixel, text escaped, characters that XML forbids replaced.</summary>
/// <param name="device">Pixels a unit where the drawing becomes an image right away, for renderers that cannot enlarge without smoothing; 0: not known.</param>
sealed class SvgText(double device = 0)
{
    internal double Device => device;

    internal const string Fonts = "'Open Sans', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";

    readonly StringBuilder _text = new();

    internal SvgText Raw(string xml)
    {
        _text.Append(xml);
        return this;
    }

    /// <summary>An empty element; attributes as name, value, name, value ... Null values are left out.</summary>
    internal SvgText Element(string name, params ReadOnlySpan<object?> attributes) => Open(name, attributes, "/>\n");

    internal SvgText Begin(string name, params ReadOnlySpan<object?> attributes) => Open(name, attributes, ">\n");

    /// <summary>The outermost element, with white ground.</summary>
    internal SvgText BeginDrawing(double width, double height, string label) =>
        Begin("svg", "xmlns", "http://www.w3.org/2000/svg", "xmlns:xlink", "http://www.w3.org/1999/xlink", "width", width, "height", height,
            "viewBox", $"0 0 {Number(width)} {Number(height)}", "font-family", Fonts, "role", "img", "aria-label", label)
        .Element("rect", "width", width, "height", height, "fill", "#ffffff");

    internal SvgText End(string name) => Raw($"</{name}>\n");

    internal SvgText Text(double x, double y, string text, double size, string anchor = "start", string color = Palette.Ink, bool bold = false, double turn = 0)
    {
        if (text is "")
            return this;
        Open("text", ["x", x, "y", y, "font-size", size, "text-anchor", anchor is "start" ? null : anchor, "fill", color, "font-weight", bold ? "bold" : null,
            "transform", turn == 0 ? null : $"rotate({Number(turn)} {Number(x)} {Number(y)})"], ">");
        return Raw($"{Escape(text)}</text>\n");
    }

    public override string ToString() => _text.ToString();

    internal static string Number(double value) => (Math.Round(value, 2) + 0.0).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Text for XML and HTML content and quoted attributes.</summary>
    internal static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            _ = rune.Value switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                '\t' or '\n' or '\r' or 0x2028 or 0x2029 => escaped.Append(' '),
                < 32 or 0x7f or 0xfffe or 0xffff => escaped.Append('\ufffd'),
                _ => escaped.Append(rune.ToString()),
            };
        return escaped.ToString();
    }

    SvgText Open(string name, ReadOnlySpan<object?> attributes, string close)
    {
        _text.Append('<').Append(name);
        for (var i = 0; i < attributes.Length; i += 2)
            if (attributes[i + 1] is { } value)
                _text.Append(' ').Append(attributes[i]).Append("=\"").Append(value switch { double number => Number(number), int number => Number(number), _ => Escape(value.ToString()!) }).Append('"');
        return Raw(close);
    }
}
