using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CSharpNotebook.CommandLine;
using CSharpNotebook.Runner;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace CSharpNotebook.Tests.Runner;

/// <summary>Runs of whole notebooks; as a program of its own where that matters, for each start of one costs a second.</summary>
public sealed class RunTests : IDisposable
{
    readonly Folder _folder = new();

    sealed record Ended(int Code, string Out, string Error);

    static Process Start(Folder folder, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Repository.Csnb, arguments)
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    async Task<Ended> RunAsync(params string[] arguments)
    {
        using var process = Start(_folder, arguments);
        return await EndAsync(process);
    }

    /// <summary>A run in this process, of in.ipynb into the folder out.</summary>
    async Task<Ended> RunHereAsync(TimeSpan? limit = null, bool terminal = false, double every = 1000, StringWriter? watched = null)
    {
        using var messages = watched ?? new StringWriter();
        using var session = new CSharpNotebook.Scripting.ScriptSession(_folder.Path);
        using var output = new RunOutput(_folder.At("out/in.ipynb"));
        var notebook = NotebookFile.Load(_folder.At("in.ipynb"));
        using var run = new NotebookRun(notebook, session, output, new("in.ipynb", "out/in.ipynb", []), limit, messages,
            new(messages, terminal, notebook.CodeCells.Count(), TimeSpan.FromSeconds(every)));
        return new(await run.RunAsync(), "", messages.ToString());
    }

    JsonObject Good => NotebookMaker.Read(_folder.At("out/in.ipynb"));

    JsonObject Failed => NotebookMaker.Read(_folder.At("out/in.failed.ipynb"));

    IEnumerable<string?> Written => Directory.GetFiles(_folder.At("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    static async Task<Ended> EndAsync(Process process)
    {
        var (text, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new(process.ExitCode, await text, await error);
    }

    static void Kill(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    static void Validate(params string[] paths)
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3",
            ["-c", "import sys, nbformat\nfor path in sys.argv[1:]: nbformat.validate(nbformat.read(path, 4), relax_add_props=False)",
                .. paths])
        { RedirectStandardError = true })!;
        var error = python.StandardError.ReadToEnd();
        python.WaitForExit();
        Assert.True(python.ExitCode == 0, error);
    }

    [Fact]
    public async Task A_notebook_is_executed_with_its_parameters_and_is_valid()
    {
        _folder.Write("beside.txt", "found");
        _folder.Notebook("in.ipynb", "md:# First part", "using System.IO;", "parameters|var seed = 7; // of chance\nint[] sizes = [1];", "md:## Second part",
            "Console.Write(\"a\\nb\"); Console.Error.Write(\"e\"); Console.Write(\"c\"); display(new { seed }); \"{\\\"x\\\": "
                + "[1]}\".DisplayAs(\"application/vnd.plotly.v1+json\");\n(seed, sizes.Sum())",
            "skip-execution|throw new Exception();", "raises-exception|throw new InvalidOperationException(\"on purpose\");",
            "var shown = \"early\".Display();", "shown.Update(\"late\"); File.ReadAllText(\"beside.txt\")", "",
                "Console.Write(\"\\ud800 half\"); new byte[] { 1, 2 }.Display(\"image/png\");");

        var run = await RunAsync("run", "in.ipynb", "-o", "made/out.ipynb", "-p", "seed=3", "-p", "sizes=20,30");

        Assert.True(run.Code == 0, run.Error);
        Validate(_folder.At("made/out.ipynb"));
        var notebook = NotebookMaker.Read(_folder.At("made/out.ipynb"));
        var cells = notebook.CodeCells();
        Assert.Equal("// Parameters\nint seed = 3;\nint[] sizes = [20, 30];", cells[2]["source"].Joined());
        Assert.Equal(["stream", "stream", "stream", "display_data", "display_data", "execute_result"],
            cells[3].Outputs().Select(output => (string?)output!["output_type"]));
        Assert.Equal(["a\nb", "e", "c"], cells[3].Outputs().Take(3).Select(output => output!["text"].Joined()));
        Assert.Equal("[1]", cells[3].Outputs()[4]!["data"]!["application/vnd.plotly.v1+json"]!["x"]!.ToJsonString());
        Assert.Equal("( 3, 50 )", cells[3].Outputs()[5]!["data"]!["text/plain"].Joined());
        Assert.Equal((4, 4), ((int)cells[3]["execution_count"]!, (int)cells[3].Outputs()[5]!["execution_count"]!));
        Assert.Empty(cells[4].Outputs());
        Assert.Equal(("InvalidOperationException", "on purpose"), ((string?)cells[5].Outputs()[0]!["ename"], (string?)cells[5].Outputs()[0]!["evalue"]));
        Assert.Equal("late", cells[6].Outputs()[0]!["data"]!["text/plain"].Joined());
        Assert.Equal("found", cells[7].Outputs()[0]!["data"]!["text/plain"].Joined());
        Assert.Equal("AQI=", cells[9].Outputs()[1]!["data"]!["image/png"].Joined());
        Assert.Equal("kept", (string?)notebook["metadata"]!["mine"]);
        var record = notebook["metadata"]!["papermill"]!;
        Assert.Equal("""{"seed":3,"sizes":[20,30]}""", record["parameters"]!.ToJsonString());
        Assert.Equal((null, "in.ipynb"), ((bool?)record["exception"], (string?)record["input_path"]));
        Assert.Equal(["completed", "completed", "completed", "completed", "pending", "failed", "completed", "completed", "pending", "completed"],
            cells.Select(cell => cell.Status()));
        Assert.Matches(@"^\[ 1/10\] First part  \d+\.\d s$", run.Error.Split('\n')[0]);
        Assert.Matches(@"^\[ 4/10\] Second part  \d+\.\d s$", run.Error.Split('\n')[3]);
        Assert.Contains("raises-exception", run.Error, StringComparison.Ordinal);
        Assert.Equal(["made/out.ipynb"], Directory.GetFiles(_folder.At("made")).Select(path => Path.GetRelativePath(_folder.Path, path)));
    }

    [Fact]
    public async Task A_notebook_may_be_prepared_for_another_program_to_execute()
    {
        _folder.Notebook("in.ipynb", "parameters|var seed = 7;", "throw new Exception();");
        var run = await RunAsync("run", "in.ipynb", "-o", "out.ipynb", "-p", "seed=3", "--prepare-only");
        Assert.True(run.Code == 0, run.Error);
        Validate(_folder.At("out.ipynb"));
        var notebook = NotebookMaker.Read(_folder.At("out.ipynb"));
        Assert.Equal("// Parameters\nint seed = 3;", notebook.CodeCells()[1]["source"].Joined());
        Assert.All(notebook.CodeCells(), cell => Assert.Empty(cell.Outputs()));
        // As .NET Interactive's own package writes them.
        Assert.Equal("""{"defaultKernelName":"csharp","items":[{"name":"csharp"}]}""", notebook["metadata"]!["polyglot_notebook"]!.ToJsonString());
        Assert.All(notebook.CodeCells(), cell => Assert.Equal("csharp", (string?)cell["metadata"]!["polyglot_notebook"]!["kernelName"]));
    }

    [Fact]
    public async Task A_run_that_fails_is_written_out_up_to_the_failure()
    {
        _folder.Notebook("in.ipynb", "var x = 0;", "Console.Write(\"before\");\nvar y = 1 / x;", "\"never\"");

        var run = await RunHereAsync();

        Assert.Equal(1, run.Code);
        Assert.Contains("DivideByZeroException: Attempted to divide by zero.\n   at Cell [2], line 2:  var y = 1 / x;\n", run.Error, StringComparison.Ordinal);
        Assert.EndsWith($"csnb: the run failed: cell 2 of 3 failed; what it gave is in {_folder.At("out/in.failed.ipynb")}\n", run.Error,
            StringComparison.Ordinal);
        Validate(_folder.At("out/in.failed.ipynb"));
        var notebook = Failed;
        var cells = notebook.CodeCells();
        Assert.Equal(["completed", "failed", "pending"], cells.Select(cell => cell.Status()));
        Assert.Equal(["before", "   at Cell [2], line 2:  var y = 1 / x;"],
            new[] { cells[1].Outputs()[0]!["text"].Joined(), (string)cells[1].Outputs()[1]!["traceback"]![1]! });
        Assert.Empty(cells[2].Outputs());
        Assert.True((bool)notebook["metadata"]!["papermill"]!["exception"]!);
    }

    [Fact]
    public async Task A_run_that_fails_keeps_the_result_of_an_earlier_one()
    {
        _folder.Notebook("in.ipynb", "Console.Write(\"good\");");
        Assert.Equal(0, (await RunHereAsync()).Code);
        Assert.Equal(["in.ipynb"], Written);
        var good = File.ReadAllText(_folder.At("out/in.ipynb"));

        _folder.Notebook("in.ipynb", "throw new Exception(\"bad\");");
        var bad = await RunHereAsync();
        Assert.Equal(1, bad.Code);
        Assert.EndsWith("what it gave is in " + _folder.At("out/in.failed.ipynb") + ", and in.ipynb is still that of an earlier run\n", bad.Error,
            StringComparison.Ordinal);
        Assert.Equal(["in.failed.ipynb", "in.ipynb"], Written);
        Assert.Equal(good, File.ReadAllText(_folder.At("out/in.ipynb")));
        Assert.Equal("bad", (string?)Failed.CodeCells()[0].Outputs()[0]!["evalue"]);

        _folder.Notebook("in.ipynb", "Console.Write(\"better\");");
        Assert.Equal(0, (await RunHereAsync()).Code);
        Assert.Equal(["in.ipynb"], Written);
        Assert.Equal("better", Good.CodeCells()[0].Outputs()[0]!["text"].Joined());
    }

    [Theory]
    [InlineData("no labelled patches: expected a folder", "no labelled patches: expected a folder")]
    [InlineData("masks: 1 of 2 slides", "masks: 1 of 2 slides")]
    [InlineData("give them (Slide.Open(path, mpp: 0.25), on the command line --mpp)", "give them (-p slideMpp=0.25, on the command line --mpp)")]
    [InlineData("such as mpp: 0.25", "such as mpp: 0.25")]
    [InlineData("or guess (guess: true)", "or guess (guess: true)")]
    [InlineData("give yours, such as patches: mine.csv", "give yours, such as -p patches=mine.csv")]
    public async Task Prose_is_left_as_it_is_and_a_longer_name_is_found(string message, string told)
    {
        _folder.Notebook("in.ipynb", "parameters|var patches = \"\"; double? slideMpp = null; double patchMpp = 1; string[] slides = [], masks = [];",
            $"void Fail(string patches) => throw new Exception(\"{message}\");", "Fail(patches: patches); Console.Write(slides.Length + masks.Length);");
        var error = (await RunHereAsync()).Error;
        Assert.Contains($"Exception: {told}\n", error, StringComparison.Ordinal);
        Assert.Contains("Fail(patches: patches)", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_names_a_call_names_the_parameter_that_the_cell_takes_it_from()
    {
        const string Message = "the power is not known: give it, as in Set.Open(folder, power: 40), or as a column 'power'";
        const string Fails = $"void Fail() => throw new Exception(\"{Message}\");";
        _folder.Notebook("in.ipynb", "parameters|double? power = null;", Fails, "if (power is null) Fail();");
        Assert.Contains("Exception: the power is not known: give it, as in -p power=40, or as a column 'power'\n", (await RunHereAsync()).Error,
            StringComparison.Ordinal);
        // Where the cell takes nothing from it, the parameter is another's.
        _folder.Notebook("in.ipynb", "parameters|double? power = null;", Fails, "Fail();");
        Assert.Contains(Message, (await RunHereAsync()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_notebooks_run_side_by_side_each_with_its_own_variables()
    {
        // Neither would end if one waited for the other to end.
        const string Meet = "System.IO.File.WriteAllText($\"{x}.there\", \"\");\n"
            + "while (!System.IO.File.Exists(\"1.there\") || !System.IO.File.Exists(\"two.there\")) await Task.Delay(5);";
        _folder.Notebook("a.ipynb", "parameters|var x = 0; // first", "Console.Write(\"of a\");", Meet, "display(1); x");
        _folder.Notebook("b.ipynb", "parameters|var x = 0; // first", "var x = \"two\"; Console.Write(\"of b\");", Meet, "x");

        var ended = await RunAsync("run", "a.ipynb", "b.ipynb", "-o", "out", "-p", "x=1", "--timeout", "30");
        Assert.True(ended.Code == 0, ended.Error);
        Assert.Equal(["a.ipynb", "b.ipynb"], Written);
        Assert.Matches("(?m)^a \\[4/5\\] .* s$", ended.Error);
        Assert.All(ended.Error.TrimEnd().Split('\n'), line => Assert.Matches("^[ab] ", line));
        foreach (var (name, x, said) in ((string, string, string)[])[("a", "1", "of a"), ("b", "two", "of b")])
        {
            var text = File.ReadAllText(_folder.At($"out/{name}.ipynb"));
            Assert.Contains(said, text, StringComparison.Ordinal);
            Assert.Equal(x, Result(NotebookMaker.Read(_folder.At($"out/{name}.ipynb"))));
        }
    }

    [Fact]
    public async Task After_one_that_failed_no_other_begins_and_those_beside_it_run_to_their_end()
    {
        _folder.Notebook("0.ipynb", "throw new Exception(\"as asked\");");
        string[] beside = [.. Enumerable.Range(1, Environment.ProcessorCount).Select(i => $"{i}.ipynb")];
        foreach (var name in beside)
            _folder.Notebook(name, "while (!System.IO.File.Exists(\"out/0.failed.ipynb\")) await Task.Delay(5);", "await Task.Delay(1000); 1");
        _folder.Notebook("last.ipynb", "1");

        var ended = await RunAsync(["run", "0.ipynb", .. beside, "last.ipynb", "-o", "out"]);
        Assert.Equal(1, ended.Code);
        Assert.Matches("(?m)^0 Exception: as asked", ended.Error);
        Assert.Equal(["0.failed.ipynb", .. beside], Written);
    }

    [Fact]
    public async Task Of_one_notebook_a_folder_may_be_named_too()
    {
        Directory.CreateDirectory(_folder.At("out"));
        _folder.Notebook("a.ipynb", "1");
        var ended = await RunAsync("run", "a.ipynb", "-o", "out");
        Assert.True(ended.Code == 0, ended.Error);
        Assert.Equal(["a.ipynb"], Written);
    }

    [Theory]
    [InlineData("expected a folder", "a.ipynb", "b.ipynb", "-o", "out.ipynb")]
    [InlineData("would be written by a.ipynb and ./a.ipynb", "a.ipynb", "./a.ipynb")]
    [InlineData("each would run in its own folder", "a.ipynb", "sub/c.ipynb")]
    [InlineData("b.ipynb: The notebook has no parameter 'x'", "a.ipynb", "b.ipynb", "-p", "x=2")]
    public async Task What_is_wrong_for_one_of_several_is_refused_before_any_begins(string message, params string[] arguments)
    {
        Directory.CreateDirectory(_folder.At("sub"));
        _folder.Notebook("a.ipynb", "parameters|var x = 1; // first");
        _folder.Notebook("b.ipynb", "parameters|var y = 1; // second");
        _folder.Notebook("sub/c.ipynb", "1");
        var ended = await RunAsync(["run", .. arguments]);
        Assert.Equal(2, ended.Code);
        Assert.Contains(message, ended.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("out")) && Directory.GetFiles(_folder.At("out"), "*.ipynb").Length > 0);
    }

    /// <summary>Of the last cell, as text.</summary>
    static string? Result(JsonObject notebook) => (string?)notebook["cells"]!.AsArray()[^1]!["outputs"]!.AsArray()[^1]!["data"]!["text/plain"];

    /// <summary>Two copies of one would have types of the same name that are not the same.</summary>
    [Fact]
    public async Task What_libraries_of_notebooks_side_by_side_need_is_loaded_once_however_many_threads_ask_at_the_same_time()
    {
        const int Parts = 30, Threads = 8;
        MetadataReference[] platform = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal)).Select(path => MetadataReference.CreateFromFile(path))];
        string Compile(string name, string code, IEnumerable<MetadataReference> more)
        {
            var made = CSharpCompilation.Create(name, [CSharpSyntaxTree.ParseText(code)], [.. platform, .. more], new(OutputKind.DynamicallyLinkedLibrary))
                .Emit(_folder.At($"{name}.dll"));
            Assert.True(made.Success, string.Join('\n', made.Diagnostics));
            return _folder.At($"{name}.dll");
        }
        string[] parts = [.. Enumerable.Range(0, Parts).Select(i => Compile($"Part{i}", $"public class Part{i} {{ }}", []))];
        Compile("Whole", $"public static class Whole {{ {string.Concat(Enumerable.Range(0, Parts).SelectMany(i => Enumerable.Range(0, Threads).Select(t =>
            $"public static System.Type Of{i}_{t}() => typeof(Part{i});\n")))} }}", parts.Select(part => MetadataReference.CreateFromFile(part)));
        _folder.Notebook("in.ipynb", "#r \"Whole.dll\"", $$"""
            var copies = new System.Collections.Concurrent.ConcurrentBag<Type>();
            for (var i = 0; i < {{Parts}}; i++)
            {
                using var gate = new System.Threading.Barrier({{Threads}});
                var threads = Enumerable.Range(0, {{Threads}}).Select(t => new System.Threading.Thread(() =>
                {
                    var of = typeof(Whole).GetMethod($"Of{i}_{t}");
                    gate.SignalAndWait();
                    copies.Add((Type)of.Invoke(null, null));
                })).ToArray();
                foreach (var thread in threads) thread.Start();
                foreach (var thread in threads) thread.Join();
            }
            copies.Distinct().Count()
            """);
        _folder.Notebook("beside.ipynb", "1");
        var ended = await RunAsync("run", "in.ipynb", "beside.ipynb");
        Assert.True(ended.Code == 0, ended.Error);
        Assert.Equal($"{Parts}", Result(Good));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Progress_of_a_long_cell_is_told_while_it_runs_and_how_long_a_known_notebook_takes(bool terminal)
    {
        var (start, second) = (terminal ? "\r\u001b\\[K" : "\n", "\\[2/2\\] Work \\.\\.\\.");
        // Each cell runs until its progress was told: how soon that is depends on what else the machine does.
        string Wait(int cell) => $"while (!System.IO.File.Exists(@\"{_folder.At($"told{cell}")}\")) System.Threading.Thread.Sleep(20);";
        _folder.Notebook("in.ipynb", "md:# Work",
            "var shown = \"\".Display();\nshown.Update($\"3 of 5, 0:02 left\\nmore\");\n" + Wait(1), Wait(2));
        async Task<string> ToldAsync(string then)
        {
            using var messages = new Watched(new()
            {
                [_folder.At("told1")] = $"{start}\\[1/2\\] Work \\.\\.\\. 3 of 5, 0:02 left",
                [_folder.At("told2")] = then,
            });
            return (await RunHereAsync(TimeSpan.FromMinutes(2), terminal, 0.05, messages)).Error;
        }
        var (soFar, left) = ($"{start}{second} 0:(0[5-9]|[1-5].) so far", $"{start}{second} about 0:.. left");

        var first = await ToldAsync(soFar);
        Assert.DoesNotContain("more", first, StringComparison.Ordinal);
        Assert.Matches(soFar, first);

        // The times of the cells are in the result of the first run.
        File.Delete(_folder.At("told1"));
        File.Delete(_folder.At("told2"));
        Assert.Matches(left, await ToldAsync(left));
    }

    /// <summary>Makes a file as soon as its text was written.</summary>
    sealed class Watched(Dictionary<string, string> files) : StringWriter
    {
        public override void Write(string? value)
        {
            lock (files)
            {
                base.Write(value);
                foreach (var (file, _) in files.Where(pair => Regex.IsMatch(ToString(), pair.Value)))
                    File.WriteAllText(file, "");
            }
        }

        public override void WriteLine(string? value) => Write(value + "\n");
    }

    [Theory]
    [InlineData("INT", 130, "while (true) { try { while (true) { } } catch (Exception) { } }")]
    [InlineData("TERM", 143, "await Task.Delay(-1);")]
    public async Task A_signal_in_the_middle_of_a_cell_stops_it_and_the_notebook_is_written(string signal, int code, string endless)
    {
        _folder.Notebook("in.ipynb", "\"done\"", $"Console.Write(\"said\"); System.IO.File.WriteAllText(\"started\", \"\");\n{endless}", "3");
        using var process = Start(_folder, "run", "in.ipynb");
        var ending = EndAsync(process);
        while (!File.Exists(_folder.At("started")) && !ending.IsCompleted)
            await Task.Delay(20);
        // What was done is in the file already, and it is whole.
        Assert.Equal(["completed", "pending", "pending"], NotebookMaker.Read(_folder.At("out/in.unfinished.ipynb")).CodeCells().Select(cell => cell.Status()));
        Kill(process, signal);
        var run = await ending;

        Assert.True(run.Code == code, $"{run.Code}: {run.Error}");
        Assert.Contains($"Cell [2] was stopped by SIG{signal}", run.Error, StringComparison.Ordinal);
        Validate(_folder.At("out/in.failed.ipynb"));
        var cells = Failed.CodeCells();
        Assert.Equal(["completed", "failed", "pending"], cells.Select(cell => cell.Status()));
        Assert.Equal("said", cells[1].Outputs()[0]!["text"].Joined());
        Assert.Equal("OperationCanceledException", (string?)cells[1].Outputs()[1]!["ename"]);
        Assert.Equal(["in.failed.ipynb"], Written);
    }

    [Fact]
    public async Task A_cell_beyond_its_time_is_stopped_also_with_the_tag_for_failures()
    {
        _folder.Notebook("in.ipynb", "raises-exception|while (true) { }", "2");
        var run = await RunHereAsync(TimeSpan.FromSeconds(0.7));
        Assert.Equal(1, run.Code);
        Assert.Contains("Cell [1] was stopped after 0.7 s, the limit set by --timeout", run.Error, StringComparison.Ordinal);
        Assert.Equal("TimeoutException", (string?)Failed.CodeCells()[0].Outputs()[0]!["ename"]);
    }

    /// <summary>Nobody catches what is thrown there: it would end the process, and with it what later cells know.</summary>
    [Fact]
    public async Task Threads_timers_and_queued_work_of_a_stopped_cell_do_not_end_the_process()
    {
        _folder.Notebook("in.ipynb", """
            int turns = 0;
            void Turn() { for (;;) System.Threading.Thread.Sleep(1); }
            async void Forever() { for (;;) await Task.Delay(1); }
            new System.Threading.Thread(Turn).Start();
            System.Threading.ThreadPool.QueueUserWorkItem(_ => Turn());
            var timer = new System.Threading.Timer(_ => { turns++; }, null, 0, 5);
            Forever();
            Console.Write("begun");
            while (true) { }
            """, "2");
        var ended = await RunAsync("run", "in.ipynb", "-o", "out.ipynb", "--timeout", "2");
        Assert.True(ended.Code == 1, ended.Error);
        Assert.Contains("Cell [1] was stopped after 2 s, the limit set by --timeout", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", ended.Error, StringComparison.Ordinal);
        Assert.Equal(["in.ipynb", "out.failed.ipynb"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Cleared_outputs_are_gone_and_later_cells_update_what_earlier_ones_showed()
    {
        _folder.Notebook("in.ipynb", "Console.Write(\"a\"); ClearOutput(); Console.Write(\"b\"); ClearOutput(wait: true); var shown = \"c\".Display();",
            "Console.Write(\"kept\"); ClearOutput(wait: true);", "shown.Update(\"d\");");
        var run = await RunHereAsync();

        Assert.True(run.Code == 0, run.Error);
        var cells = Good.CodeCells();
        Assert.Equal(["d"], cells[0].Outputs().Select(output => output!["data"]!["text/plain"].Joined()));
        Assert.Equal("kept", cells[1].Outputs()[0]!["text"].Joined());
        Assert.Empty(cells[2].Outputs());
    }

    [Fact]
    public async Task Endless_printing_is_bounded_and_said_so()
    {
        _folder.Notebook("in.ipynb", "var line = new string('x', 999);\nfor (int i = 0; i < 200_000; i++) Console.WriteLine(line);",
            "Console.Write(\"next\");");
        var run = await RunHereAsync();

        Assert.True(run.Code == 0, run.Error);
        Assert.InRange(new FileInfo(_folder.At("out/in.ipynb")).Length, 10_000_000, 11_000_000);
        var cells = Good.CodeCells();
        Assert.Equal(
            "csnb: 190,000,000 more characters of text were left out: a cell keeps 10,000,000, and 10,000 outputs; the environment variable "
                + "CSNB_CELL_CHARACTERS sets another limit, 20000000 one of twice as much of all.\n", cells[0].Outputs()[1]!["text"].Joined());
        Assert.Equal("next", cells[1].Outputs()[0]!["text"].Joined());
    }

    [Theory]
    [InlineData("Environment.Exit(0);", 1, "ended by the notebook itself")]
    [InlineData("new System.Threading.Thread(() => throw new Exception(\"from a thread\")).Start(); System.Threading.Thread.Sleep(-1);", 134, "from a thread")]
    public async Task A_notebook_that_ends_the_process_is_written_out(string ending, int code, string said)
    {
        _folder.Notebook("in.ipynb", $"Console.Write(\"said\");\n{ending}", "2");
        var run = await RunAsync("run", "in.ipynb");
        Assert.Equal(code, run.Code);
        Assert.Matches("^csnb: the run failed: .*", run.Error.Split('\n').Last(line => line.StartsWith("csnb:", StringComparison.Ordinal)));
        var outputs = Failed.CodeCells()[0].Outputs();
        Assert.Equal("said", outputs[0]!["text"].Joined());
        Assert.Contains(said, (string?)outputs[1]!["evalue"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none.ipynb does not exist (looked in ", "run", "none.ipynb")]
    [InlineData("is a folder: expected a notebook", "run", "folder.ipynb")]
    [InlineData("has no code cell", "run", "empty.ipynb")]
    [InlineData("no parameter 'sed'; did you mean 'seed'?; it has int seed", "run", "in.ipynb", "-p", "sed=1")]
    [InlineData("-p seed=0: expected 1 to 9 (of chance [1 to 9])", "run", "in.ipynb", "-p", "seed=0")]
    [InlineData("in.ipynb is the notebook itself", "run", "in.ipynb", "-o", "in.ipynb")]
    [InlineData("--timeout 0: expected seconds above 0", "run", "in.ipynb", "--timeout", "0")]
    [InlineData("and below 1000000", "run", "in.ipynb", "--timeout", "1e12")]
    [InlineData("nowhere", "run", "in.ipynb", "--cwd", "nowhere")]
    [InlineData("could not be read as parameters", "run", "in.ipynb", "--params", "none.json")]
    [InlineData("none.ipynb", "params", "none.ipynb")]
    public void Bad_input_gives_one_line_and_code_2(string said, params string[] arguments)
    {
        _folder.Notebook("in.ipynb", "parameters|var seed = 7; // of chance [1 to 9]");
        _folder.Notebook("empty.ipynb", "md:# Only words", "");
        Directory.CreateDirectory(_folder.At("folder.ipynb"));

        var (code, output, error) =
            Command([.. arguments.Select(argument => argument.EndsWith(".ipynb", StringComparison.Ordinal) ? _folder.At(argument) : argument)]);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("csnb: ", error, StringComparison.Ordinal);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Equal(error.Length - 1, error.IndexOf('\n', StringComparison.Ordinal));
        Assert.False(Directory.Exists(_folder.At("out")));
    }

    [Theory]
    [InlineData("Unrecognized", "run", "in.ipynb", "--what")]
    [InlineData("Required argument", "run")]
    [InlineData("Cannot parse", "run", "in.ipynb", "--timeout", "soon")]
    public void Wrong_usage_points_to_the_help(string said, params string[] arguments)
    {
        var (code, _, error) = Command(arguments);
        Assert.Equal(2, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.EndsWith("csnb: see 'csnb --help'\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Params_lists_name_type_default_and_help()
    {
        _folder.Notebook("in.ipynb", "parameters|var seed = 7; // of chance\ndouble? power = null;");
        Assert.Equal((0, "NAME   TYPE     DEFAULT  HELP\nseed   int      7        of chance\npower  double?  null\n", ""),
            Command("params", _folder.At("in.ipynb")));
    }

    /// <summary>The program's commands in this process.</summary>
    internal static (int Code, string Output, string Error) Command(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (Commands.Run(arguments, output, error), output.ToString(), error.ToString());
    }

    public void Dispose() => _folder.Dispose();
}
