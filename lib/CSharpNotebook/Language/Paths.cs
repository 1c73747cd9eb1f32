using System.Text.RegularExpressions;
using CSharpNotebook.Kernel;

namespace CSharpNotebook.Language;

/// <summary>Files and folders for the text after <c>#r "</c> and <c>#load "</c>.</summary>
static partial class Paths
{
    /// <summary>Null where the line is no such directive.</summary>
    internal static Completions? Of(string folder, string code, int position)
    {
        var line = code[..position][(code.LastIndexOf('\n', Math.Max(0, position - 1), position) + 1)..];
        return Directive().Match(line) is { Success: true } path
            ? Of(folder, path.Groups[2].Value, position, path.Groups[1].Value == "r" ? [".dll", ".exe"] : [".csx", ".cs"]) : null;
    }

    static Completions Of(string folder, string written, int position, IReadOnlyList<string> extensions)
    {
        var slash = written.LastIndexOf('/') + 1;
        var (above, name) = (written[..slash], written[slash..]);
        var start = position - name.Length;
        var inside = new DirectoryInfo(Path.Combine(folder, above));
        try
        {
            var found = inside.EnumerateFileSystemInfos()
                .Where(entry => entry.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (name.StartsWith('.') || !entry.Name.StartsWith('.')));
            var items = found.Where(entry => entry is DirectoryInfo || extensions.Contains(entry.Extension, StringComparer.OrdinalIgnoreCase))
                .OrderBy(entry => entry is DirectoryInfo).ThenBy(entry => entry.Name, StringComparer.Ordinal)
                .Select(entry => new Completion(entry is DirectoryInfo ? entry.Name + "/" : entry.Name, "path"));
            return new(start, position, [.. items, .. name.Length > 0 && "..".StartsWith(name, StringComparison.Ordinal) ? [new Completion("../", "path")]
                : Array.Empty<Completion>()]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new(position, position, []);
        }
    }

    [GeneratedRegex("""^[ \t]*#(r|load)[ \t]+"(?!nuget:)([^"]*)$""")]
    private static partial Regex Directive();
}
