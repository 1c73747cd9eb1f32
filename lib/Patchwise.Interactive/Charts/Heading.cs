using Plotly.NET;
using Plotly.NET.LayoutObjects;

namespace Patchwise;

/// <summary>What stands above the plots of a chart: the title in as many lines as it takes, and the legend below it.</summary>
sealed record Heading(string[] Title, int LegendRows)
{
    const int Size = 17, Line = 22, Top = 12;

    internal static Heading Of(string title, IEnumerable<Trace> traces, double width)
    {
        var (rows, x) = (0, double.MaxValue);
        foreach (var name in traces.Where(trace => trace.TryGetPropertyValue("showlegend")?.Value is true).Select(trace => trace.Get<string>("name")!))
        {
            var wide = 58 + Style.Width(name);
            (rows, x) = x + wide > width - 40 ? (rows + 1, wide) : (rows, x + wide);
        }
        // The buttons of the chart stand to the right of the title.
        return new(title is "" ? [] : Style.Wrap(title, width - 130, Size), rows);
    }

    double TitleHeight => Top + Title.Length * Line;

    internal double Height => TitleHeight + (LegendRows > 0 ? LegendRows * 20 + 10 : 6);

    internal Layout Layout(double width, double height, object margin) => new Layout().With(new
    {
        width,
        height,
        margin = new Margin().With(margin),
        title = new Title().With(new
        {
            text = $"<b>{string.Join("<br>", Title.Select(Style.Plain))}</b>",
            font = new { size = Size },
            x = 16 / width,
            xanchor = "left",
            xref = "container",
            // plotly.js lowers a title of one line by the height of its capitals, one of several not.
            y = 1 - (Top + (Title.Length > 1 ? 0.7 * Size : 0)) / height,
            yanchor = "top",
            yref = "container",
        }),
        font = new Font().With(new { family = Style.Fonts, size = Style.Text, color = Style.Ink }),
        paper_bgcolor = "#ffffff",
        plot_bgcolor = "#ffffff",
        hovermode = "closest",
        showlegend = LegendRows > 0,
        legend = new Legend().With(new
        {
            orientation = "h",
            x = 16 / width,
            xanchor = "left",
            xref = "container",
            y = 1 - (TitleHeight + 2) / height,
            yanchor = "top",
            yref = "container",
            tracegroupgap = 0,
            bgcolor = "rgba(0,0,0,0)",
            itemsizing = "constant",
        }),
    });
}
