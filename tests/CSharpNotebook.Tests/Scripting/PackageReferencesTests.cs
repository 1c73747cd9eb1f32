namespace CSharpNotebook.Tests.Scripting;

public class PackageReferencesTests
{
    [Fact]
    public async Task A_package_is_restored_and_one_that_cannot_be_had_is_named_once()
    {
        // This program's own package, so that it lies on the machine already.
        var version = typeof(Markdig.Markdown).Assembly.GetName().Version!.ToString(3);
        using var cells = new Cells();

        var error = await cells.FailAsync("#r \"nuget: No.Such.Package.Anywhere, 1.0.0\"");
        Assert.StartsWith("The packages could not be restored: NU", error.Message, StringComparison.Ordinal);

        Assert.Equal(("result", "<p><em>x</em></p>\n"),
            (await cells.ShowAsync($"#r \"nuget: Markdig, {version}\"\nusing Markdig;\nMarkdown.ToHtml(\"*x*\")"))[^1]);
        Assert.Equal([("result", "<hr />\n")], await cells.ShowAsync("Markdown.ToHtml(\"---\")"));
    }
}
