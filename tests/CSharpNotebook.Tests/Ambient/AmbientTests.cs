namespace CSharpNotebook.Tests.Ambient;

public sealed class AmbientTests : IClassFixture<Scripting.ScriptSessionTests.Shared>
{
    readonly Cells _cells;

    public AmbientTests(Scripting.ScriptSessionTests.Shared shared) => _cells = shared.Cells;

    [Fact]
    public async Task Display_takes_the_mime_types_asked_for()
    {
        await _cells.ShowAsync(
            "display(new { a = 1 }, \"application/json\"); (1, 2).Display(\"text/plain\", \"text/html\"); \"<i>x</i>\".DisplayAs(\"text/html\"); "
                + "HTML(\"<b>y</b>\")");

        Assert.Equal([["application/json", "text/plain"], ["text/html", "text/plain"], ["text/html", "text/plain"], ["text/html", "text/plain"]],
            _cells.Bundles.Select(bundle => bundle.Data.Keys.Order().ToArray()));
        Assert.Equal("{\"a\":1}", _cells.Bundles[0].Data["application/json"]);
        Assert.Equal(["<i>x</i>", "<b>y</b>"], _cells.Bundles.Skip(2).Select(bundle => bundle.Data["text/html"]));
    }

    [Fact]
    public async Task A_displayed_value_is_updated_under_its_id_also_from_a_later_cell()
    {
        Assert.Equal([("display", "one"), ("update", "two")], await _cells.ShowAsync("var shown = \"one\".Display(); shown.Update(\"two\"); shown"));
        var id = _cells.DisplayId(0);
        Assert.Equal([("update", "three")], await _cells.ShowAsync("shown.Update(\"three\")"));
        Assert.Equal(id, _cells.DisplayId(0));
    }

    [Fact]
    public async Task Display_table_shows_every_row()
    {
        await _cells.ShowAsync("Enumerable.Range(0, 50).Select(i => new { i, Half = i / 2.0 }).DisplayTable();");
        Assert.Equal(51, _cells.Bundles[0].Data["text/plain"].TrimEnd().Split('\n').Length);
        await _cells.ShowAsync("new[] { 1, 2 }.DisplayTable();");
        Assert.Contains("1", _cells.Bundles[0].Data["text/plain"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Css_and_scripts_go_to_the_page()
    {
        await _cells.ShowAsync("CSS(\"b { color: red }\"); Javascript(\"go()\");");
        Assert.Contains("b { color: red }", _cells.Bundles[0].Data["text/html"], StringComparison.Ordinal);
        Assert.Equal("<script type=\"text/javascript\">go()</script>", _cells.Bundles[1].Data["text/html"]);
    }

    [Fact]
    public async Task A_notebook_may_register_formatters_of_its_own()
    {
        await _cells.ShowAsync(
            "using Microsoft.DotNet.Interactive;\nusing Microsoft.DotNet.Interactive.Formatting;\nrecord Star(int Size);\nFormatter.Register<Star>(star => "
                + "new string('*', star.Size), \"text/html\");");
        await _cells.ShowAsync("new Star(3)");
        Assert.Equal("***", _cells.Bundles[0].Data["text/html"]);
        await _cells.ShowAsync("new[] { new Star(2) }");
        Assert.Contains("**", _cells.Bundles[0].Data["text/html"], StringComparison.Ordinal);
        Assert.Equal([("result", "1")], await _cells.ShowAsync("DisplayedValue value = null; 1"));
    }
}
