using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CSharpNotebook.Runner;

/// <summary>One cell; its JSON is brought to what nbformat 4.5 asks for.</summary>
sealed partial class NotebookCell
{
    internal NotebookCell(JsonObject json, HashSet<string> takenIds)
    {
        Json = json;
        Kind = NotebookFile.Text(json["cell_type"])!;
        Source = ReadSource(json["source"])!;
        json["source"] = Lines(Source);
        if (json["metadata"] is not JsonObject)
            json["metadata"] = new JsonObject();
        if (NotebookFile.Text(json["id"]) is not { } id || !Id().IsMatch(id) || !takenIds.Add(id))
        {
            var made = Guid.NewGuid().ToString("N")[..8];
            takenIds.Add(made);
            json["id"] = made;
        }
        json.Remove("outputs");
        json.Remove("execution_count");
        if (!IsCode)
            return;
        json["execution_count"] = null;
        json["outputs"] = new JsonArray();
        if (Language is not null)
            return;
        Metadata["dotnet_interactive"] = new JsonObject { ["language"] = "csharp" };
        Metadata["polyglot_notebook"] = new JsonObject { ["kernelName"] = "csharp" };
    }

    /// <summary>A new code cell.</summary>
    internal NotebookCell(string source, string tag) : this(new JsonObject
    {
        ["cell_type"] = "code",
        ["metadata"] = new JsonObject { ["tags"] = new JsonArray(tag) },
        ["source"] = source,
    }, [])
    {
    }

    internal JsonObject Json { get; }

    internal string Kind { get; }

    internal string Source { get; }

    internal bool IsCode => Kind == "code";

    internal JsonObject Metadata => (JsonObject)Json["metadata"]!;

    internal JsonArray Outputs => (JsonArray)Json["outputs"]!;

    internal bool HasTag(string tag) => Metadata["tags"] is JsonArray tags && tags.Any(one => NotebookFile.Text(one) == tag);

    /// <summary>What to run: a cell that .NET Interactive marked as of another language says so by that language's command, if it does not itself.</summary>
    internal string Code => Language is not { } language || NotebookFile.IsCSharp(language)
        || Source.TrimStart().Split((char[]?)null, 2)[0] == $"#!{language}" ? Source : $"#!{language}\n{Source}";

    string? Language => NotebookFile.Text((Metadata["polyglot_notebook"] as JsonObject)?["kernelName"])
        ?? NotebookFile.Text((Metadata["dotnet_interactive"] as JsonObject)?["language"]);

    internal static string? ReadSource(JsonNode? node) => node switch
    {
        JsonArray lines when lines.All(line => NotebookFile.Text(line) is not null) => string.Concat(lines.Select(NotebookFile.Text)),
        _ => NotebookFile.Text(node),
    };

    /// <summary>Text as nbformat stores it: a list of lines, each with its end.</summary>
    internal static JsonArray Lines(string text)
    {
        var lines = new JsonArray();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) is >= 0 and var found ? found + 1 : text.Length;
            lines.Add((JsonNode)JsonValue.Create(text[start..end]));
            start = end;
        }
        return lines;
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    private static partial Regex Id();
}
