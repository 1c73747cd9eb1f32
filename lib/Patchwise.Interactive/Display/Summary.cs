using System.Collections;
using System.Globalization;
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
        string AxisTitle(string name) => (layout.TryGetPropertyValue(name)?.Value as LinearAxis)?.Get<Title>("title")?.Get<string>("text") is { Length: > 0 } text ? Words(text) : "-";
        foreach (var panel in GenericChart.getTraces(chart).GroupBy(trace => (trace.TryGetPropertyValue("xaxis")?.Value as string ?? "x")[1..]))
        {
            lines.Add($"  x: {AxisTitle($"xaxis{panel.Key}")}, y: {AxisTitle($"yaxis{panel.Key}")}");
            lines.AddRange(panel.Select(trace => $"    {trace.Get<string>("type")}{(trace.Get<string>("name") is { } name ? $" '{Words(name)}'" : "")}{Values(trace)}"));
        }
        if ((layout.Get<IEnumerable<Note>>("annotations") ?? []).Select(note => Words(note.Get<string>("text") ?? "")).Where(text => text is not "").ToArray() is { Length: > 0 } labels)
            lines.Add($"  labels: {string.Join(", ", labels)}");
        return string.Join('\n', lines);
    }

    static string Values(Trace trace) => string.Concat(((string[])["x", "y"]).Select(name => trace.TryGetPropertyValue(name)?.Value is IEnumerable values and not string ? Range(name, [.. values.Cast<object?>()]) : ""));

    static string Range(string name, object?[] values)
    {
        double[] numbers = [.. values.OfType<IConvertible>().Where(value => value is not string).Select(value => value.ToDouble(CultureInfo.InvariantCulture)).Where(double.IsFinite)];
        return numbers.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $", {name} {values.Length:N0} from {numbers.Min():#,0.####} to {numbers.Max():#,0.####}")
            : values.Length > 0 ? $", {name} {string.Join(" ", values.Take(12).Select(value => Words(value?.ToString() ?? "")))}{(values.Length > 12 ? " ..." : "")}" : "";
    }

    static string Words(string text) => WebUtility.HtmlDecode(Tags().Replace(text.Replace("<br>", " ", StringComparison.Ordinal), ""));

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();
}
