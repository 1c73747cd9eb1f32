using System.Collections;
using System.Net;
using System.Text.RegularExpressions;
using Plotly.NET;
using Plotly.NET.LayoutObjects;
using Note = Plotly.NET.LayoutObjects.Annotation;

namespace Patchwise;

/// <summary>A chart in words, for where no script runs: title, axes, a line for each series with its range, and the labels.</summary>
static partial class Summary
{
    internal static string TitleOf(GenericChart chart) => GenericChart.getLayout(chart).Get<Title>("title")?.Get<string>("text") is { } text ? Words(text) : "";

    internal static string Of(GenericChart chart)
    {
        var (layout, title) = (GenericChart.getLayout(chart), TitleOf(chart));
        List<string> lines = [$"Chart{(title is "" ? "" : $" \"{title}\"")}"];
        string AxisTitle(string name) =>
            (layout.TryGetPropertyValue(name)?.Value as LinearAxis)?.Get<Title>("title")?.Get<string>("text") is { Length: > 0 } text ? Words(text) : "-";
        foreach (var panel in GenericChart.getTraces(chart).Where(trace => trace.Get<string>("hoverinfo") is not "skip")
            .GroupBy(trace => (trace.TryGetPropertyValue("xaxis")?.Value as string ?? "x")[1..]))
        {
            lines.Add($"  x: {AxisTitle($"xaxis{panel.Key}")}, y: {AxisTitle($"yaxis{panel.Key}")}");
            lines.AddRange(
                panel.Select(trace => $"    {trace.Get<string>("type")}{(trace.Get<string>("name") is { } name ? $" '{Words(name)}'" : "")}{Values(trace)}"));
        }
        if ((layout.Get<IEnumerable<Note>>("annotations") ?? []).Select(note => Words(note.Get<string>("text") ?? "")).Where(text => text is not "")
            .ToArray() is { Length: > 0 } labels)
            lines.Add($"  labels: {string.Join(", ", labels)}");
        if (layout.TryGetPropertyValue("meta")?.Value is Meta { Controls: { } controls })
            lines.Add($"  controls: {controls.Words}");
        return string.Join('\n', lines);
    }

    /// <summary>Names with their values where there are few, else the ranges of x and y.</summary>
    static string Values(Trace trace)
    {
        var (x, y) = (Of(trace, "x"), Of(trace, "y"));
        return x.Length > 0 && x.Length == y.Length && x.All(value => value is string)
            ? $": {string.Join(", ", x.Zip(y, (name, value) => string.Create(CultureInfo.InvariantCulture, $"{Words((string)name!)} {value}"))
                .Take(12))}{(x.Length > 12 ? ", ..." : "")}"
            : Range("x", x) + Range("y", y);
    }

    static object?[] Of(Trace trace, string name) =>
        trace.TryGetPropertyValue(name)?.Value is IEnumerable values and not string ? [.. values.Cast<object?>()] : [];

    static string Range(string name, object?[] values)
    {
        double[] numbers = [.. values.Where(value => value is not (null or string)).OfType<IConvertible>()
            .Select(value => value.ToDouble(CultureInfo.InvariantCulture))];
        return numbers.Length > 0 ? string.Create(CultureInfo.InvariantCulture,
            $", {name} {values.Length:N0} from {numbers.Min():#,0.####} to {numbers.Max():#,0.####}")
            : values.Length > 0 ? $", {name} {values.Length} names" : "";
    }

    static string Words(string text) => WebUtility.HtmlDecode(Tags().Replace(text.Replace("<br>", " ", StringComparison.Ordinal), ""));

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();
}
