using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Runner;

/// <summary>A variable that the cell tagged <c>parameters</c> declares.</summary>
/// <param name="TypeName">As the notebook would write it.</param>
/// <param name="Default">The expression in the notebook, empty where there is none.</param>
/// <param name="Help">The comment behind it, or above it.</param>
sealed record Parameter(string Name, ITypeSymbol Type, string TypeName, string Default, string Help)
{
    internal const string Tag = "parameters", InjectedTag = "injected-parameters";

    /// <summary>The parameters in the order of the cell. Nothing is run: types come from the compiler, which sees the cells above too.</summary>
    internal static IReadOnlyList<Parameter> Read(NotebookFile notebook)
    {
        if (notebook.CodeCells.FirstOrDefault(cell => cell.HasTag(Tag)) is not { } declaring)
            return [];
        var compilation = Compile([.. notebook.CodeCells.TakeWhile(cell => cell != declaring), declaring], notebook.Folder);
        var tree = compilation.SyntaxTrees.First(tree => tree.FilePath == "parameters");
        var model = compilation.GetSemanticModel(tree);
        return [.. ((CompilationUnitSyntax)tree.GetRoot()).Members.OfType<FieldDeclarationSyntax>()
            .SelectMany(field => field.Declaration.Variables.Select(variable => Of(variable, field, model)))];
    }

    static Compilation Compile(NotebookCell[] cells, string folder)
    {
        var options = References.Options(folder).WithFilePath("parameters");
        var script = CSharpScript.Create<object>("", options);
        foreach (var code in cells.Select(cell => Segment.OnlyCSharp(cell.Code)))
            script = script.ContinueWith<object>(code, options);
        try
        {
            return script.GetCompilation();
        }
        catch (InvalidOperationException) when (cells.Length > 1)
        {
            // A cell above has errors, which are the run's to report.
            return Compile(cells[^1..], folder);
        }
    }

    /// <summary>By syntax alone.</summary>
    internal static IEnumerable<string> Names(NotebookFile notebook) =>
        SyntaxFactory.ParseCompilationUnit(Segment.OnlyCSharp(notebook.CodeCells.FirstOrDefault(cell => cell.HasTag(Tag))?.Code ?? ""),
            options: ScriptSession.Script).Members.OfType<FieldDeclarationSyntax>().SelectMany(field => field.Declaration.Variables)
            .Select(variable => variable.Identifier.ValueText);

    static Parameter Of(VariableDeclaratorSyntax variable, FieldDeclarationSyntax field, SemanticModel model)
    {
        var type = ((IFieldSymbol)model.GetDeclaredSymbol(variable)!).Type;
        var name = type.ToMinimalDisplayString(model, field.Span.End);
        return new(variable.Identifier.Text, type, name, variable.Initializer?.Value.ToString() ?? "", Comment(field));
    }

    static string Comment(FieldDeclarationSyntax field)
    {
        static string Words(IEnumerable<SyntaxTrivia> trivia) => string.Join(' ', trivia.Where(one => one.IsKind(SyntaxKind.SingleLineCommentTrivia))
            .Select(one => one.ToString().TrimStart('/').Trim()).Where(text => text.Length > 0));
        var behind = Words(field.GetTrailingTrivia());
        if (behind.Length > 0)
            return behind;
        // A comment above belongs to the variable, unless it is the title of the cell.
        var above = Words(field.GetLeadingTrivia());
        return above.Equals(Tag, StringComparison.OrdinalIgnoreCase) ? "" : above;
    }
}

/// <summary>
/// What a parameter may be, where its comment says so in brackets: numbers <c>[1 to 100]</c>, <c>[at least 1]</c>, <c>[above 0]</c>, <c>[above 0 to 1]</c>,
/// texts <c>[html, png or svg]</c>. Those of a list, each.
/// </summary>
sealed partial record Limits(string Text, double Least, bool Above, double Most, string[] Words)
{
    internal static Limits? Of(string comment)
    {
        var found = Written().Match(comment);
        double Number(string name, double otherwise) =>
            found.Groups[name] is { Success: true, Value: var text } ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        return !found.Success ? null
            : new(found.Groups["text"].Value, Number("least", double.NegativeInfinity), found.Groups["above"].Success, Number("most", double.PositiveInfinity),
                [.. found.Groups["word"].Captures.Select(word => word.Value)]);
    }

    internal bool Allow(JsonNode? value) => value switch
    {
        JsonArray list => list.All(Allow),
        JsonValue one when one.GetValueKind() == System.Text.Json.JsonValueKind.Number =>
            double.Parse(one.ToJsonString(), CultureInfo.InvariantCulture) is var number && number <= Most && (Above ? number > Least : number >= Least),
        JsonValue one when one.GetValueKind() == System.Text.Json.JsonValueKind.String => Words.Length == 0 || Words.Contains(one.GetValue<string>()),
        _ => true,
    };

    const string Digits = @"-?\d+(?:\.\d+)?";

    [GeneratedRegex($@"\[(?<text>(?:(?<above>above)|at least) (?<least>{Digits})(?: to (?<most>{Digits}))?|(?<least>{Digits}) to (?<most>{Digits})"
        + @"|(?<word>\w+)(?:, (?<word>\w+))* or (?<word>\w+))\]")]
    private static partial Regex Written();
}
