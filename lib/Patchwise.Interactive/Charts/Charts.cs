using Plotly.NET;
using Plotly.NET.LayoutObjects;
using Note = Plotly.NET.LayoutObjects.Annotation;

namespace Patchwise;

/// <summary>Charts as values of Plotly.NET: change them with its functions, put them beside each other here, write them with Save.</summary>
public static class Charts
{
    static readonly string[][] Buttons = [["zoom2d", "pan2d", "resetScale2d", "toImage"]];

    internal static double LabelShift(int row) => 3 + row * Style.Row;

    /// <summary>How many rows the labels above a plot take.</summary>
    internal static int LabelRows(IEnumerable<Note> notes) =>
        notes.Max(note => note.TryGetPropertyValue("yshift")?.Value is double shift ? 1 + (int)(shift / Style.Row) : (int?)0) ?? 0;

    internal static GenericChart Of(IEnumerable<Trace> traces, Layout layout) =>
        GenericChart.setConfig(new Config().With(new { displaylogo = false, modeBarButtons = Buttons, typesetMath = false, responsive = false }),
            GenericChart.setLayout(layout, GenericChart.ofTraceObjects(false, Microsoft.FSharp.Collections.ListModule.OfSeq(traces))));

    /// <summary>Several charts, of one pair of axes each, in one: each with its title above it, row by row.</summary>
    /// <param name="columns">Panels in a row; 0: all up to three, then as square as it gets.</param>
    public static GenericChart SideBySide(IReadOnlyList<GenericChart> charts, string title = "", int columns = 0)
    {
        if (charts.Count == 0)
            throw new BadInputException("no charts to put side by side: expected at least one");
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        columns = columns > 0 ? Math.Min(columns, charts.Count) : charts.Count <= 3 ? charts.Count : (int)Math.Ceiling(Math.Sqrt(charts.Count));
        var rows = (charts.Count + columns - 1) / columns;
        var layouts = charts.Select(GenericChart.getLayout).ToArray();
        double across = Math.Min(1120, columns * 720), left = 70,
            right = layouts.Max(layout => layout.Get<Margin>("margin")?.TryGetPropertyValue("r")?.Value as double? ?? 24), gap = 78 + right - 24;
        var wide = (across - left - right - gap * (columns - 1)) / columns;
        double[] highs = [.. layouts.Select(layout => PlotHeight(layout, wide))],
            aboves = [.. layouts.Select(layout => 24.0 + LabelRows(Notes(layout)) * Style.Row + 10)];

        HashSet<string> named = [];
        List<Trace> traces = [.. charts.SelectMany((chart, i) => GenericChart.getTraces(chart).Select(trace =>
        {
            var moved = Copy(trace, new Trace(trace.Get<string>("type") ?? "scatter")).With(new { xaxis = Axis("x", i), yaxis = Axis("y", i) });
            return moved.Get<string>("legendgroup") is { } group && moved.TryGetPropertyValue("showlegend")?.Value is true && !named.Add(group)
                ? moved.With(new { showlegend = false }) : moved;
        }))];

        const double below = 62;
        var heading = Heading.Of(title, traces, across);
        var tall = Enumerable.Range(0, rows).Select(row =>
            (Above: aboves.Skip(row * columns).Take(columns).Max(), Plot: highs.Skip(row * columns).Take(columns).Max())).ToArray();
        var (top, height) = (heading.Height + tall[0].Above, heading.Height + tall.Sum(row => row.Above + row.Plot + below));
        var plots = height - top - below;
        int[] labels = [.. layouts.Select(part => LabelRows(Notes(part)))];
        var layout = heading.Layout(across, height, new { l = left, r = right, t = top, b = below });
        List<Shape> shapes = [];
        List<Note> notes = [];
        foreach (var (i, part) in layouts.Index())
        {
            var (column, row) = (i % columns, i / columns);
            double x0 = column * (wide + gap), y0 = tall.Take(row).Sum(one => one.Above + one.Plot + below) + (row == 0 ? 0 : tall[row].Above - tall[0].Above);
            var (x, y) = (part.Get<LinearAxis>("xaxis") ?? new(), part.Get<LinearAxis>("yaxis") ?? new());
            var (shareX, shareY) = (across - left - right, plots);
            // Two views of one place are zoomed and moved together.
            var linked = i > 0 && IsPlace(part) && Enumerable.SequenceEqual(Place(part), Place(layouts[0]));
            layout.SetProperty(Axis("xaxis", i), Copy(x, new LinearAxis()).With(
                new { anchor = Axis("y", i), matches = linked ? "x" : null, domain = new[] { x0 / shareX, (x0 + wide) / shareX } }));
            layout.SetProperty(Axis("yaxis", i), Copy(y, new LinearAxis()).With(new
            {
                anchor = Axis("x", i),
                matches = linked ? "y" : null,
                scaleanchor = IsPlace(part) && !linked ? Axis("x", i) : null,
                domain = new[] { 1 - (y0 + tall[row].Plot) / shareY, 1 - y0 / shareY }
            }));
            if (linked)
                layout.Get<LinearAxis>(Axis("yaxis", i))!.RemoveProperty("scaleanchor");
            shapes.AddRange((part.Get<IEnumerable<Shape>>("shapes") ?? []).Select(shape => Moved(shape, new Shape(), i)));
            notes.AddRange(Notes(part).Select(note => Moved(note, new Note(), i)));
            if (part.Get<Title>("title")?.Get<string>("text") is { } own and not "<b></b>")
                notes.Add(new Note().With(new
                {
                    text = own,
                    showarrow = false,
                    xref = $"{Axis("x", i)} domain",
                    x = 0,
                    yref = $"{Axis("y", i)} domain",
                    y = 1,
                    xanchor = "left",
                    yanchor = "bottom",
                    yshift = LabelShift(labels.Skip(row * columns).Take(columns).Max()) + 2, // titles of a row at one height
                    borderpad = 0,
                    font = new { size = 15, color = Style.Ink },
                }));
        }
        return Of(traces, layout.With(new
        {
            shapes = shapes.ToArray(),
            annotations = notes.ToArray(),
            meta = layouts[0].TryGetPropertyValue("meta")?.Value
        }));
    }

    /// <summary>Whether a unit is as long on both axes, as over an image.</summary>
    static bool IsPlace(Layout layout) => layout.Get<LinearAxis>("yaxis")?.Get<string>("scaleanchor") is not null;

    static readonly string[] Axes = ["xaxis", "yaxis"];

    /// <summary>The ends of both axes, with their unit; as many as are stated.</summary>
    static object[] Place(Layout layout) => [.. Axes.Select(name => layout.Get<LinearAxis>(name))
        .SelectMany(axis => (axis?.Get<double[]>("range") ?? []).Cast<object>().Append(axis?.Get<Title>("title")?.Get<string>("text") ?? ""))];

    /// <summary>Of an image as its shape asks, of others as high as they were.</summary>
    static double PlotHeight(Layout layout, double wide)
    {
        if (IsPlace(layout) && Place(layout) is [double x0, double x1, _, double y0, double y1, _])
            return Math.Min(720, wide * Math.Abs((y1 - y0) / (x1 - x0)));
        var margin = layout.Get<Margin>("margin");
        static double Of(DynamicObj.DynamicObj? part, string name, double otherwise) =>
            part?.TryGetPropertyValue(name)?.Value is IConvertible value ? Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)
            : otherwise;
        return Math.Max(120, Of(layout, "height", 450) - Of(margin, "t", 90) - Of(margin, "b", 62));
    }

    static IEnumerable<Note> Notes(Layout layout) => layout.Get<IEnumerable<Note>>("annotations") ?? [];

    static string Axis(string name, int i) => i == 0 ? name : FormattableString.Invariant($"{name}{i + 1}");

    static T Moved<T>(T from, T to, int i) where T : DynamicObj.DynamicObj
    {
        static string? Reference(string? reference, int i) => reference is null or "paper" ? reference : Axis(reference[..1], i) + reference[1..];
        return Copy(from, to).With(new { xref = Reference(from.Get<string>("xref"), i), yref = Reference(from.Get<string>("yref"), i) });
    }

    static T Copy<T>(T from, T to) where T : DynamicObj.DynamicObj
    {
        foreach (var (name, value) in from.GetProperties(true))
            to.SetProperty(name, value);
        return to;
    }
}
