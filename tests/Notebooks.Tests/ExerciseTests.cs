using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Notebooks.Tests;

/// <summary>notebooks/exercises.md: every folded solution runs, by itself below a notebook's first cell, and gives what is printed there.</summary>
public sealed class ExerciseTests : IDisposable
{
    readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    sealed record Exercise(string Number, string Code, string[] Gives)
    {
        internal string Id => $"exercise-{Number.Replace('.', '-')}";
    }

    static readonly string Page = File.ReadAllText(Repository.Path("notebooks", "exercises.md"));

    static readonly Exercise[] All =
    [
        .. Regex.Split(Page, @"^(?=\*\*\d\.\d\*\* )", RegexOptions.Multiline).Skip(1).Select(part =>
        {
            var (question, solution) = part.Split("<details><summary>Solution</summary>\n") is [var before, var after] ? (before, after) : (part, "");
            var found = Regex.Match(solution, @"\A\n```csharp\n(.+?)```\n\n```text\n(.+?)```\n(.*?)</details>", RegexOptions.Singleline);
            Assert.True(found.Success && question.Contains('?') && found.Groups[3].Value.Trim().Length > 80,
                $"an exercise without a question, a solution in C#, what it gives, or a word on it: {question}");
            return new Exercise(part[2..5], found.Groups[1].Value, found.Groups[2].Value.Trim().Split('\n'));
        }),
    ];

    [Fact]
    public void Each_notebook_has_two_under_its_title()
    {
        Assert.Equal(Enumerable.Range(1, 7).SelectMany(number => (string[])[$"{number}.1", $"{number}.2"]), All.Select(one => one.Number));
        foreach (var file in Directory.GetFiles(Repository.Path("notebooks"), "0*-*.ipynb"))
        {
            var number = Path.GetFileName(file)[1];
            var title = string.Concat(JsonNode.Parse(File.ReadAllText(file))!["cells"]![0]!["source"]!.AsArray().Select(line => (string)line!));
            var name = Regex.Match(title, $@"\A# {number} ([^:\n]+)").Groups[1].Value;
            Assert.Contains($"\n## {number} {name}\n", Page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_solution_runs_and_gives_what_is_printed_below_it()
    {
        Directory.CreateDirectory(_folder["notebooks"]);
        Directory.CreateSymbolicLink(_folder["lib"], Repository.Path("lib"));
        Directory.CreateSymbolicLink(_folder["notebooks/data"], Repository.Path("notebooks", "data"));
        // In one kernel, one after the other: what one leaves behind the next may hide, but must stand.
        var notebook = JsonNode.Parse(File.ReadAllText(Repository.Notebook("01")))!;
        var cells = notebook["cells"]!.AsArray();
        var library = cells[1]!.DeepClone();
        cells.Clear();
        cells.Add(library);
        foreach (var one in All)
        {
            var cell = library.DeepClone();
            (cell["id"], cell["source"], cell["outputs"], cell["execution_count"]) = (one.Id, one.Code, new JsonArray(), null);
            cells.Add(cell);
        }
        File.WriteAllText(_folder["notebooks/exercises.ipynb"], notebook.ToJsonString());

        var ended = Repository.Run(Repository.Path("lib", "bin", "csnb"), "run", _folder["notebooks/exercises.ipynb"], "-o", _folder["notebooks/done.ipynb"]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        var done = new ExecutedNotebook(_folder["notebooks/done.ipynb"]);
        foreach (var one in All)
        {
            var shown = done.Printed(one.Id) + done.Texts(one.Id);
            Assert.All(one.Gives, line => Assert.Contains(line.Trim(), shown, StringComparison.Ordinal));
        }
    }
}
