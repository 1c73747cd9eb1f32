using System.CommandLine;

namespace CSharpNotebook.CommandLine;

/// <summary>What all commands share: one line for an error, exit code 2 for bad input or usage, 1 for a failure while working.</summary>
static class Commands
{
    static readonly Option<bool> Verbose = new("--verbose") { Description = "Show the full trace of an error", Recursive = true };

    internal static int Run(string[] args, TextWriter output, TextWriter errors)
    {
        // The kernels get going while the command line and the notebook are read.
        var session = new Lazy<ScriptSession>(() => new());
        if (args is ["run" or "kernel", ..] && !args.Contains("--help"))
            _ = session.Value;

        var root = new RootCommand("Runs C# notebooks, and serves them to Jupyter.") { NotebookCommands.Run(session, errors),
            NotebookCommands.Params(output), KernelCommands.Kernel(session, errors), KernelCommands.Install(output) };
        root.Options.Add(Verbose);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                errors.WriteLine($"csnb: {error.Message}");
            errors.WriteLine("csnb: see 'csnb --help'");
            return 2;
        }
        try
        {
            OutputLimit.Check();
            // The run has its own way of stopping: the cell ends, the notebook is written.
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception error)
        {
            errors.WriteLine($"csnb: {(parsed.GetValue(Verbose) ? error : error.Message)}");
            return error is BadInputException ? 2 : 1;
        }
    }
}
