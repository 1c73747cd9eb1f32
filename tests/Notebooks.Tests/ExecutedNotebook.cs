using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Notebooks.Tests;

/// <summary>An executed notebook: what its cells gave, by cell id and MIME type.</summary>
sealed class ExecutedNotebook(string path)
{
    readonly JsonNode _json = JsonNode.Parse(System.IO.File.ReadAllText(path))!;

    internal string File => path;

    internal IEnumerable<string> Markdown =>
        Cells.Where(cell => (string)cell["cell_type"]! == "markdown").Select(cell => Joined(cell["source"]!));

    internal string Source(string cell) => Joined(Cells.Single(c => (string)c["id"]! == cell)["source"]!);

    /// <summary>What every output says in words.</summary>
    internal string[] Words =>
        [.. Cells.SelectMany(Outputs).Select(output => output["text"] ?? output["data"]?["text/plain"]).OfType<JsonNode>().Select(Joined)];

    static string Joined(JsonNode lines) => lines is JsonArray several ? string.Concat(several.Select(line => (string)line!)) : (string)lines!;

    internal string Page => System.IO.Path.ChangeExtension(path, ".html");

    IEnumerable<JsonNode> Cells => _json["cells"]!.AsArray().Select(cell => cell!);

    IEnumerable<JsonNode> Outputs(JsonNode cell) => cell["outputs"]?.AsArray().Select(output => output!) ?? [];

    internal IEnumerable<JsonNode> Errors => Cells.SelectMany(Outputs).Where(output => (string)output["output_type"]! == "error");

    /// <summary>What a cell shows as a MIME type, after any progress; texts are joined.</summary>
    internal string this[string cell, string mimeType = "text/plain"]
    {
        get
        {
            var data = Outputs(Cells.Single(c => (string)c["id"]! == cell)).Last(output => output["data"] is not null)["data"]!;
            return data[mimeType] switch
            {
                JsonArray lines => string.Concat(lines.Select(line => (string)line!)),
                JsonValue text => (string)text!,
                JsonObject tree => tree.ToJsonString(),
                _ => throw new KeyNotFoundException($"cell {cell} has no {mimeType}, only {string.Join(", ", data.AsObject().Select(d => d.Key))}"),
            };
        }
    }

    /// <summary>All that a cell shows, as text, one after the other.</summary>
    internal IEnumerable<string> EachText(string cell) => Outputs(Cells.Single(c => (string)c["id"]! == cell)).Select(output => output["data"]?["text/plain"])
        .Where(text => text is not null).Select(text => text is JsonArray lines ? string.Concat(lines.Select(line => (string)line!)) : (string)text!);

    /// <summary>The same in one.</summary>
    internal string Texts(string cell) => string.Join('\n', EachText(cell));

    /// <summary>What a cell printed.</summary>
    internal string Printed(string cell) =>
        string.Concat(Outputs(Cells.Single(c => (string)c["id"]! == cell)).Where(output => (string)output["output_type"]! == "stream")
        .SelectMany(output => output["text"]!.AsArray()).Select(line => (string)line!));

    /// <summary>The last chart that a cell shows.</summary>
    internal JsonNode Plotly(string cell) => JsonNode.Parse(Outputs(Cells.Single(c => (string)c["id"]! == cell))
        .Select(output => Regex.Match(output["data"]?["text/html"] is { } html ? Joined(html) : "", "var figure = (.+);\n"))
        .Last(match => match.Success).Groups[1].Value)!;

    internal int Charts => Cells.SelectMany(Outputs).Count(output => output["data"]?["text/html"] is JsonArray lines
        && string.Concat(lines.Select(line => (string)line!)).Contains("data-patchwise=", StringComparison.Ordinal));

    internal int CountOf(string mimeType) => Cells.SelectMany(Outputs).Count(output => output["data"]?[mimeType] is not null);

    /// <summary>Of the sentences "n / total, p % fit in S px": S, n and total.</summary>
    internal (int Size, int Fits, int Total)[] Fit(string cell) =>
        [.. Regex.Matches(Texts(cell), @"(\d+) / (\d+), [0-9.]+ % fit in (\d+) px").Select(match => (Number(match, 3), Number(match, 1), Number(match, 2)))];

    static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    /// <summary>The cells of the lines of a table shown as text, split at two or more spaces.</summary>
    internal string[][] Table(string cell) =>
        [.. Texts(cell).Split('\n').Select(line => Regex.Split(line.Trim(), " {2,}"))];
}
