using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Plotly.NET;

namespace Patchwise.Tests;

public class ChartPageTests
{
    static GenericChart Of(string title) => new Panel(title).X("area", "µm²", 0, 4).Y("<!-- \u2028 '\"").Histogram([1, 2, 3], 4, 0, 4).ToChart();

    static readonly GenericChart Simple = Of("Areas </script><script>alert(1)</script>");

    [Fact]
    public void Labels_cannot_end_the_script_that_holds_them()
    {
        _ = Shown.Html(Simple);
        var html = Shown.Html(Simple);
        Assert.Single(Regex.Matches(html, "<script", RegexOptions.IgnoreCase));
        Assert.Single(Regex.Matches(html, "</script", RegexOptions.IgnoreCase));
        Assert.DoesNotContain("<!--", html, StringComparison.Ordinal);
        var data = Regex.Match(html, "var figure = (.+);\n").Groups[1].Value;
        Assert.Equal("<b>Areas &lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;</b>", (string)JsonNode.Parse(data)!["layout"]!["title"]!["text"]!);
        Assert.Contains("Chart &quot;Areas &lt;/script&gt;&lt;script&gt;", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_charts_give_equal_bytes_and_other_charts_other_names()
    {
        static string Name(GenericChart chart) => Regex.Match(ChartPage.ForNotebook(chart), "data-patchwise=\"([0-9a-f]{12})\"").Groups[1].Value;
        Assert.Equal(Name(Simple), Name(Of("Areas </script><script>alert(1)</script>")));
        Assert.NotEqual(Name(Simple), Name(Of("other")));
    }

    [Fact]
    public void The_library_travels_with_the_first_chart_of_a_process_only_and_out_of_sight_of_module_loaders()
    {
        var shown = Enumerable.Range(0, 3).Select(_ => Shown.Html(Simple)).ToArray();
        // Another test of this process may have shown the first.
        Assert.True(shown[1].Length < 20_000);
        Assert.Equal(shown[1], shown[2]);
        Assert.EndsWith(shown[1], shown[0], StringComparison.Ordinal);
        var page = ChartPage.Page(Simple);
        Assert.Contains("(function (define, module, exports, require) {", page, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(page, "</script", RegexOptions.IgnoreCase));
    }

    [Fact]
    public void A_kind_of_chart_that_the_small_library_lacks_brings_the_whole_one()
    {
        var globe = GenericChart.ofTraceObject(false, new Trace("scattergeo"));
        Assert.InRange(ChartPage.Page(globe).Length, 3_000_000, 5_000_000);
        Assert.InRange(ChartPage.Page(Simple).Length, 1_000_000, 2_000_000);
    }

    [Fact]
    public void Nothing_is_fetched_from_anywhere()
    {
        var page = ChartPage.Page(Simple);
        Assert.Empty(Regex.Matches(page, "<(script|img|link)[^>]* (src|href)=\"(?!data:)"));
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains("<title>Areas &lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.Equal("""{"displaylogo":false,"modeBarButtons":[["zoom2d","pan2d","resetScale2d","toImage"]],"typesetMath":false,"responsive":false}""",
            Shown.Json(Simple)["config"]!.ToJsonString());
    }

    [Fact]
    public void A_notebook_gets_html_and_words_and_on_request_the_data()
    {
        Assert.Equal(["text/html", "text/plain"], Shown.Types(Simple));
        Assert.Equal(ChartPage.Json(Simple), Shown.As(Simple, "application/vnd.plotly.v1+json"));
        Assert.Equal("Chart \"Areas </script><script>alert(1)</script>\"\n  x: area (µm²), y: <!-- \u2028 '\"\n    bar, x 4 from 0.5 to 3.5, y 4 from 0 to 1",
            Shown.Text(Simple));
    }
}
