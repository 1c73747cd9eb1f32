using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Scripting;

/// <summary>What the text of a cell says about how it is to be run.</summary>
static class CellSource
{
    internal static readonly CSharpParseOptions Script = new(LanguageVersion.CSharp14, DocumentationMode.None, SourceCodeKind.Script);

    internal static CompilationUnitSyntax Parse(string code) => SyntaxFactory.ParseCompilationUnit(code, options: Script);

    internal static bool IsExpression(string code) =>
        !Nesting.IsTooDeep(code) && Parse(code) is { Members: [GlobalStatementSyntax { Statement: ExpressionStatementSyntax { SemicolonToken.IsMissing: true } }], Usings.Count: 0, Externs.Count: 0 };

    /// <summary>A last expression without a semicolon is the value of the cell, also where it is null; a call that returns nothing has none.</summary>
    internal static bool EndsInValue(Compilation compilation, string path)
    {
        var tree = compilation.SyntaxTrees.First(tree => tree.FilePath == path);
        return ((CompilationUnitSyntax)tree.GetRoot()).Members.LastOrDefault() is GlobalStatementSyntax { Statement: ExpressionStatementSyntax { SemicolonToken.IsMissing: true } last }
            && compilation.GetSemanticModel(tree).GetTypeInfo(last.Expression).Type is not { SpecialType: SpecialType.System_Void };
    }

    /// <summary>Whether later cells could tell it from none. One that is kept makes all after it a little slower and larger, so others are not.</summary>
    internal static bool Declares(Compilation compilation, string path)
    {
        var root = (CompilationUnitSyntax)compilation.SyntaxTrees.First(tree => tree.FilePath == path).GetRoot();
        return root.Usings.Count > 0 || root.Externs.Count > 0 || root.GetReferenceDirectives().Count > 0 || root.GetLoadDirectives().Count > 0
            || compilation.ScriptClass!.GetMembers().Any(member => member.CanBeReferencedByName);
    }

    /// <summary>The names of its variables, where it declares nothing else; otherwise null.</summary>
    internal static IReadOnlyCollection<string>? OnlyVariables(Compilation compilation, string path)
    {
        var root = (CompilationUnitSyntax)compilation.SyntaxTrees.First(tree => tree.FilePath == path).GetRoot();
        var members = compilation.ScriptClass!.GetMembers().Where(member => member.CanBeReferencedByName).ToArray();
        return root.Usings.Count > 0 || root.Externs.Count > 0 || root.GetReferenceDirectives().Count > 0 || root.GetLoadDirectives().Count > 0 || !Array.TrueForAll(members, member => member is IFieldSymbol)
            ? null : [.. members.Select(member => member.Name)];
    }

    /// <summary>Names of variables that the code declares as statements of their own.</summary>
    internal static IEnumerable<string> Variables(string code) =>
        Parse(code).Members.OfType<FieldDeclarationSyntax>().SelectMany(field => field.Declaration.Variables).Select(variable => variable.Identifier.ValueText);
}
