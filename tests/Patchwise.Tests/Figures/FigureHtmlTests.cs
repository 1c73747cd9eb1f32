using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Patchwise.Tests;

public class FigureHtmlTests
{
    static readonly Figure Simple = new Figure("Areas </script><script>alert(1)</script>").Histogram([1, 2, 3], name: "<!-- \u2028 '\"").X("area", "µm²");

    [Fact]
    public void The_static_drawing_is_an_image_in_the_element()
    {
        var source = Regex.Match(FigureHtml.Element(Simple), "<img src=\"data:image/svg\\+xml;base64,([^\"]+)\" alt=\"([^\"]*)\"");
        Assert.Equal(Simple.ToSvg(), Encoding.UTF8.GetString(Convert.FromBase64String(source.Groups[1].Value)));
        Assert.StartsWith("Figure &quot;Areas &lt;/script&gt;&lt;script&gt;", source.Groups[2].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_cannot_end_the_script_that_holds_them()
    {
        var html = FigureHtml.Element(Simple);
        Assert.Single(Regex.Matches(html, "<script", RegexOptions.IgnoreCase));
        Assert.Single(Regex.Matches(html, "</script", RegexOptions.IgnoreCase));
        Assert.DoesNotContain("<!--", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\u2028', html);
        var data = Regex.Match(html, "var figure = (.+);\n").Groups[1].Value;
        Assert.Equal(Simple.ToPlotly(), JsonNode.Parse(data)!.ToJsonString());
    }

    [Fact]
    public void Equal_figures_give_equal_bytes_and_other_figures_other_names()
    {
        static string Name(Figure figure) => Regex.Match(FigureHtml.Element(figure), "data-patchwise=\"([0-9a-f]{12})\"").Groups[1].Value;
        Assert.Equal(FigureHtml.Element(Simple), FigureHtml.Element(Simple with { }));
        Assert.NotEqual(Name(Simple), Name(new Figure("other")));
        Assert.Contains($"querySelectorAll('[data-patchwise=\"{Name(Simple)}\"]')", FigureHtml.Element(Simple), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_fetched_from_anywhere()
    {
        var page = FigureHtml.Document(Simple.Title, FigureHtml.Element(Simple));
        Assert.Empty(Regex.Matches(page, "(src|href)=\"(?!data:)"));
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains("<title>Areas &lt;/script&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_library_travels_with_the_first_figure_of_a_process_only()
    {
        INotebookView view = Simple;
        var shown = Enumerable.Range(0, 3).Select(_ => view.ToMime(NotebookFormatters.Html)!).ToArray();
        // Another test of this process may have shown the first.
        Assert.Equal(FigureHtml.Element(Simple), shown[1]);
        Assert.Equal(shown[1], shown[2]);
        Assert.EndsWith(shown[1], shown[0], StringComparison.Ordinal);
    }

    [Fact]
    public void The_library_runs_out_of_sight_of_module_loaders_and_of_the_page()
    {
        var script = FigureHtml.LibraryScript("var code = '</script>'; /* </SCRIPT */");
        Assert.Contains("(function (define, module, exports, require) {", script, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(script, "</script", RegexOptions.IgnoreCase));
        Assert.Contains("<\\/script>'", script, StringComparison.Ordinal);
    }

    [Fact]
    public void A_notebook_gets_html_plotly_and_text_by_the_convention()
    {
        var formatters = new NotebookFormatters().CreateTypeFormatters().Cast<NotebookFormatters.View>().ToDictionary(view => view.MimeType);
        var attribute = (TypeFormatterSourceAttribute)Attribute.GetCustomAttribute(typeof(Figure), typeof(TypeFormatterSourceAttribute))!;
        Assert.Equal([NotebookFormatters.Html, NotebookFormatters.Plotly, NotebookFormatters.Text], attribute.PreferredMimeTypes!);
        string Show(string type)
        {
            using var writer = new StringWriter();
            Assert.True(formatters[type].Format(Simple, writer));
            return writer.ToString();
        }
        Assert.EndsWith(FigureHtml.Element(Simple), Show(NotebookFormatters.Html), StringComparison.Ordinal);
        Assert.Equal((Simple.ToPlotly(), Simple.ToString()), (Show(NotebookFormatters.Plotly), Show(NotebookFormatters.Text)));
        Assert.False(formatters[NotebookFormatters.Png].Format(Simple, TextWriter.Null));
    }
}
