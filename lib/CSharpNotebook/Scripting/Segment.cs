using System.Text.RegularExpressions;

namespace CSharpNotebook.Scripting;

/// <summary>A run of lines of one cell in one language, or one magic command.</summary>
/// <param name="Kind">The lower-case name after <c>#!</c>; C# without any is <c>csharp</c>.</param>
/// <param name="Text">The lines below it. C# keeps its line numbers: the lines above are blank.</param>
sealed partial record Segment(string Kind, string Argument, string Text, int Line)
{
    internal const string CSharp = "csharp";

    internal static readonly IReadOnlyDictionary<string, string> Magics = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["about"] = "the versions of csnb, .NET and the C# compiler",
        ["csharp"] = "the lines below are C# (also #!c#)",
        ["html"] = "the lines below are shown as HTML",
        ["javascript"] = "the lines below run as a script in the page (also #!js)",
        ["lsmagic"] = "this list",
        ["markdown"] = "the lines below are shown as Markdown (also #!md)",
        ["time"] = "how long the cell took",
        ["who"] = "the names of the variables",
        ["whos"] = "the variables with type and value",
    };

    static bool HoldsLines(string kind) => kind is CSharp or "html" or "markdown" or "javascript";

    /// <exception cref="NotebookException">A magic command that is not known, or brackets without end.</exception>
    internal static IReadOnlyList<Segment> Split(string code)
    {
        if (Nesting.IsTooDeep(code))
            throw new NotebookException($"more than {Nesting.Most} square brackets lie in each other: take the inner ones out into variables");
        List<Segment> segments = [];
        var lines = code.ReplaceLineEndings("\n").Split('\n');
        var (kind, start) = (CSharp, 0);
        List<string> text = [];
        for (var i = 0; i <= lines.Length; i++)
        {
            var magic = i < lines.Length ? Magic().Match(lines[i]) : null;
            if (i < lines.Length && !magic!.Success)
            {
                text.Add(lines[i]);
                continue;
            }
            if (text.Exists(line => !string.IsNullOrWhiteSpace(line)))
                segments.Add(new(kind, "", (kind == CSharp ? new string('\n', start) : "") + string.Join('\n', text), start));
            if (i == lines.Length)
                break;
            var (name, argument) = (Canonical(magic!.Groups[1].Value), magic.Groups[2].Value.Trim());
            if (!Magics.ContainsKey(name))
                throw new NotebookException($"#!{magic.Groups[1].Value} in line {i + 1} is not a command of csnb; it knows {string.Join(", ", Magics.Keys.Select(known => "#!" + known))}");
            var segment = new Segment(name, argument, "", i);
            if (HoldsLines(name))
                kind = name;
            else
                segments.Add(segment);
            (start, text) = (i + 1, []);
        }
        return segments;
    }

    /// <summary>The C# of a cell with everything else blank, so that each place stays where it is; for those who only read it. Brackets without end are not read.</summary>
    internal static string OnlyCSharp(string code)
    {
        if (Nesting.IsTooDeep(code))
            return new(' ', code.Length);
        var kept = code.ToCharArray();
        var kind = CSharp;
        for (int start = 0, end; start < code.Length; start = end + 1)
        {
            end = code.IndexOf('\n', start) is >= 0 and var found ? found : code.Length;
            var magic = Magic().Match(code[start..end].TrimEnd('\r'));
            if (magic.Success && Canonical(magic.Groups[1].Value) is var name && HoldsLines(name))
                kind = name;
            if (magic.Success || kind != CSharp)
                kept.AsSpan(start, end - start).Fill(' ');
        }
        return new(kept);
    }

    internal static bool IsCSharp(string code, int position) => OnlyCSharp(code.Insert(position, "x"))[position] == 'x';

    static string Canonical(string name) => name.ToLowerInvariant() switch
    {
        "c#" => CSharp,
        "js" => "javascript",
        "md" => "markdown",
        var other => other,
    };

    [GeneratedRegex(@"^#!([A-Za-z][\w#-]*)(\s.*)?$")]
    private static partial Regex Magic();
}
