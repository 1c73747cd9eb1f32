using CSharpNotebook.Display;
using Microsoft.AspNetCore.Html;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace CSharpNotebook.Tests.Display;

public class FormatsTests
{
    public FormatsTests() => Formats.Register();

    static MimeBundle Of(object? value) => Formats.Bundle(new ReturnValueProduced(value, new SubmitCode(""),
        value is FormattedValue one ? [one] : value is FormattedValue[] forms ? forms : FormattedValue.CreateManyFromObject(value)));

    static MimeBundle Raw(string text, string mimeType) => Of(new FormattedValue(mimeType, text));

    public sealed record Cell(string Name, double Area, int? Class);

    [Theory]
    [InlineData(true, "True")]
    [InlineData(42, "42")]
    [InlineData(0.1, "0.1")]
    [InlineData("two\nlines", "two\nlines")]
    [InlineData(null, "<null>")]
    [InlineData(DayOfWeek.Friday, "Friday")]
    public void Scalars_are_plain_text_only(object? value, string shown)
    {
        var bundle = Of(value);
        Assert.Equal(("text/plain", shown), (Assert.Single(bundle.Data).Key, bundle.Data["text/plain"]));
    }

    public static TheoryData<object> Things => [new[] { 1, 2 }, new[] { "a" }, new Dictionary<string, int> { ["a"] = 1 }, (1, "x"), new { A = 1 },
        new InvalidOperationException("x"), new Cell("a", 1, 2), new object?[] { 1, "a", null }, Array.Empty<Cell>(), new double[2, 2]];

    [Theory]
    [MemberData(nameof(Things))]
    public void Everything_else_has_html_and_plain_text(object value)
    {
        var bundle = Of(value);
        Assert.Equal(["text/html", "text/plain"], bundle.Data.Keys.Order());
        Assert.All(bundle.Data.Values, text => Assert.NotEqual("", text));
    }

    [Fact]
    public void The_style_of_the_formatter_comes_at_most_once()
    {
        _ = Of(new { A = 1 });
        Assert.DoesNotContain("<style", Of(new { A = 2 }).Data["text/html"], StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_of_a_png_are_an_image()
    {
        byte[] png = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 1];
        Assert.Equal(Convert.ToBase64String(png), Of(png).Data["image/png"]);
        Assert.Equal("(image/png, 9 bytes)", Of(png).Data["text/plain"]);
    }

    [Fact]
    public void Bytes_of_a_jpeg_are_an_image_and_other_bytes_are_not()
    {
        Assert.Equal("/9j/4AE=", Of(new byte[] { 0xFF, 0xD8, 0xFF, 0xE0, 1 }).Data["image/jpeg"]);
        Assert.DoesNotContain(Of(new byte[] { 1, 2, 3 }).Data.Keys, mimeType => mimeType.StartsWith("image/", StringComparison.Ordinal));
    }

    [Fact]
    public void Formatted_values_are_the_forms_of_one_value()
    {
        var bundle = Of(new[] { new FormattedValue("text/html", "<b>a</b>"), new FormattedValue("image/svg+xml", "<svg/>") });
        Assert.Equal(["image/svg+xml", "text/html", "text/plain"], bundle.Data.Keys.Order());
        Assert.Equal("<b>a</b>", bundle.Data["text/html"]);
        Assert.Equal("own", Of(new[] { new FormattedValue("text/html", "<b>a</b>"), new FormattedValue("text/plain", "own") }).Data["text/plain"]);
        Assert.Equal("x", Of(new FormattedValue("text/latex", "x")).Data["text/latex"]);
    }

    [Theory]
    [InlineData("text/markdown")]
    [InlineData("text/latex")]
    [InlineData("text/csv")]
    [InlineData("image/svg+xml")]
    [InlineData("application/json")]
    [InlineData("application/vnd.vega.v5+json")]
    [InlineData("application/geo+json")]
    public void Every_mime_type_goes_with_plain_text(string mimeType) => Assert.Equal([mimeType, "text/plain"], Raw("{}", mimeType).Data.Keys.Order());

    [Fact]
    public void An_exception_reads_as_where_it_ends_a_cell()
    {
        var bundle = Of(new InvalidOperationException("a < b", new ArgumentException("c")));
        Assert.Equal("InvalidOperationException: a < b\ncaused by ArgumentException: c", bundle.Data["text/plain"]);
        Assert.Equal("<pre>InvalidOperationException: a &lt; b\ncaused by ArgumentException: c</pre>", bundle.Data["text/html"]);
    }

    [Fact]
    public void Html_has_its_words_as_plain_text()
    {
        Assert.Equal("a < b, c", Of(new HtmlString("<style>x{}</style><b>a</b> &lt;  b,<br/>c")).Data["text/plain"]);
        Assert.Equal("(HTML)", Raw("<svg><text>1</text></svg>", "text/html").Data["text/plain"]);
    }

    [Fact]
    public void Json_types_become_json_and_others_stay_text()
    {
        Assert.Equal("""{"application/vnd.plotly.v1\u002Bjson":{"data":[1]},"text/plain":"(application/vnd.plotly.v1\u002Bjson, 12 bytes)"}""",
            Raw("{\"data\":[1]}", "application/vnd.plotly.v1+json").ToJson().ToJsonString());
        Assert.Equal("not { json", (string?)Raw("not { json", "application/json").ToJson()["application/json"]);
    }
}
