using System.Collections.Immutable;
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
