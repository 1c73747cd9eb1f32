using CSharpNotebook.Scripting;

namespace CSharpNotebook.Tests.Language;

public sealed class CSharpLanguageTests
{
    [Fact]
    public async Task An_expression_is_evaluated_beside_the_cells()
    {
        using var cells = new Cells();
        using var language = new ScriptSession(Path.GetTempPath());
        await language.RunAsync("var x = 20;", 1, cells, default);

        Assert.Equal("42", (await language.EvaluateAsync("2 * x + 2", cells, default)).Value!.Data["text/plain"]);
        Assert.Equal("CompilationErrorException", (await language.EvaluateAsync("nowhere", cells, default)).Error!.Name);
        Assert.Equal("DivideByZeroException", (await language.EvaluateAsync("x / (x - 20)", cells, default)).Error!.Name);
        Assert.Contains("is not an expression", (await language.EvaluateAsync("var y = 1;", cells, default)).Error!.Message, StringComparison.Ordinal);
        await language.RunAsync("x", 2, cells, default);
        Assert.Equal(CellStatus.Done, (await language.RunAsync("var y = x;", 3, cells, default)).Status);
    }
}
