using System.Diagnostics;
using System.Text.RegularExpressions;

namespace CSharpNotebook.Tests.Kernel;

/// <summary>
/// A Python script in the folder python, each of its functions test_... a case. They run in one process, with the genuine client of Jupyter;
/// the script prints a line for each, and what went wrong below it.
/// </summary>
sealed partial class PythonCases
{
    static readonly string Scripts = Path.Combine(Repository.Root, "tests", "CSharpNotebook.Tests", "Kernel", "python");

    static readonly TimeSpan Limit = TimeSpan.FromMinutes(12);

    readonly Dictionary<string, string> _results = [];
    readonly string _all;

    internal static TheoryData<string> Names(string script)
    {
        var names = new TheoryData<string>();
        foreach (Match match in Function().Matches(File.ReadAllText(Path.Combine(Scripts, script))))
            names.Add(match.Groups[1].Value);
        return names;
    }

    internal PythonCases(string script, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", [Path.Combine(Scripts, script), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var (output, errors) = Run(start);
        // The client's own libzmq ends its process now and then where a connection that sends garbage is closed (an assertion of its sessions).
        if (errors.Contains("src/session_base.cpp", StringComparison.Ordinal))
            (output, errors) = Run(start);
        _all = output + errors;
        foreach (Match match in Result().Matches(output))
            _results[match.Groups[2].Value] = match.Groups[1].Value == "PASS" ? "" : match.Groups[3].Value + errors;
    }

    static (string Output, string Errors) Run(ProcessStartInfo start)
    {
        using var python = Process.Start(start)!;
        var (outputs, errors) = (python.StandardOutput.ReadToEndAsync(), python.StandardError.ReadToEndAsync());
        if (!python.WaitForExit(Limit))
            python.Kill(entireProcessTree: true);
        return (outputs.Result, errors.Result);
    }

    internal IEnumerable<string> Ran => _results.Keys;

    internal void Check(string name)
    {
        if (!_results.TryGetValue(name, out var failure))
            Assert.Fail($"{name} did not run:\n{_all}");
        Assert.True(failure.Length == 0, failure);
    }

    [GeneratedRegex(@"^def test_(\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Function();

    [GeneratedRegex(@"^(PASS|FAIL) (\w+)[^\n]*\n(.*?)(?=^(?:PASS|FAIL) |\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Result();
}
