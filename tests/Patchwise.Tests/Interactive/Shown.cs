using System.Text.Json.Nodes;
using Microsoft.DotNet.Interactive.Formatting;
using Plotly.NET;

namespace Patchwise.Tests;

/// <summary>What a notebook's host gets of a value, by the formatters that the library registers, and what charts hold.</summary>
static class Shown
{
    static Shown() => Notebook.Start();

    internal static string As(object value, string type) => value.ToDisplayString(type);

    internal static string Html(object value) => As(value, "text/html");

    internal static string Text(object value) => As(value, "text/plain");

    internal static string[] Types(object value) => [.. Formatter.GetPreferredMimeTypesFor(value.GetType())];

    internal static JsonNode Json(GenericChart chart) => JsonNode.Parse(ChartPage.Json(chart))!;

    internal static JsonNode[] Traces(GenericChart chart, string? type = null, string? axis = null) =>
        [.. Json(chart)["data"]!.AsArray().Select(trace => trace!)
        .Where(trace => (type is null || (string)trace["type"]! == type) && (axis is null || ((string?)trace["xaxis"] ?? "x") == axis))];

    internal static double[] Numbers(JsonNode? values) => [.. values!.AsArray().Select(value => value is null ? double.NaN : (double)value)];

    /// <summary>The vertical and horizontal lines of a panel, in the order in which they were marked.</summary>
    internal static JsonNode[] Lines(GenericChart chart, string axis = "x") =>
        [.. (Json(chart)["layout"]!["shapes"]?.AsArray() ?? []).Select(shape => shape!).Where(shape => ((string)shape["xref"]!).Split(' ')[0] == axis)];

    internal static double[] At(IEnumerable<JsonNode> lines) =>
        [.. lines.Select(line => (double)((string)line["xref"]! is "x" or "x2" ? line["x0"]! : line["y0"]!))];
}
