using System.CommandLine;
using System.CommandLine.Help;

namespace Patchwise.Cli;

/// <summary>What all commands share: one line for an error, exit code 2 for bad input or usage, 1 for a failure while working.</summary>
static class Commands
{
    static readonly Option<bool> Verbose = new("--verbose") { Description = "Show the full trace of an error", Recursive = true };

    /// <summary>After Ctrl+C: a batch that the network is at is not left half-way.</summary>
    static readonly TimeSpan EndInOrder = TimeSpan.FromSeconds(60);

    internal static int Run(Command root, string[] args)
    {
        // A RootCommand would call itself by the name of the file that the link "patchwise" leads to.
        root.Options.Add(new HelpOption());
        root.Options.Add(new VersionOption());
        root.Options.Add(Verbose);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                Console.Error.WriteLine($"patchwise: {error.Message}");
            Console.Error.WriteLine("patchwise: see 'patchwise --help'");
            return 2;
        }
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = EndInOrder });
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(parsed.GetValue(Verbose) ? $"patchwise: {error}" : $"patchwise: {error.Message.ReplaceLineEndings(" ")}");
            return error is BadInputException ? 2 : 1;
        }
    }
}
