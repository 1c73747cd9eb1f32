using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Scripting;

/// <summary>The text of a cell as written, and as compiled.</summary>
/// <param name="Text">As written; compile errors quote it.</param>
/// <param name="Path">Its name in traces.</param>
/// <param name="Code">With <see cref="Entry"/> before the first statement, on the same line.</param>
/// <param name="EntryAt">Where that stands; -1 where there is none.</param>
sealed record CellSource(string Text, string Path, string Code, int EntryAt)
{
    /// <summary>
    /// Gives the caller its task before the first statement runs. When a cell is torn away in the middle, Roslyn still gets to keep
    /// the variables assigned until then, because its own code is not on the stack that is torn.
    /// </summary>
    const string Entry = "await System.Threading.Tasks.Task.Yield();";

    static readonly CSharpParseOptions Script = new(LanguageVersion.CSharp14, DocumentationMode.None, SourceCodeKind.Script);

    internal static CompilationUnitSyntax Parse(string code) => SyntaxFactory.ParseCompilationUnit(code, options: Script);

    internal static CellSource Of(string text, string path)
    {
        var first = Parse(text).Members.FirstOrDefault();
        // Only statements and variables run; a cell of types and functions needs no entry.
        if (first is null || first.ContainsDiagnostics || !Parse(text).Members.Any(member => member is GlobalStatementSyntax or FieldDeclarationSyntax))
            return new(text, path, text, -1);
        return new(text, path, text.Insert(first.SpanStart, Entry), first.SpanStart);
    }

    /// <summary>The place in <see cref="Text"/> of a place in <see cref="Code"/>.</summary>
    internal int InText(int position) => EntryAt < 0 || position < EntryAt ? position : Math.Max(EntryAt, position - Entry.Length);

    /// <summary>A last expression without a semicolon is the value of the cell, also where it is null; a call that returns nothing has none.</summary>
    internal bool EndsInValue(Compilation compilation)
    {
        var tree = compilation.SyntaxTrees.First(tree => tree.FilePath == Path);
        return ((CompilationUnitSyntax)tree.GetRoot()).Members.LastOrDefault() is GlobalStatementSyntax { Statement: ExpressionStatementSyntax { SemicolonToken.IsMissing: true } last }
            && compilation.GetSemanticModel(tree).GetTypeInfo(last.Expression).Type is not { SpecialType: SpecialType.System_Void };
    }
}
