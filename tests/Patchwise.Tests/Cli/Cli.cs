using System.Diagnostics;

namespace Patchwise.Tests;

/// <summary>The built command line, run as a process.</summary>
static class Cli
{
    internal static readonly string[] Command = CommandIn(AppContext.BaseDirectory);

    /// <summary>The one in a folder, which starts by itself where the .NET runtime lies beside it.</summary>
    internal static string[] CommandIn(string folder) =>
        File.Exists(Path.Combine(folder, "libcoreclr.so")) ? [Path.Combine(folder, "Patchwise.Cli")]
        : ["dotnet", "exec", Path.Combine(folder, "Patchwise.Cli.dll")];

    internal static Process Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Command[0], [.. Command[1..], .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    internal static (int Code, string Output, string Error) RunForOutput(params string[] arguments) => RunForOutput(arguments, []);

    internal static (int Code, string Output, string Error) RunForOutput(string[] arguments, params (string Name, string Value)[] environment)
    {
        using var process = Start(arguments, environment);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    internal static (int Code, string Error) Run(params string[] arguments)
    {
        var (code, _, error) = RunForOutput(arguments);
        return (code, error);
    }
}
