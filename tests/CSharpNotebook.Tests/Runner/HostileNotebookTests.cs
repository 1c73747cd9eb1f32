using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CSharpNotebook.Runner;
using Xunit.Abstractions;

namespace CSharpNotebook.Tests.Runner;

/// <summary>The published program with notebooks that know no measure, and in places where a run cannot end well.</summary>
public sealed partial class HostileNotebookTests(ITestOutputHelper output) : IDisposable
{
    readonly Folder _folder = new();

    sealed record Ended(int Code, string Error);

    Process Start(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { WorkingDirectory = _folder.Path, RedirectStandardError = true };
        return Process.Start(start)!;
    }

    async Task<Ended> RunAsync(params string[] arguments)
    {
        using var process = Start(Repository.Csnb, arguments);
        return await EndAsync(process);
    }

    static async Task<Ended> EndAsync(Process process)
    {
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, error);
    }

    [Theory]
    [InlineData("""{"nbformat": 4, "nbformat": 4, "cells": []}""")]
    [InlineData("""{"nbformat": 4, "cells": [{"cell_type": "code", "source": "1", "source": "2"}]}""")]
    [InlineData("""{"nbformat": 4, "cells": [{"cell_type": "code", "source": "\ud800"}]}""")]
    [InlineData("""{"nbformat": 4, "metadata": {"a": "\ud800"}, "cells": [{"cell_type": "code", "source": "1"}]}""")]
    public void Two_meanings_and_half_characters_are_refused_before_anything_runs(string json)
    {
        var path = _folder.Write("bad.ipynb", json);
        var error = Assert.Throws<BadInputException>(() => NotebookFile.Load(path).Save(_folder.At("out.ipynb")));
        Assert.Contains("bad.ipynb is not a notebook", error.Message, StringComparison.Ordinal);
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Deep_and_endless_files_are_refused_with_the_limit()
    {
        var deep = new string('[', 100_000);
        Assert.Contains("depth", Assert.Throws<BadInputException>(() => NotebookFile.Load(_folder.Write("deep.ipynb", deep))).Message,
            StringComparison.Ordinal);
        using (var large = File.Create(_folder.At("large.ipynb")))
            large.SetLength(500_000_000);
        foreach (var endless in (string[])[_folder.At("large.ipynb"), "/dev/zero"])
            Assert.Contains("has more than 200,000,000 bytes", Assert.Throws<BadInputException>(() => NotebookFile.Load(endless)).Message,
                StringComparison.Ordinal);

        var notebook = NotebookFile.Load(_folder.Notebook("in.ipynb", "parameters|var name = \"\"; var some = new[] { \"\" };"));
        var parameters = Parameter.Read(notebook);
        string Refused(string file) => Assert.Throws<BadInputException>(() => Injection.Apply(notebook, file, [])).Message;
        Assert.Contains("depth", Refused(_folder.Write("deep.json", deep)), StringComparison.Ordinal);
        Assert.Contains("has more than 10,000,000 bytes", Refused("/dev/zero"), StringComparison.Ordinal);
        Assert.Contains("duplicate", Refused(_folder.Write("twice.json", """{"name": "a", "name": "b"}""")), StringComparison.OrdinalIgnoreCase);
        foreach (var half in (string[])["""{"name": "\ud800"}""", """{"some": ["\ud800"]}"""])
            Assert.Contains("half a character", Refused(_folder.Write("half.json", half)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cell_that_prints_without_measure_is_bounded_in_memory_and_in_the_file()
    {
        _folder.Notebook("in.ipynb", "var line = new string('x', 999_999); for (var i = 0; i < 1000; i++) Console.WriteLine(line);",
            "for (var i = 0; i < 300_000; i++) { Console.Write('o'); Console.Error.Write('e'); }",
            "for (var i = 0; i < 30_000; i++) display(i);",
            "new string('y', 100_000_000)",
            "new string('z', 300_000_000)",
            "raises-exception|throw new Exception(new string('m', 10_000_000));",
            "for (var i = 0; i < 30_000; i++) { display(i); ClearOutput(); } Console.Write(System.IO.File.ReadLines(\"/proc/self/status\").First(line => "
                + "line.StartsWith(\"VmHWM\")).Split(' ')[^2]);");
        var clock = Stopwatch.StartNew();
        var run = await RunAsync("run", "in.ipynb");

        Assert.True(run.Code == 0, run.Error);
        var cells = NotebookMaker.Read(_folder.At("out/in.ipynb")).CodeCells();
        var peak = int.Parse(cells[6].Outputs()[0]!["text"].Joined(), System.Globalization.CultureInfo.InvariantCulture) >> 10;
        output.WriteLine($"{peak} MiB, {new FileInfo(_folder.At("out/in.ipynb")).Length >> 20} MiB written, {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.Equal(10_000_000, cells[0].Outputs()[0]!["text"].Joined().Length);
        Assert.Contains("990,000,000 more characters of text were left out: a cell keeps 10,000,000", cells[0].Outputs()[1]!["text"].Joined(),
            StringComparison.Ordinal);
        Assert.Equal((10_000, 10_001), (cells[1].Outputs().Count, cells[2].Outputs().Count));
        Assert.Contains("e\ncsnb: ", cells[1].Outputs()[^1]!["text"].Joined(), StringComparison.Ordinal);
        Assert.Equal(100_000_000, cells[3].Outputs()[0]!["data"]!["text/plain"].Joined().Length);
        Assert.Contains("a cell keeps 10,000, and 200,000,000 characters", cells[4].Outputs()[0]!["text"].Joined(), StringComparison.Ordinal);
        Assert.InRange(cells[5].Outputs()[0]!["evalue"].Joined().Length, 100_000, 100_100);
        Assert.InRange(new FileInfo(_folder.At("out/in.ipynb")).Length, 110_000_000, 130_000_000);
        Assert.InRange(peak, 100, 4000);
    }

    [Fact]
    public async Task Killed_at_any_moment_it_leaves_the_notebook_whole()
    {
        _folder.Notebook("in.ipynb", [.. Enumerable.Range(0, 12).Select(i => $"Console.Write(new string('x', 500_000)); {i}")]);
        var random = new Random(11);
        var (whole, finished) = (0, 0);
        for (var round = 0; round < 12; round++)
        {
            var name = $"out {round}.ipynb";
            using var run = Start(Repository.Csnb, "run", "in.ipynb", "-o", name);
            for (var lines = random.Next(1, 8); lines > 0; lines--)
                Assert.NotNull(await run.StandardError.ReadLineAsync());
            await Task.Delay(random.Next(40));
            run.Kill();
            await run.WaitForExitAsync();
            var made = Assert.Single(Directory.GetFiles(_folder.Path, $"out {round}.*"), path => !path.EndsWith(".lock", StringComparison.Ordinal));
            var cells = NotebookMaker.Read(made).CodeCells();
            Assert.Equal(12, cells.Length);
            whole++;
            finished += cells.Count(cell => cell.Status() == "completed");
            File.Delete(made);
        }
        output.WriteLine($"{whole} of 12 whole, {finished} cells in them");
        Assert.InRange(finished, 1, 12 * 12 - 1);
    }

    [Fact]
    public async Task A_full_disk_keeps_the_last_whole_notebook_and_says_it()
    {
        _folder.Notebook("in.ipynb", "Console.Write(\"first\");", "Console.Write(new string('x', 3_000_000));", "Console.Write(\"third\");");
        using var run = Start("bash", "-c", "trap '' XFSZ; ulimit -f 1000; DOTNET_EnableWriteXorExecute=0 exec \"$0\" run in.ipynb", Repository.Csnb);
        var ended = await EndAsync(run);

        Assert.Equal(1, ended.Code);
        Assert.Contains("in.unfinished.ipynb could not be written", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
        var cells = NotebookMaker.Read(_folder.At("out/in.failed.ipynb")).CodeCells();
        Assert.Equal("first", cells[0].Outputs()[0]!["text"].Joined());
        Assert.Equal(["in.failed.ipynb"], Directory.GetFiles(_folder.At("out")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_limit_of_what_a_cell_shows_can_be_set()
    {
        _folder.Notebook("in.ipynb", "Console.Write(new string('x', 5000));");
        using (var run = Start("env", "CSNB_CELL_CHARACTERS=4000", Repository.Csnb, "run", "in.ipynb"))
            Assert.Equal(0, (await EndAsync(run)).Code);
        var outputs = NotebookMaker.Read(_folder.At("out/in.ipynb")).CodeCells()[0].Outputs();
        Assert.Equal(new string('x', 4000), outputs[0]!["text"].Joined());
        Assert.Contains("1,000 more characters of text were left out: a cell keeps 4,000, and 4 outputs; the environment variable CSNB_CELL_CHARACTERS sets",
            outputs[1]!["text"].Joined(), StringComparison.Ordinal);
        foreach (var wrong in (string[])["0", "many", "1e9", "-5", "99999999999"])
        {
            using var run = Start("env", $"CSNB_CELL_CHARACTERS={wrong}", Repository.Csnb, "run", "in.ipynb");
            var ended = await EndAsync(run);
            Assert.Equal((wrong, 2), (wrong, ended.Code));
            Assert.StartsWith($"csnb: CSNB_CELL_CHARACTERS={wrong}: expected", ended.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_second_run_to_the_same_place_is_refused()
    {
        _folder.Notebook("in.ipynb",
            "System.IO.File.WriteAllText(\"started\", \"\"); while (!System.IO.File.Exists(\"end\")) System.Threading.Thread.Sleep(10);");
        using var first = Start(Repository.Csnb, "run", "in.ipynb");
        for (var clock = Stopwatch.StartNew(); !File.Exists(_folder.At("started")) && clock.Elapsed < TimeSpan.FromMinutes(3);)
            await Task.Delay(10);
        var second = await RunAsync("run", "in.ipynb");
        _folder.Write("end", "");
        var ended = await EndAsync(first);

        Assert.Equal((1, 0), (second.Code, ended.Code));
        Assert.Contains("is being written by another run", second.Error, StringComparison.Ordinal);
        Assert.Equal(["in.ipynb"], Directory.GetFiles(_folder.At("out")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_language_of_the_system_changes_no_byte()
    {
        _folder.Notebook("in.ipynb", "parameters|var scale = 0.5; var title = \"title\";",
            "Console.WriteLine($\"{1234.5} {DateTime.UnixEpoch} {scale:N3} {title.ToUpper()} {\"TITLE\".ToLower()}\"); (1234.5, 0.25m)",
            "display(new[] { new { Size = 1.5, Title = \"i\" } }); "
                + "System.Globalization.CultureInfo.GetCultureInfo(\"de-DE\").NumberFormat.NumberDecimalSeparator");
        List<string> made = [];
        foreach (var (language, zone) in ((string, string)[])[("C.UTF-8", "UTC"), ("de_DE.UTF-8", "Asia/Kathmandu"), ("tr_TR.UTF-8", "America/St_Johns")])
        {
            using var run = Start("env", $"LC_ALL={language}", $"LANG={language}", $"TZ={zone}", Repository.Csnb, "run", "in.ipynb", "-p", "scale=1234.5");
            var ended = await EndAsync(run);
            Assert.True(ended.Code == 0, ended.Error);
            made.Add(Changing().Replace(File.ReadAllText(_folder.At("out/in.ipynb")), ""));
        }
        Assert.All(made, text => Assert.Equal(made[0], text));
        // The cultures are there to do harm: ICU is installed.
        Assert.Contains("\"text/plain\": \",\"", made[0], StringComparison.Ordinal);
        Assert.Contains("1234.5", made[0], StringComparison.Ordinal);
    }

    /// <summary>Times, and the names of cells that had none.</summary>
    [GeneratedRegex("\"(duration|start_time|end_time|id)\": .*")]
    private static partial Regex Changing();

    [Fact]
    public async Task Names_may_be_as_long_as_the_file_system_allows()
    {
        var folder = $"ein Ordner {new string('ü', 100)}";
        Directory.CreateDirectory(_folder.At(folder));
        _folder.Notebook("in.ipynb", "1 + 1");
        foreach (var name in (string[])[new string('n', 249) + ".ipynb", new string('病', 80) + " 1.ipynb", "a 'b' \"c\" $(d);.ipynb"])
        {
            var run = await RunAsync("run", "in.ipynb", "-o", Path.Combine(folder, name));
            Assert.True(run.Code == 0, run.Error);
            Assert.Equal("2", NotebookMaker.Read(_folder.At(Path.Combine(folder, name))).CodeCells()[0].Outputs()[0]!["data"]!["text/plain"].Joined());
        }
        Assert.Equal(3, Directory.GetFileSystemEntries(_folder.At(folder)).Length);
    }

    [Fact]
    public async Task Metadata_is_kept_and_obeyed_in_nothing()
    {
        const string Script = "<script>alert(1)</script>";
        var notebook = NotebookMaker.Json($"md:# {Script}\u001b]0;owned\u0007 \u001b[2J title", "1 + 1");
        notebook["metadata"]!["kernelspec"]!["display_name"] = Script;
        notebook["metadata"]!["papermill"] = new JsonObject { ["output_path"] = "../../elsewhere" };
        notebook["metadata"]!["widgets"] = new JsonArray(Script);
        notebook["cells"]![1]!["metadata"]!["tags"] = new JsonArray(Script, 7, new JsonObject(), null, new JsonArray());
        _folder.Write("in.ipynb", notebook.ToJsonString());

        var run = await RunAsync("run", "in.ipynb");

        Assert.True(run.Code == 0, run.Error);
        Assert.DoesNotContain('\u001b', run.Error);
        var made = NotebookMaker.Read(_folder.At("out/in.ipynb"));
        Assert.Equal(Script, (string?)made["metadata"]!["kernelspec"]!["display_name"]);
        Assert.Equal(5, made.CodeCells()[0]["metadata"]!["tags"]!.AsArray().Count);
        Assert.DoesNotContain("alert", made.CodeCells()[0].Outputs().ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(["in.ipynb"], Directory.GetFiles(_folder.At("out")).Select(Path.GetFileName));
    }

    public void Dispose() => _folder.Dispose();
}
