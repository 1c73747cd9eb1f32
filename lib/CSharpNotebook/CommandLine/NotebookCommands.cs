using System.CommandLine;
using CSharpNotebook.Runner;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.CommandLine;

/// <summary>What is done with notebooks.</summary>
static class NotebookCommands
{
    internal static Command Run(Lazy<ScriptSession> session, TextWriter messages)
    {
        var notebook = new Argument<string>("NOTEBOOK") { Description = "The .ipynb file; it is not changed" };
        var output = new Option<string?>("-o", "--output")
        {
            Description = "Where the executed notebook is written; out/NAME.ipynb beside the notebook if not given",
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
            var (input, seconds) = (parsed.GetValue(notebook)!, parsed.GetValue(timeout));
            if (seconds is not null and not (> 0 and < 1e6))
                throw new BadInputException("--timeout: expected a number of seconds above 0");
            var read = NotebookFile.Load(input);
            if (!read.CodeCells.Any(cell => !string.IsNullOrWhiteSpace(cell.Source)))
                throw new BadInputException($"{input} has no code cell, so there is nothing to run");
            var place = Path.GetFullPath(parsed.GetValue(output) ?? Path.Combine(read.Folder, "out", Path.GetFileName(read.Path)));
            if (place == read.Path)
                throw new BadInputException($"-o {place} is the notebook itself, which a run does not change: give another place");
            var given = Injection.Apply(read, parsed.GetValue(file), parsed.GetValue(assignments) ?? []);
            EnterFolder(parsed.GetValue(folder), read.Folder);
            var only = new RunOutput(place);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => only.Dispose();
            if (parsed.GetValue(prepare))
            {
                read.Save(place);
                return 0;
            }
            var limit = seconds is { } most ? TimeSpan.FromSeconds(most) : (TimeSpan?)null;
            var terminal = !Console.IsErrorRedirected;
            var progress = new Progress(messages, terminal, read.CodeCells.Count(), TimeSpan.FromSeconds(terminal ? 1 : 15));
            using var run = new NotebookRun(read, session.Value, only, new(input, place, given), limit, messages, progress);
            var code = await run.RunAsync().ConfigureAwait(false);
            // Threads that a cell left behind do not keep the process.
            Environment.Exit(code);
            return code;
        });
        return command;
    }

    static void EnterFolder(string? folder, string otherwise)
    {
        try
        {
            Directory.SetCurrentDirectory(folder ?? otherwise);
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
