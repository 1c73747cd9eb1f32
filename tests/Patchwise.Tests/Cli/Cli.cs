using System.Diagnostics;

namespace Patchwise.Tests;

/// <summary>The built command line, run as a process.</summary>
static class Cli
{
    internal static Process Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Patchwise.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    internal static (int Code, string Output, string Error) RunForOutput(params string[] arguments)
    {
        using var process = Start(arguments);
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
