using System.Buffers.Binary;
using System.Text;

namespace Patchwise.Tests;

/// <summary>What is too large, too deep or refers elsewhere is refused before it takes memory or time.</summary>
public sealed class LimitsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_grid_of_a_billion_patches_is_refused_at_once_and_the_limit_can_be_raised()
    {
        var frame = new SlideShape("slide", [new(new(40_000, 40_000), 1)], null, null).At(Resolution.Baseline(1));
        var before = GC.GetTotalAllocatedBytes();
        var message = Assert.Throws<BadInputException>(() =>
            PatchGrid.Over(frame, new(224, 224), new(1, 1), new() { Mask = TissueMask.Of(new Raster(4, 4, 1)) })).Message;
        Assert.Contains("40000 x 40000 patches, 1,600,000,000 in all, above the limit of 100,000,000", message, StringComparison.Ordinal);
        Assert.Contains("MaxPatches = 1600000000", message, StringComparison.Ordinal);
        Assert.Equal(1_600_000_000, PatchGrid.Over(frame, new(224, 224), new(1, 1), new() { MaxPatches = int.MaxValue }).Count);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 << 20);
    }

    [Fact]
    public void Text_that_is_nested_without_end_is_refused()
    {
        const int Depth = 100_000;
        static string Nested(string open, string close) => string.Concat(Enumerable.Repeat(open, Depth)) + string.Concat(Enumerable.Repeat(close, Depth));
        var list = Nested("[", "]");
        foreach (var (name, content, read) in ((string, string, Action<string>)[])[
            ("a.geojson", list, path => AnnotationSet.Load(path)),
            ("b.geojson", $$$"""{"type":"Feature","geometry":{"type":"Polygon","coordinates":{{{list}}}}}""", path => AnnotationSet.Load(path)),
            ("c.xml", $"<Annotations>{Nested("<a>", "</a>")}</Annotations>", path => AnnotationSet.Load(path)),
            ("manifest.json", $$"""{"entries":{{list}}}""", path => Manifest.Load(path)),
            ("card.json", $$"""{"classes":{{list}}}""", path => CardFile.Parse(File.ReadAllText(path), "net", path))])
        {
            var path = _folder.Write(name, content);
            Assert.Contains(path, Assert.Throws<BadInputException>(() => read(path)).Message, StringComparison.Ordinal);
        }
        byte[] header = Encoding.UTF8.GetBytes($$"""{"a":{{list}}}""");
        var weights = _folder.Write("a.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. header]);
        Assert.Contains(weights, Assert.Throws<BadInputException>(() => Checkpoint.Open(weights)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_claims_more_than_the_file_holds_takes_no_memory()
    {
        var weights = _folder.Write("a.safetensors", [.. BitConverter.GetBytes(99_000_000L), (byte)'{', .. new byte[100]]);
        var before = GC.GetTotalAllocatedBytes();
        Assert.Contains("header takes 99000000 bytes", Assert.Throws<BadInputException>(() => Checkpoint.Open(weights)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 16 << 20);
    }

    [Theory, InlineData("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>", "&e;"),
     InlineData("<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>", "&c;"),
     InlineData("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">", "")]
    public void Entities_of_xml_are_refused(string declaration, string use)
    {
        var path = _folder.Write("a.xml",
            $"""<?xml version="1.0"?>{declaration}<Annotations><Annotation Name="a"><Regions><Region Text="{use}"/></Regions></Annotation></Annotations>""");
        var message = Assert.Throws<BadInputException>(() => AnnotationSet.Load(path)).Message;
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slide_whose_tiles_would_take_all_memory_is_refused_before_openslide_asks_for_it()
    {
        var bytes = TiffMaker.Tiles(ImageFiles.Slope(64, 64, 3), new(32, 32));
        var at = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4)) + 2;
        while (BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at)) != 323)
            at += 12;
        // Its end is reckoned in 32 bits, where this is 32 rows.
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at + 8), 0x8000_0020);
        var path = _folder.Write("tall.tif", bytes);
        Assert.Contains("tall.tif", Assert.Throws<BadInputException>(() => Slide.Open(path).Thumbnail()).Message, StringComparison.Ordinal);
    }
}
