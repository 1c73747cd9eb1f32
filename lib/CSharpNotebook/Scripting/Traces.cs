using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;

namespace CSharpNotebook.Scripting;

/// <summary>An exception as the author of a notebook reads it: the frames of the notebook, with their lines; none of the machinery's.</summary>
static partial class Traces
{
    const int MostOfSeveral = 10, MostLines = 1000, LongestMessage = 100_000;

    internal static CellError Of(Exception error, IReadOnlyDictionary<string, string> sources)
    {
        error = Unwrap(error);
        List<string> lines = [];
        Add(lines, "", error, sources);
        return new(Name(error), Message(error), lines);
    }

    static void Add(List<string> lines, string role, Exception error, IReadOnlyDictionary<string, string> sources)
    {
        if (lines.Count > MostLines)
            return;
        lines.Add($"{role}{Name(error)}: {Message(error)}");
        lines.AddRange(Frames(error, sources));
        if (error is AggregateException several)
            foreach (var (index, one) in several.InnerExceptions.Take(MostOfSeveral).Index())
                Add(lines, string.Create(CultureInfo.InvariantCulture, $"{index + 1} of {several.InnerExceptions.Count}: "), Unwrap(one), sources);
        else if (error.InnerException is { } inner)
            Add(lines, "caused by ", Unwrap(inner), sources);
    }

    /// <summary>A text of any length may stand there.</summary>
    static string Message(Exception error) => error.Message.Length <= LongestMessage ? error.Message
        : string.Create(CultureInfo.InvariantCulture,
        $"{error.Message.AsSpan(0, LongestMessage)}… (the first {LongestMessage:N0} of {error.Message.Length:N0} characters)");

    /// <summary>As it is written, without its namespace and without the number of its type parameters.</summary>
    static string Name(Exception error) => error.GetType().Name.Split('`')[0];

    /// <summary>Wrappers that only say that something was called in a roundabout way.</summary>
    static Exception Unwrap(Exception error) =>
        error is TargetInvocationException { InnerException: { } called } ? Unwrap(called)
        : error is AggregateException { InnerExceptions: [var only] } ? Unwrap(only)
        : error;

    static IEnumerable<string> Frames(Exception error, IReadOnlyDictionary<string, string> sources)
    {
        string? last = null;
        foreach (var frame in new StackTrace(error, fNeedFileInfo: true).GetFrames())
        {
            if (frame.GetFileName() is not { } file || frame.GetFileLineNumber() is not (> 0 and var number) || !IsScript(frame.GetMethod()))
                continue;
            // The compiler puts the folder before the names of cells as it does with files.
            if (Path.GetFileName(file) is var name && (sources.ContainsKey(name) || name.StartsWith("Cell [", StringComparison.Ordinal)))
                file = Path.GetFileName(file);
            var function = Function(frame.GetMethod());
            var source = sources.TryGetValue(file, out var text) && text.Split('\n') is var all && number <= all.Length ? all[number - 1].Trim() : "";
            var line = $"   at {file}, line {number}{(function is null ? "" : $", in {function}")}{(source.Length == 0 ? "" : $":  {source}")}";
            if (line != last)
                yield return line;
            last = line;
        }
    }

    /// <summary>Code of a cell or of a loaded script lives in the compiler's submission classes, in an assembly without a file.</summary>
    static bool IsScript(MethodBase? method) => method?.DeclaringType is { } type && type.Assembly.GetName().Name is { } name && name.StartsWith('ℛ');

    /// <summary>
    /// Null for the statements of a cell themselves. Lambdas and async functions carry the name of what they stand in as <c>&lt;Name&gt;…</c>.
    /// </summary>
    static string? Function(MethodBase? method)
    {
        var name = method!.Name == "MoveNext" ? method.DeclaringType!.Name : method.Name;
        var local = LocalFunction().Match(name);
        if (local.Success)
            return local.Groups[1].Value;
        var outer = Outer().Match(name);
        name = outer.Success ? outer.Groups[1].Value : name;
        return name is "<Initialize>" or "<Factory>" or "Initialize" or ".ctor" or ".cctor" ? null : name;
    }

    [GeneratedRegex(@"^<.*>g__(\w+)\|")]
    private static partial Regex LocalFunction();

    [GeneratedRegex(@"^<(.*)>[a-z]")]
    private static partial Regex Outer();
}
