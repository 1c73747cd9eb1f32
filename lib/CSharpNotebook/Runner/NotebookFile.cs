using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CSharpNotebook.Runner;

/// <summary>A notebook of nbformat 4. What this program does not know of it is kept as it is.</summary>
sealed partial class NotebookFile
{
    static readonly JsonWriterOptions Layout = new() { Indented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal const int Largest = 200_000_000;

    readonly JsonObject _root;

    NotebookFile(JsonObject root, string path) => (_root, Path) = (root, path);

    /// <summary>Where it was read from, whole.</summary>
    internal string Path { get; }

    internal string Folder => System.IO.Path.GetDirectoryName(Path)!;

    internal JsonObject Metadata => (JsonObject)_root["metadata"]!;

    internal List<NotebookCell> Cells { get; } = [];

    internal IEnumerable<NotebookCell> CodeCells => Cells.Where(cell => cell.IsCode);

    /// <exception cref="BadInputException">Not a notebook, of another format, or of another language.</exception>
    internal static NotebookFile Load(string path)
    {
        try
        {
            return Parse(InputFile.Read(path, Largest, "csnb runs no larger notebook; clear its outputs with: jupyter nbconvert --clear-output --inplace"),
                System.IO.Path.GetFullPath(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(Directory.Exists(path) ? $"{path} is a folder: expected a notebook, a file that ends in .ipynb"
                : !File.Exists(path) ? $"{path} does not exist (looked in {System.IO.Path.GetFullPath(".")}): expected a notebook, a file that ends in .ipynb"
                : $"{path} could not be read: {error.Message}", error);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            var ending = System.IO.Path.GetExtension(path).ToLowerInvariant();
            throw new BadInputException($"{path} is not a notebook: " + (ending != ".ipynb"
                ? $"expected a file that ends in .ipynb{(ending is ".dib" or ".csx" or ".cs" ? "; a script is run by #!import in a cell of one" : "")}"
                : error.Message), error);
        }
    }

    static NotebookFile Parse(string json, string path)
    {
        BadInputException Bad(string why) => new($"{path} is not a notebook that csnb can run: {why}");
        if (string.IsNullOrWhiteSpace(json))
            throw Bad("it is empty");
        if (JsonNode.Parse(json, documentOptions: InputFile.Json) is not JsonObject root)
            throw Bad("its JSON is not an object");
        if (root["nbformat"] is not JsonValue format || !format.TryGetValue<int>(out var major))
            throw Bad("it has no 'nbformat' number");
        if (major != 4)
            throw Bad($"it is of nbformat {major}, and 4 is needed; convert it with: jupyter nbconvert --to notebook --nbformat 4");
        if (root["cells"] is not JsonArray cells)
            throw Bad("it has no list of 'cells'");
        if (root["metadata"] is not JsonObject metadata)
            root["metadata"] = metadata = [];
        if (Language(metadata) is { } language && !IsCSharp(language))
            throw Bad($"it is written in {language}, not in C#");
        var minor = root["nbformat_minor"] is JsonValue value && value.TryGetValue<int>(out var found) ? found : 0;
        root["nbformat_minor"] = Math.Max(minor, 5);

        // As .NET Interactive's Documents writes it; its editor knows the language of each cell by it.
        metadata["polyglot_notebook"] ??= new JsonObject
        {
            ["defaultKernelName"] = "csharp",
            ["items"] = new JsonArray(new JsonObject { ["name"] = "csharp" })
        };
        var notebook = new NotebookFile(root, path);
        HashSet<string> ids = [];
        foreach (var (i, node) in cells.Index())
        {
            if (node is not JsonObject cell || Text(cell["cell_type"]) is not ("code" or "markdown" or "raw")
                || NotebookCell.ReadSource(cell["source"]) is null)
                throw Bad($"cell {i + 1} is not a code, markdown or raw cell with a 'source' text");
            notebook.Cells.Add(new(cell, ids));
        }
        return notebook;
    }

    static string? Language(JsonObject metadata) =>
        Text((metadata["kernelspec"] as JsonObject)?["language"]) ?? Text((metadata["language_info"] as JsonObject)?["name"]);

    internal static bool IsCSharp(string language) => language.ToLowerInvariant() is "c#" or "csharp" or "cs" or "polyglot-notebook" or ".net";

    internal static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>Writes it whole or not at all. The caller keeps others from changing it meanwhile.</summary>
    internal void Save(string path)
    {
        var cells = (JsonArray)_root["cells"]!;
        cells.Clear();
        foreach (var cell in Cells)
            cells.Add((JsonNode)cell.Json);
        OutputFile.Write(path, stream =>
        {
            try
            {
                using var writer = new Utf8JsonWriter(stream, Layout);
                _root.WriteTo(writer);
            }
            // Of texts that this program does not look into.
            catch (InvalidOperationException error)
            {
                throw new BadInputException($"{Path} is not a notebook: {error.Message}", error);
            }
            stream.WriteByte((byte)'\n');
        });
    }

    /// <summary>For each code cell, the text of the nearest heading above it.</summary>
    internal Dictionary<NotebookCell, string> Titles()
    {
        Dictionary<NotebookCell, string> titles = [];
        var title = "";
        foreach (var cell in Cells)
        {
            if (cell.IsCode)
                titles[cell] = title;
            else if (cell.Kind == "markdown" && Heading().Matches(Fence().Replace(cell.Source, "")) is { Count: > 0 } headings)
                title = Marks().Replace(headings[^1].Groups[1].Value, "").Trim();
        }
        return titles;
    }

    [GeneratedRegex(@"^#{1,6}[ \t]+(.+?)[ \t#]*\r?$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"[*`]|\]\([^)]*\)|\[")]
    private static partial Regex Marks();
}
