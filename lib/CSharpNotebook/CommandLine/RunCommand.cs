using System.CommandLine;
using CSharpNotebook.Runner;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.CommandLine;

static class RunCommand
{
    internal static Command Make(Lazy<ScriptSession> session, TextWriter messages)
    {
        var notebook = new Argument<string>("NOTEBOOK") { Description = "The .ipynb file; it is not changed" };
        var output = new Option<string?>("-o", "--output")
        {
            Description =
            "Where the executed notebook is written; out/NAME.ipynb beside the notebook if not given",
            HelpName = "OUT.ipynb"
        };
        var assignments = new Option<string[]>("-p", "--parameter")
        {
            Description = "Sets a parameter; lists are 30,20,10 or JSON. 'csnb params' lists them",
            HelpName = "NAME=VALUE"
        };
        var file = new Option<string?>("--params") { Description = "Sets parameters from a JSON object; -p goes before it", HelpName = "FILE.json" };
        var timeout = new Option<double?>("--timeout") { Description = "Stops a cell that runs longer", HelpName = "SECONDS" };
        var folder = new Option<string?>("--cwd") { Description = "The working folder of the cells; the notebook's own if not given", HelpName = "DIR" };
        var prepare = new Option<bool>("--prepare-only")
        {
            Description =
            "Writes the notebook with its parameters set and runs nothing, for another program that executes notebooks"
        };
        var command = new Command("run", """
            Executes a notebook and writes it with its outputs. Until it has ended well they are in OUT.unfinished.ipynb, after each cell anew; when a
            cell fails or the run is stopped, in OUT.failed.ipynb, and OUT.ipynb stays what it was.
            Exit code 1: a cell failed or ran into the time limit; 2: bad input; 130 or 143: stopped by Ctrl-C or SIGTERM.
            Example: csnb run 02-clarity-test.ipynb -o out/02.ipynb -p magnification=20 -p trials=20,10,5
            """) { notebook, output, assignments, file, timeout, folder, prepare };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(notebook)!, parsed.GetValue(output), new(parsed.GetValue(assignments) ?? [],
            parsed.GetValue(file), parsed.GetValue(timeout), parsed.GetValue(folder), parsed.GetValue(prepare)), session, messages));
        return command;
    }

    sealed record Choices(string[] Assignments, string? File, double? Timeout, string? Folder, bool PrepareOnly);

    static async Task<int> RunAsync(string input, string? output, Choices choices, Lazy<ScriptSession> session, TextWriter messages)
    {
        var (assignments, file, timeout, folder, prepareOnly) = choices;
        if (timeout is not null and not (> 0 and < 1e6))
            throw new BadInputException("--timeout: expected a number of seconds above 0");
        var notebook = NotebookFile.Load(input);
        if (!notebook.CodeCells.Any(cell => !string.IsNullOrWhiteSpace(cell.Source)))
            throw new BadInputException($"{input} has no code cell, so there is nothing to run");
        output = Path.GetFullPath(output ?? Path.Combine(notebook.Folder, "out", Path.GetFileName(notebook.Path)));
        if (output == notebook.Path)
            throw new BadInputException($"-o {output} is the notebook itself, which a run does not change: give another place");
        var given = file is null && assignments.Length == 0 ? [] : Injection.Apply(notebook, Parameter.Read(notebook), file, assignments);
        try
        {
            Directory.SetCurrentDirectory(folder ?? notebook.Folder);
        }
        catch (IOException error)
        {
            throw new BadInputException($"--cwd {folder}: {error.Message}", error);
        }
        var only = new RunOutput(output);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => only.Dispose();
        if (prepareOnly)
        {
            notebook.Save(output);
            return 0;
        }
        var limit = timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        var terminal = !Console.IsErrorRedirected;
        var progress = new Progress(messages, terminal, notebook.CodeCells.Count(), TimeSpan.FromSeconds(terminal ? 1 : 15));
        using var run = new NotebookRun(notebook, session.Value, only, new(input, output, given), limit, messages, progress);
        var code = await run.RunAsync().ConfigureAwait(false);
        // Threads that a cell left behind do not keep the process.
        Environment.Exit(code);
        return code;
    }
}
