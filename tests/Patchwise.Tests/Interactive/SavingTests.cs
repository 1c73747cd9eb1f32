using System.Text.Json.Nodes;
using System.Xml.Linq;
using Plotly.NET;

namespace Patchwise.Tests;

public sealed class SavingTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static GenericChart Chart => new Panel("Sides").X("side", "px", 0, 4).Y("objects").Histogram([1, 2, 3], 4, 0, 4).VerticalLine(2, "median")
        .ToChart(400, 200);

    [Fact]
    public void A_chart_is_a_page_data_a_drawing_or_a_picture_of_twice_the_size()
    {
        foreach (var kind in (string[])["html", "json", "svg", "PNG"])
            Chart.Save(_folder.At($"below/chart.{kind}"));
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(_folder.At("below/chart.html")), StringComparison.Ordinal);
        var layout = JsonNode.Parse(File.ReadAllText(_folder.At("below/chart.json")))!["layout"]!;
        var svg = XDocument.Load(_folder.At("below/chart.svg")).Root!;
        Assert.Contains(svg.Descendants(XName.Get("text", "http://www.w3.org/2000/svg")), text => text.Value == "Sides");
        Assert.Contains(svg.Descendants(XName.Get("text", "http://www.w3.org/2000/svg")), text => text.Value == "median");
        var png = Raster.Load(_folder.At("below/chart.PNG"));
        Assert.Equal((2 * (double)layout["width"]!, 2 * Math.Ceiling((double)layout["height"]!)), (png.Width, png.Height));
    }

    [Fact]
    public void Another_extension_is_refused_and_names_those_that_are_known()
    {
        Assert.Contains("'.gif'", Assert.Throws<BadInputException>(() => Chart.Save(_folder.At("chart.gif"))).Message, StringComparison.Ordinal);
        Assert.Contains(".svg, .png or .html", Assert.Throws<BadInputException>(() => new Gallery().Save(_folder.At("gallery.json"))).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.At(".")));
    }

    [Fact]
    public void Where_no_browser_is_the_message_says_what_to_install()
    {
        var message = Assert.Throws<PatchwiseException>(() => Browser.Find(_folder.At("."))).Message;
        Assert.Contains("apt-get install chromium", message, StringComparison.Ordinal);
        Assert.Contains("PATCHWISE_BROWSER", message, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(Browser.Find()), (string[])["chromium-headless-shell", "chromium"]);
    }

    [Fact]
    public void Many_stills_at_once_and_one_after_the_other_are_all_drawn()
    {
        Parallel.For(0, 6, i => Chart.Save(_folder.At($"{i}.svg")));
        Assert.Equal(6, Directory.GetFiles(_folder.At("."), "*.svg").Length);
        var browser = Assert.Single(Children.With("--remote-debugging-pipe"));
        for (var i = 0; i < 10; i++)
            Chart.Save(_folder.At("again.svg"));
        Assert.Equal(browser, Assert.Single(Children.With("--remote-debugging-pipe")));
    }
}
