using System.Text.Json;

namespace Patchwise.Tests;

/// <summary>Folders as people have them, predicted by a network whose right answers are known (tests/data/field).</summary>
[Collection("networks of commands")]
public sealed class PredictCommandFieldTests : IDisposable
{
    static readonly string Field = Path.Combine(Repository.Root, "tests", "data", "field");
    static readonly string Tissue = Path.Combine(Field, "networks", "tissue.onnx"), Marker = Path.Combine(Field, "networks", "marker.onnx");
    static readonly LabelledPatches Patches = LabelledPatches.Open("nct-crc-he");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static string[] Of(string name) => [.. Patches.Files.Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == name)];

    void Copy(IEnumerable<string> files, string folder)
    {
        foreach (var file in files)
            _folder.Write($"{folder}/{Path.GetFileName(file)}", File.ReadAllBytes(file));
    }

    /// <summary>The labelled patches at another size, as PNG in folders of their classes.</summary>
    string Scaled(string name, Func<Raster, Raster> scale, Mpp? mpp = null)
    {
        foreach (var file in Patches.Files)
            _folder.Write($"{name}/{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileNameWithoutExtension(file)}.png",
                With(scale(Raster.Load(file)), mpp).ToPng());
        return _folder.At(name);
    }

    static Raster With(Raster image, Mpp? mpp)
    {
        var copy = new Raster(image.Width, image.Height, image.Channels) { Mpp = mpp };
        image.AsBytes().CopyTo(copy.Samples8);
        return copy;
    }

    static Raster Doubled(Raster image) => image.Resize(new(2 * image.Width, 2 * image.Height), ResizeMethod.Nearest);

    static Raster Mosaic(string[] files, int across)
    {
        var mosaic = new Raster(224 * across, 224 * files.Length / across, 3);
        foreach (var (i, file) in files.Index())
            for (var (y, from) = (0, Raster.Load(file).OnWhite()); y < 224; y++)
                from.AsBytes().Slice(y * 672, 672).CopyTo(mosaic.Samples8[(((i / across * 224 + y) * mosaic.Width + i % across * 224) * 3)..]);
        return mosaic;
    }

    static (int Code, string Output, string Error) Predict(string model, params string[] arguments) =>
        Cli.RunForOutput(["predict", "--model", model, .. arguments]);

    PredictionTable Result(string name) => PredictionTable.Load(_folder.At($"out/{name}.sqlite"));

    void AssertAsExpected(PredictionTable table)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Field, "networks", "expected.json")));
        var probabilities = expected.RootElement.GetProperty("tissue").GetProperty("probabilities").EnumerateObject()
            .ToDictionary(one => Path.ChangeExtension(one.Name, null), one => one.Value.EnumerateArray().Select(value => value.GetDouble()).ToArray());
        Assert.Equal(61, table.Count);
        foreach (var (i, row) in table.Index())
        {
            var file = table.Sources[row.Source].Name;
            Assert.All(probabilities[$"{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileNameWithoutExtension(file)}"]
                .Zip(table.Probabilities(i).ToArray()), pair => Assert.Equal(pair.First, pair.Second, 0.002));
        }
    }

    /// <summary>Two masks of 6 x 4 px: all tissue, and the left third.</summary>
    string Masks()
    {
        var header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 4, 6), }".PadRight(117) + "\n";
        var pixels = Enumerable.Range(0, 48).Select(i => i < 24 || i % 6 < 2 ? (byte)1 : (byte)0);
        return _folder.Write("tissue.npy", [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(header), .. pixels]);
    }

    [Fact]
    public void How_the_file_of_a_mask_is_read_can_be_said()
    {
        var slide = _folder.Write("slide.png", Mosaic([.. Patches.Files.Take(6)], 3).ToPng());
        string[] arguments = [slide, "--mode", "slide", "--mpp", "0.5", "--out", _folder.At("out"), "--force"];
        var refused = Predict(Tissue, [.. arguments, "--mask", Masks()]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("--mask-page", refused.Error, StringComparison.Ordinal);
        foreach (var (page, patches) in ((int[])[6, 2]).Index())
        {
            Assert.Equal(0, Predict(Tissue, [.. arguments, "--mask", Masks(), "--mask-page", $"{page}"]).Code);
            Assert.Equal(patches, Result("slide").Count);
        }
        var alone = Predict(Tissue, [.. arguments, "--mask-page", "1"]);
        Assert.Equal((2, true), (alone.Code, alone.Error.Contains("--mask-page without --mask", StringComparison.Ordinal)));
    }

    [Fact]
    public void One_page_of_a_file_is_a_slide_where_it_is_named()
    {
        var file = Path.Combine(Field, "images", "fluorescence.tif");
        var refused = Cli.RunForOutput(["slide", file]);
        Assert.Equal((2, true), (refused.Code, refused.Error.Contains("--page", StringComparison.Ordinal)));
        var (code, output, error) = Cli.RunForOutput(["slide", file, "--page", "1", "--mpp", "0.5"]);
        var page = Raster.Load(file, page: 1);
        Assert.Equal((0, "", true), (code, error, output.Contains($"{page.Width} x {page.Height}", StringComparison.Ordinal)));
        Assert.Contains("--guess", Cli.RunForOutput(["slide", file, "--page", "1", "--guess"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_that_differ_by_a_sign_stay_two()
    {
        Copy(Of("NORM"), "patches/CD8-");
        Copy(Of("TUM"), "patches/CD8+");
        var (code, output, error) = Predict(Marker, _folder.At("patches"), "--out", _folder.At("out"));
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("accuracy 1.000", output, StringComparison.Ordinal);
        Assert.Equal([("CD8-", 6), ("CD8+", 13)], Result("patches").GroupBy(row => Result("patches").Classes[row.Label!.Value].Name)
            .Select(group => (group.Key, group.Count())).OrderBy(one => one.Item2));
    }

    [Fact]
    public void Patches_of_another_size_are_refused_and_scaled_where_that_is_asked_for()
    {
        AssertAsExpected(new PatchPredictor(Tissue).Predict(Patches));
        var doubled = Scaled("p448", Doubled);
        var (code, _, error) = Predict(Tissue, doubled);
        Assert.Equal(2, code);
        Assert.Contains("448 x 448 px, but tissue takes patches of 224 x 224 px", error, StringComparison.Ordinal);
        Assert.Contains("--resize", error, StringComparison.Ordinal);
        Assert.Equal((0, ""), Predict(Tissue, doubled, "--resize", "--out", _folder.At("out")) is var exact ? (exact.Code, exact.Error) : default);
        AssertAsExpected(Result("p448"));
        var wider = Predict(Tissue, Scaled("p512", image => image.Resize(new(512, 512), ResizeMethod.Cubic)), "--resize");
        Assert.Contains("accuracy 1.000", wider.Output, StringComparison.Ordinal);
        using var predictor = new PatchPredictor(Tissue);
        Assert.Contains("patch 0: 112 x 112 px",
            Assert.Throws<BadInputException>(() => predictor.Predict([new Raster(112, 112, 3)])).Message, StringComparison.Ordinal);
        Assert.Single(predictor.Predict([new Raster(112, 112, 3)], new() { Resize = true }));
        Assert.Contains("expected a square", Assert.Throws<BadInputException>(() => predictor.Predict([new Raster(448, 300, 3)], new() { Resize = true }))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Patches_that_show_more_or_less_of_the_tissue_are_refused()
    {
        var finer = Scaled("fine", image => image, mpp: 0.25);
        var (code, _, error) = Predict(Tissue, finer);
        Assert.Equal(2, code);
        Assert.Contains("224 x 224 px at 0.25 microns per pixel, 56 microns wide, but tissue takes patches of 224 x 224 px at 0.5, 112 microns wide", error,
            StringComparison.Ordinal);
        Assert.Equal(0, Predict(Tissue, finer, "--mpp", "0.5").Code);
        Assert.Equal(0, Predict(Tissue, Scaled("as said", image => image, mpp: 0.4549)).Code);
        // Twice as many pixels of half the size are the same tissue; of the same size they are more of it.
        Assert.Equal(0, Predict(Tissue, Scaled("twice", Doubled, mpp: 0.25), "--resize").Code);
        Assert.Equal(2, Predict(Tissue, Scaled("wide", Doubled, mpp: 0.5), "--resize").Code);
        Assert.Equal(2, Predict(Tissue, Patches.Folder, "--mpp", "1").Code);
        Assert.Contains("does not state microns", Predict(SmallModel.Write(_folder, patch: 224), Patches.Folder, "--mpp", "1").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Tiles_in_a_folder_are_cut_into_patches_where_they_are_called_tiles()
    {
        for (var i = 0; i < 3; i++)
            _folder.Write(FormattableString.Invariant($"tiles/tile{i}.png"), Mosaic([.. Patches.Files.Skip(20 * i).Take(9)], 3).ToPng());
        Assert.Contains("672 x 672 px", Predict(Tissue, _folder.At("tiles")).Error, StringComparison.Ordinal);
        Assert.Equal((0, ""), Predict(Tissue, _folder.At("tiles"), "--mode", "tile", "--out", _folder.At("out")) is var cut ? (cut.Code, cut.Error) : default);
        Assert.Equal(0, Predict(Tissue, _folder.At("tiles/tile0.png"), "--out", _folder.At("out")).Code);
        Assert.Equal([9, 9, 9], Enumerable.Range(0, 3).Select(i => Result(FormattableString.Invariant($"tile{i}")).Count));
    }

    [Fact]
    public void Options_that_do_not_apply_to_patches_are_refused_by_name()
    {
        var (code, output, error) = Predict(Tissue, Patches.Folder, "--patch", "224", "--stride", "10", "--resolution", "0.5", "--mask", "nosuchfile.png",
            "--mpp", "0.1");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("to which --resolution, --stride, --mask do not apply", error, StringComparison.Ordinal);
        using var predictor = new PatchPredictor(Tissue);
        foreach (var (name, options) in ((string, PredictOptions)[])[("At (--resolution)", new() { At = Resolution.Mpp(1) }),
            ("Mask (--mask)", new() { Mask = MaskChoice.None }), ("Rule (--read)", new() { Rule = ReadRule.Toolbox }), ("Labels", new() { Labels = [1] })])
            Assert.Contains($"{name} does not apply", Assert.Throws<BadInputException>(() => predictor.Predict(Patches.Folder, options)).Message,
                StringComparison.Ordinal);
        using var slide = Slide.Of(new Raster(300, 300, 3));
        Assert.Contains("Mpp (--mpp), Resize (--resize) do not apply",
            Assert.Throws<BadInputException>(() => predictor.Predict(slide, new PredictOptions { Mpp = new Mpp(1), Resize = true })).Message,
            StringComparison.Ordinal);
        Assert.Contains("without SaveTo", Assert.Throws<BadInputException>(() => predictor.Predict(slide, new PredictOptions { Resume = true })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Results_of_two_inputs_never_collide()
    {
        Copy(Of("TUM").Take(4), "TCGA-XX-0001.aaaa");
        Copy(Of("ADI").Take(4), "TCGA-XX-0001.bbbb");
        _folder.Write("scan1.png", Mosaic([.. Enumerable.Repeat(Of("TUM")[0], 4)], 2).ToPng());
        _folder.Write("scan1.tif", Mosaic([.. Enumerable.Repeat(Of("ADI")[0], 4)], 2).ToPng());
        string[] to = ["--out", _folder.At("out")];
        foreach (var (name, code) in ((string, int)[])[("TCGA-XX-0001.aaaa", 0), ("TCGA-XX-0001.bbbb", 0), ("scan1.png", 0), ("scan1.tif", 2)])
            Assert.Equal(code, Predict(Tissue, [_folder.At(name), .. to]).Code);
        Assert.Equal(["TCGA-XX-0001.aaaa TUM", "TCGA-XX-0001.bbbb ADI", "scan1 TUM"], Results());
        Assert.Contains($"scan1.sqlite exists, and holds what was predicted of {_folder.At("scan1.png")}",
            Predict(Tissue, [_folder.At("scan1.tif"), .. to]).Error, StringComparison.Ordinal);
        // The same input is predicted again, another one where that is asked for.
        Assert.Equal(0, Predict(Tissue, [_folder.At("scan1.png"), .. to]).Code);
        Assert.Equal(0, Predict(Tissue, [_folder.At("scan1.tif"), .. to, "--force"]).Code);
        Assert.Contains("scan1 ADI", Results());
        // Two at once keep their endings, two of one name in different folders are numbered.
        File.Copy(_folder.At("scan1.png"), Path.Combine(Directory.CreateDirectory(_folder.At("more")).FullName, "other.png"));
        File.Copy(_folder.At("scan1.tif"), _folder.At("other.png"));
        Assert.Equal(0, Predict(Tissue, [_folder.At("scan1.png"), _folder.At("scan1.tif"), _folder.At("other.png"), _folder.At("more/other.png"), .. to]).Code);
        Assert.Equal(["TCGA-XX-0001.aaaa TUM", "TCGA-XX-0001.bbbb ADI", "other ADI", "other-2 TUM", "scan1 ADI", "scan1.png TUM", "scan1.tif ADI"], Results());
        // What no .sqlite tells of, and what is no file of predictions, is left alone.
        File.Delete(_folder.At("out/other.sqlite"));
        Assert.Contains("other.csv exists", Predict(Tissue, [_folder.At("other.png"), .. to]).Error, StringComparison.Ordinal);
        _folder.Write("out/other.sqlite", "somebody's notes");
        Assert.Equal(2, Predict(Tissue, [_folder.At("other.png"), .. to]).Code);
        Assert.Equal("somebody's notes", File.ReadAllText(_folder.At("out/other.sqlite")));

        using var predictor = new PatchPredictor(Tissue);
        PredictOptions options = new() { SaveTo = _folder.At("out/scan1.sqlite") };
        foreach (var (other, resume) in ((string, bool)[])[("scan1.png", false), ("TCGA-XX-0001.aaaa", true)])
            Assert.Contains("Overwrite", Assert.Throws<BadInputException>(() => predictor.Predict(_folder.At(other), options with { Resume = resume })).Message,
                StringComparison.Ordinal);
        Assert.Equal(4, predictor.Predict(_folder.At("scan1.png"), options with { Overwrite = true }).Count);
    }

    string[] Results() => [.. Directory.GetFiles(_folder.At("out"), "*.csv").Select(file => Path.GetFileNameWithoutExtension(file))
        .Order(StringComparer.Ordinal).Select(name => $"{name} {Assert.Single(Result(name).Select(row => Result(name).Classes[row.Class].Name).Distinct())}")];

    [Fact]
    public void Files_of_an_earlier_run_do_not_stay_beside_those_of_another()
    {
        _folder.Write("tile.png", Mosaic([.. Enumerable.Repeat(Of("TUM")[0], 4)], 2).ToPng());
        string[] command = [_folder.At("tile.png"), "--out", _folder.At("out"), "--mpp", "0.5"];
        Assert.Equal(0, Predict(Tissue, [.. command, "--format", "csv,json", "--map", "4"]).Code);
        var (code, _, error) = Predict(Marker, command);
        Assert.Equal(2, code);
        Assert.Contains("tile.json is of an earlier run, and would stay beside the new tile.sqlite", error, StringComparison.Ordinal);
        Assert.Equal(0, Predict(Tissue, [.. command, "--resume"]).Code);
        Assert.True(File.Exists(_folder.At("out/tile.json")));
        // Without microns the tile was read as if it had the network's 0.5.
        foreach (var (map, side) in ((string, int)[])[("4", 56), ("0.25", 112)])
        {
            Assert.Equal(0, Predict(Tissue, [command[0], "--out", _folder.At($"map{map}"), "--map", map]).Code);
            Assert.Equal(new PixelSize(side, side), Raster.ReadInfo(_folder.At($"map{map}/tile.map.png")).Size);
        }
        Assert.Equal(0, Predict(Marker, [.. command, "--force"]).Code);
        Assert.Equal(["tile.csv", "tile.sqlite"], Directory.GetFiles(_folder.At("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_told_and_the_run_goes_on_when_it_is_mended()
    {
        foreach (var name in (string[])["NORM", "STR", "TUM"])
            Copy(Of(name), $"patches/{name}");
        var whole = new Raster(224, 224, 3).ToPng();
        _folder.Write("patches/TUM/TUM-ZZZZ.png", File.ReadAllBytes(Of("TUM").First(file => file.EndsWith(".png", StringComparison.Ordinal)))[..20_000]);
        string[] command = [_folder.At("patches"), "--out", _folder.At("out")];
        var count = Directory.GetFiles(_folder.At("patches"), "*", SearchOption.AllDirectories).Length;
        var (code, output, error) = Predict(Tissue, [.. command, "--batch", "8"]);
        Assert.Equal(2, code);
        Assert.Contains("TUM-ZZZZ.png", error, StringComparison.Ordinal);
        Assert.Contains("1 file could not be predicted", error, StringComparison.Ordinal);
        Assert.Contains("1 not predicted", output, StringComparison.Ordinal);
        var first = Result("patches");
        Assert.Equal((count - 1, _folder.At("patches/TUM/TUM-ZZZZ.png")), (first.Count, Assert.Single(first.Problems).File));
        Assert.Equal(count, File.ReadAllLines(_folder.At("out/patches.csv")).Length);

        // Still there it is told again; replaced it is predicted, with another batch; gone it is not missed.
        Assert.Equal(2, Predict(Tissue, [.. command, "--batch", "8", "--resume"]).Code);
        _folder.Write("patches/TUM/TUM-ZZZZ.png", whole);
        Assert.Equal((0, ""), Predict(Tissue, [.. command, "--batch", "5", "--resume"]) is var mended ? (mended.Code, mended.Error) : default);
        Assert.Equal(count, Result("patches").Count);
        File.Delete(_folder.At("patches/TUM/TUM-ZZZZ.png"));
        Assert.Equal((0, ""), Predict(Tissue, [.. command, "--resume"]) is var less ? (less.Code, less.Error) : default);
        var last = Result("patches");
        Assert.Equal(first, last);
        Assert.Empty(last.Problems);
        // A file of another content, and one that is new, are predicted; what was known of the others is kept.
        _folder.Write("patches/STR/STR-new.png", whole);
        _folder.Write($"patches/NORM/{Path.GetFileName(Of("NORM")[0])}", File.ReadAllBytes(Of("NORM")[1]));
        using var predictor = new PatchPredictor(Tissue);
        var (files, labels, _) = LabelledFolder.Read(_folder.At("patches"), predictor.Card.Classes);
        var feed = new FileFeed("patches", files, labels, new(predictor.Card, new()));
        var grown = predictor.Predict(feed, new() { SaveTo = _folder.At("out/patches.sqlite"), Resume = true }, default);
        Assert.Equal((count, 2), (grown.Count, feed.Decoded));
        Assert.Equal(predictor.Predict(_folder.At("patches")), grown, (one, other) => one.Zip(other).All(pair => pair.First.Class == pair.Second.Class
            && pair.First.Source == pair.Second.Source && pair.First.Label == pair.Second.Label));
    }
}
