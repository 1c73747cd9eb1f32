using System.CommandLine;
using System.Text.Json.Nodes;

namespace CSharpNotebook.CommandLine;

/// <summary>What is done with notebooks.</summary>
static class NotebookCommands
{
    internal static Command Run(Lazy<ScriptSession> session, TextWriter messages)
    {
        var notebook = new Argument<string[]>("NOTEBOOK")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "The .ipynb file; it is not changed. Several of one folder run side by side in this process, by which they start sooner: each has "
                + "its own variables, and the libraries are there once"
        };
        // A misspelt option would be one of several notebooks.
        notebook.Validators.Add(given =>
        {
            if (given.Tokens.FirstOrDefault(token => token.Value.StartsWith('-')) is { } unknown)
                given.AddError($"Unrecognized command or argument '{unknown.Value}'.");
        });
        var output = new Option<string?>("-o", "--output")
        {
            Description = "Where the executed notebook is written; out/NAME.ipynb beside the notebook if not given. Or a folder, as of several",
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
            Description = "Writes the notebook with its parameters set and runs nothing, for another program that executes notebooks"
        };
        var command = new Command("run", """
            Executes a notebook and writes it with its outputs. Until it has ended well they are in OUT.unfinished.ipynb, after each cell anew; when a
            cell fails or the run is stopped, in OUT.failed.ipynb, and OUT.ipynb stays what it was.
            Exit code 1: a cell failed or ran into the time limit; 2: bad input; 130 or 143: stopped by Ctrl-C or SIGTERM.
            Example: csnb run 02-clarity-test.ipynb -o out/02.ipynb -p magnification=20 -p trials=20,10,5
            """) { notebook, output, assignments, file, timeout, folder, prepare };
        command.SetAction(async (parsed, _) =>
        {
            var seconds = parsed.GetValue(timeout);
            if (seconds is not null and not (> 0 and < 1e6))
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                    $"--timeout {seconds:R}: expected seconds above 0 and below 1000000, which are 11 days"));
            var given = Read(parsed.GetRequiredValue(notebook), parsed.GetValue(output), parsed.GetValue(file), parsed.GetValue(assignments) ?? []);
            EnterFolder(parsed.GetValue(folder), given);
            var outputs = Array.ConvertAll(given, one => new RunOutput(one.Place));
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Array.ForEach(outputs, one => one.Dispose());
            if (parsed.GetValue(prepare))
            {
                Array.ForEach(given, one => one.Notebook.Save(one.Place));
                return 0;
            }
            var limit = seconds is { } most ? TimeSpan.FromSeconds(most) : (TimeSpan?)null;
            var code = await (given is [var only] ? RunAsync(only, outputs[0], session.Value, limit, messages, !Console.IsErrorRedirected)
                : RunAsync(given, outputs, session.Value, limit, messages)).ConfigureAwait(false);
            // Threads that a cell left behind do not keep the process.
            Environment.Exit(code);
            return code;
        });
        return command;
    }

    /// <param name="Input">As it was named.</param>
    /// <param name="Place">Where it is written.</param>
    sealed record Given(string Input, NotebookFile Notebook, string Place, JsonObject Parameters);

    /// <exception cref="BadInputException">Of one of them, before any runs.</exception>
    static Given[] Read(string[] inputs, string? output, string? file, string[] assignments)
    {
        if (inputs.Length > 1 && output?.EndsWith(".ipynb", StringComparison.OrdinalIgnoreCase) == true)
            throw new BadInputException($"-o {output} is one file for {inputs.Length} notebooks: expected a folder");
        var given = Array.ConvertAll(inputs, input =>
        {
            var read = NotebookFile.Load(input);
            if (!read.CodeCells.Any(cell => !string.IsNullOrWhiteSpace(cell.Source)))
                throw new BadInputException($"{input} has no code cell, so there is nothing to run");
            var place = Path.GetFullPath(output is null ? Path.Combine(read.Folder, "out", Path.GetFileName(read.Path))
                : inputs.Length == 1 && !Directory.Exists(output) ? output : Path.Combine(output, Path.GetFileName(read.Path)));
            if (place == read.Path)
                throw new BadInputException($"-o {place} is the notebook itself, which a run does not change: give another place");
            try
            {
                return new Given(input, read, place, Injection.Apply(read, file, assignments));
            }
            catch (BadInputException error) when (inputs.Length > 1)
            {
                throw new BadInputException($"{input}: {error.Message}", error);
            }
        });
        return given.CountBy(one => one.Place).FirstOrDefault(place => place.Value > 1) is { Key: { } twice }
            ? throw new BadInputException($"{twice} would be written by "
                + $"{string.Join(" and ", given.Where(one => one.Place == twice).Select(one => one.Input))}: run them one after the other")
            : given;
    }

    static async Task<int> RunAsync(Given given, RunOutput output, ScriptSession session, TimeSpan? limit, TextWriter messages, bool terminal)
    {
        var progress = new Progress(messages, terminal, given.Notebook.CodeCells.Count(), TimeSpan.FromSeconds(terminal ? 1 : 15));
        using var run = new NotebookRun(given.Notebook, session, output, new(given.Input, given.Place, given.Parameters), limit, messages, progress);
        return await run.RunAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Side by side, one more than there are processors, since now and then each waits; after one that failed none begins. Lines begin with the notebook's
    /// name.
    /// </summary>
    static async Task<int> RunAsync(Given[] given, RunOutput[] outputs, ScriptSession first, TimeSpan? limit, TextWriter messages)
    {
        var (code, next) = (0, 0);
        LibraryFolders.Use(first.Libraries);
        async Task RunSomeAsync()
        {
            while (Volatile.Read(ref code) == 0 && Interlocked.Increment(ref next) - 1 is var i && i < given.Length)
            {
                using var session = i == 0 ? first : new ScriptSession(libraries: first.Libraries);
                using var lines = new PrefixedLines(messages, $"{Path.GetFileNameWithoutExtension(given[i].Place)} ");
                var ended = await RunAsync(given[i], outputs[i], session, limit, lines, terminal: false).ConfigureAwait(false);
                Interlocked.CompareExchange(ref code, ended, 0);
            }
        }
        await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount + 1).Select(_ => Task.Run(RunSomeAsync))).ConfigureAwait(false);
        return code;
    }

    /// <summary>Whole lines, each with the same words before it.</summary>
    sealed class PrefixedLines(TextWriter to, string before) : TextWriter
    {
        public override Encoding Encoding => to.Encoding;

        public override void Write(char value) => throw new NotSupportedException("whole lines only");

        public override void WriteLine(string? value)
        {
            lock (to)
                foreach (var line in (value ?? "").Split('\n'))
                    to.WriteLine(before + line);
        }
    }

    static void EnterFolder(string? folder, Given[] given)
    {
        if (folder is null && given.Select(one => one.Notebook.Folder).Distinct().ToArray() is [var one, var other, ..])
            throw new BadInputException($"the notebooks lie in {one} and {other}, and each would run in its own folder: run those of one folder, or give "
                + "--cwd");
        try
        {
            Directory.SetCurrentDirectory(folder ?? given[0].Notebook.Folder);
        }
        catch (IOException error)
        {
            throw new BadInputException($"--cwd {folder}: {error.Message}", error);
        }
    }

    internal static Command Params(TextWriter output)
    {
        var notebook = new Argument<string>("NOTEBOOK") { Description = "The .ipynb file" };
        var command = new Command("params", """
            Lists the parameters of a notebook: name, type, default and what they mean. They are the variables of the code cell tagged 'parameters'.
            Example: csnb params 02-clarity-test.ipynb
            """) { notebook };
        command.SetAction(parsed => List(parsed.GetValue(notebook)!, output));
        return command;
    }

    static void List(string path, TextWriter to)
    {
        var rows = Parameter.Read(NotebookFile.Load(path))
            .Select(parameter => new[] { parameter.Name, parameter.TypeName, OneLine(parameter.Default), parameter.Help }).ToArray();
        if (rows.Length == 0)
        {
            to.WriteLine("The notebook has no parameters: no code cell is tagged 'parameters'.");
            return;
        }
        rows = [["NAME", "TYPE", "DEFAULT", "HELP"], .. rows];
        var widths = Enumerable.Range(0, 3).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            to.WriteLine(string.Join("  ", row.Select((text, column) => column < 3 ? text.PadRight(widths[column]) : text)).TrimEnd());
    }

    static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
