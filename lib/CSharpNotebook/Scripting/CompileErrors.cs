using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace CSharpNotebook.Scripting;

/// <summary>Compile errors as people read them: where, what, the source line with a mark under the place, and what to write instead.</summary>
static class CompileErrors
{
    /// <summary>The first errors matter; the rest mostly follow from them.</summary>
    const int Shown = 5;

    internal static CellError Of(ImmutableArray<Diagnostic> diagnostics, CellSource cell, Compilation compilation, string folder)
    {
        var errors = diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .DistinctBy(error => (error.Id, error.Location.SourceSpan)).OrderBy(error => error.Location.SourceSpan.Start).ToArray();
        List<string> trace = [];
        foreach (var error in errors.Take(Shown))
        {
            var (place, source, column, width) = Place(error.Location, cell);
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

    static (string Place, string? Source, int Column, int Width) Place(Location location, CellSource cell)
    {
        if (location.SourceTree is not { } tree)
            return (cell.Path, null, 0, 0);
        var (text, start, end) = tree.FilePath == cell.Path
            ? (SourceText.From(cell.Text), cell.InText(location.SourceSpan.Start), cell.InText(location.SourceSpan.End))
            : (tree.GetText(), location.SourceSpan.Start, location.SourceSpan.End);
        var line = text.Lines.GetLineFromPosition(Math.Min(start, text.Length));
        var source = line.ToString();
        var column = Math.Min(start - line.Start, source.Length);
        var width = Math.Max(1, Math.Min(end, line.End) - start);
        return ($"{tree.FilePath}, line {line.LineNumber + 1}", source, column, width);
    }
}
