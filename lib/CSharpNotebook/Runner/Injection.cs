using System.Text.Json;
using System.Text.Json.Nodes;

namespace CSharpNotebook.Runner;

/// <summary>
/// Values from outside become a cell behind the parameters, which declares them again: the layout of papermill. A function that a cell above
/// defined keeps the old variable, so notebooks define functions below their parameters.
/// </summary>
static class Injection
{
    const int LargestFile = 10_000_000;

    /// <returns>The values given, as the record of the run keeps them.</returns>
    /// <exception cref="BadInputException">A name that the notebook does not declare, or a value of another type; the message lists the known ones.</exception>
    internal static JsonObject Apply(NotebookFile notebook, string? file, IReadOnlyList<string> assignments)
    {
        if (file is null && assignments.Count == 0)
            return [];
        var parameters = Parameter.Read(notebook);
        Dictionary<string, ParameterValue> values = [];
        if (file is not null)
            foreach (var entry in ReadFile(file))
                values[entry.Name] = Convert(parameters, entry.Name, entry.Value.GetRawText(), type => ParameterValue.Of(entry.Value, type));
        foreach (var assignment in assignments)
        {
            if (assignment.Split('=', 2) is not [{ Length: > 0 } name, var text])
                throw new BadInputException($"-p {assignment}: expected NAME=VALUE");
            values[name] = Convert(parameters, name, text, type => ParameterValue.Parse(text, type));
        }
        if (values.Count > 0)
            Inject(notebook, parameters, values);
        return new(values.Select(value => KeyValuePair.Create(value.Key, value.Value.Json)));
    }

    static void Inject(NotebookFile notebook, IReadOnlyList<Parameter> parameters, Dictionary<string, ParameterValue> values)
    {
        var lines = parameters.Where(parameter => values.ContainsKey(parameter.Name))
            .Select(parameter => $"{parameter.TypeName} {parameter.Name} = {values[parameter.Name].Code};");
        var cell = new NotebookCell("// Parameters\n" + string.Join('\n', lines), Parameter.InjectedTag);
        var old = notebook.Cells.FindIndex(one => one.IsCode && one.HasTag(Parameter.InjectedTag));
        if (old >= 0)
            notebook.Cells[old] = cell;
        else
            notebook.Cells.Insert(notebook.Cells.FindIndex(one => one.IsCode && one.HasTag(Parameter.Tag)) + 1, cell);
    }

    static ParameterValue Convert(IReadOnlyList<Parameter> parameters, string name, string given,
        Func<Microsoft.CodeAnalysis.ITypeSymbol, ParameterValue> convert)
    {
        if (parameters.FirstOrDefault(parameter => parameter.Name == name) is not { } parameter)
            throw new BadInputException($"The notebook has no parameter '{name}'{Meant(parameters, name)}; {Known(parameters)}");
        try
        {
            var value = convert(parameter.Type);
            return Limits.Of(parameter.Help) is not { } limits || limits.Allow(value.Json) ? value
                : throw new BadInputException($"-p {name}={given}: expected {limits.Text} ({parameter.Help})");
        }
        catch (InvalidOperationException)
        {
            throw new BadInputException($"{name}: its text holds half a character (a lone surrogate)");
        }
        catch (FormatException error)
        {
            throw new BadInputException($"{name}={given} does not fit {parameter.TypeName} {name}: {error.Message}; {Known(parameters)}", error);
        }
    }

    static string Meant(IReadOnlyList<Parameter> parameters, string name) =>
        parameters.Select(parameter => parameter.Name).MinBy(known => Distance(known, name)) is { } nearest && Distance(nearest, name) <= 1 + name.Length / 3
            ? $"; did you mean '{nearest}'?" : "";

    /// <summary>Letters to insert, to take away or to change, whatever their case.</summary>
    static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var (diagonal, above) = (row[0]++, 0);
            for (var j = 1; j <= to.Length; j++, diagonal = above)
            {
                above = row[j];
                var same = char.ToLowerInvariant(from[i - 1]) == char.ToLowerInvariant(to[j - 1]);
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (same ? 0 : 1));
            }
        }
        return row[^1];
    }

    static string Known(IReadOnlyList<Parameter> parameters) => parameters.Count == 0
        ? "it has none: no code cell is tagged 'parameters'"
        : $"it has {string.Join(", ", parameters.Select(parameter => $"{parameter.TypeName} {parameter.Name}"))}";

    static JsonProperty[] ReadFile(string path)
    {
        try
        {
            var root = JsonElement.Parse(InputFile.Read(path, LargestFile, "parameters are few and short; give the path of a larger file as one"),
                InputFile.Json);
            return root.ValueKind == JsonValueKind.Object ? [.. root.EnumerateObject()]
                : throw new BadInputException($"{path}: expected a JSON object {{\"NAME\": VALUE}}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new BadInputException($"{path} could not be read as parameters: {error.Message}", error);
        }
    }
}
