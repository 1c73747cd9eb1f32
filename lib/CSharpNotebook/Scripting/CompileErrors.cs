using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace CSharpNotebook.Scripting;

/// <summary>Compile errors as people read them: where, what, the source line with a mark under the place, and what to write instead.</summary>
static class CompileErrors
{
    /// <summary>The first errors matter; the rest mostly follow from them.</summary>
    const int Shown = 5;

    internal static CellError Of(ImmutableArray<Diagnostic> diagnostics, Compilation compilation, string path, string folder)
    {
        var errors = diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .DistinctBy(error => (error.Id, error.Location.SourceSpan)).OrderBy(error => error.Location.SourceSpan.Start).ToArray();
        // Without a place they are the compiler's stumbling over the others.
        if (errors.Any(error => error.Location.IsInSource))
            errors = [.. errors.Where(error => error.Location.IsInSource)];
        List<string> trace = [];
        foreach (var error in errors.Take(Shown))
        {
            var (place, source, column, width) = Place(error.Location, path);
            trace.Add($"{place}: error {error.Id}: {error.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}");
            if (source is not null)
            {
                trace.Add("    " + source);
                trace.Add("    " + Blank(source[..column]) + new string('^', width));
            }
            if (Advice.For(error, source ?? "", compilation, folder) is { } advice)
                trace.Add("  " + advice);
        }
        if (errors.Length > Shown)
            trace.Add($"and {errors.Length - Shown} more errors");
        return new("CompilationErrorException", trace[0], trace);
    }

    /// <summary>Keeps tabs, so that the mark stands under its place whatever width they have.</summary>
    static string Blank(string text) => string.Concat(text.Select(character => character == '\t' ? '\t' : ' '));

    static (string Place, string? Source, int Column, int Width) Place(Location location, string path)
    {
        if (location.SourceTree is not { } tree)
            return (path, null, 0, 0);
        var span = location.SourceSpan;
        var text = tree.GetText();
        var line = text.Lines.GetLineFromPosition(Math.Min(span.Start, text.Length));
        var source = line.ToString();
        return ($"{tree.FilePath}, line {line.LineNumber + 1}", source, Math.Min(span.Start - line.Start, source.Length), Math.Max(1,
            Math.Min(span.End, line.End) - span.Start));
    }
}

/// <summary>What to write instead, where C# as a script differs from C# in a project and the compiler's own words do not say so.</summary>
static partial class Advice
{
    internal static string? For(Diagnostic error, string source, Compilation compilation, string folder) => error.Id switch
    {
        "CS7021" => "A cell cannot declare a namespace: write the types without one.",
        "CS9054" => "A cell has no file-local types: leave out the word 'file'.",
        "CS1106" or "CS1109" =>
            "In a cell, write an extension method at the top level, without a class around it: public static int Twice(this int x) => 2 * x;",
        "CS9283" => "A cell cannot hold an extension block: write extension methods at the top level: public static int Twice(this int x) => 2 * x;",
        "CS8345" => "A variable of a cell lives on after it, so it cannot be a span: put the lines into { } or a function, or call .ToArray().",
        "CS7009" => "Move #r to the first lines of the cell, above everything else.",
        "CS0006" or "CS7010" or "CS1504" => $"A relative path starts at the notebook's folder, {folder}.",
        "CS1002" or "CS1003" or "CS1001" or "CS1026" or "CS8124" or "CS8803" or "CS0116" when UsingDeclaration().IsMatch(source) =>
            "A cell has no 'using var' at the top level: write using (var x = ...) { } or put the lines into { } or a function.",
        "CS1002" => "A statement ends in a semicolon; only a value in the last line of a cell needs none.",
        "CS0103" or "CS0246" => Using(error, compilation),
        _ => null,
    };

    /// <summary>Cells import six namespaces only; File, Stopwatch or Regex need a using that a project's implicit usings would give.</summary>
    static string? Using(Diagnostic error, Compilation compilation)
    {
        var name = error.Location.SourceTree?.GetText().ToString(error.Location.SourceSpan).Split('<')[0] ?? "";
        if (!Name().IsMatch(name))
            return null;
        var found = Namespaces(compilation.GlobalNamespace)
            .Where(space => space.GetTypeMembers(name).Any(type => type.DeclaredAccessibility == Accessibility.Public))
            .Select(space => space.ToDisplayString()).OrderBy(space => space.Length).ThenBy(space => space, StringComparer.Ordinal).Take(2).ToArray();
        return found.Length == 0 ? null : $"{name} is in {string.Join(" or ", found)}: add using {found[0]};";
    }

    static IEnumerable<INamespaceSymbol> Namespaces(INamespaceSymbol space) =>
        space.GetNamespaceMembers().SelectMany(inner => Namespaces(inner).Prepend(inner));

    [GeneratedRegex(@"^\s*(await\s+)?using\s+[\w<>\[\],.?]+\s+\w+\s*=")]
    private static partial Regex UsingDeclaration();

    [GeneratedRegex(@"^\w+$")]
    private static partial Regex Name();
}
