using System.Text.Json.Nodes;

namespace CSharpNotebook.Tests.Runner;

/// <summary>Notebooks as a test needs them: cells of code, <c>md:</c> cells of Markdown, with <c>tag|</c> before the source for a tag.</summary>
static class NotebookMaker
{
    internal static string Notebook(this Folder folder, string name, params string[] cells) => folder.Write(name, Json(cells).ToJsonString());

    internal static JsonObject Json(params string[] cells) => new()
    {
        ["cells"] = new JsonArray([.. cells.Select(Cell)]),
        ["metadata"] = new JsonObject
        {
            ["kernelspec"] = new JsonObject { ["name"] = ".net-csharp", ["display_name"] = ".NET (C#)", ["language"] = "C#" },
            ["mine"] = "kept"
        },
        ["nbformat"] = 4,
        ["nbformat_minor"] = 4,
    };

    static JsonNode Cell(string text)
    {
        var markdown = text.StartsWith("md:", StringComparison.Ordinal);
        var tagged = !markdown && text.IndexOf('|', StringComparison.Ordinal) is > 0 and < 24 and var at
            && text[..at].All(letter => char.IsLower(letter) || letter == '-') ? text[..at] : null;
        var cell = new JsonObject
        {
            ["cell_type"] = markdown ? "markdown" : "code",
            ["metadata"] = tagged is null ? new JsonObject() : new JsonObject { ["tags"] = new JsonArray(tagged) },
            ["source"] = markdown ? text[3..] : tagged is null ? text : text[(tagged.Length + 1)..],
        };
        if (!markdown)
        {
            cell["outputs"] = new JsonArray(new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = "stale" });
            cell["execution_count"] = 77;
        }
        return cell;
    }

    internal static JsonObject Read(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject();

    internal static JsonObject[] CodeCells(this JsonObject notebook) =>
        [.. notebook["cells"]!.AsArray().Select(cell => cell!.AsObject()).Where(cell => (string?)cell["cell_type"] == "code")];

    internal static JsonArray Outputs(this JsonObject cell) => cell["outputs"]!.AsArray();

    internal static string? Status(this JsonObject cell) => (string?)cell["metadata"]!["papermill"]!["status"];

    internal static string Joined(this JsonNode? text) => text is JsonArray lines ? string.Concat(lines.Select(line => (string?)line)) : (string?)text ?? "";
}
