namespace Patchwise.Tests;

/// <summary>What is no finite number is refused where it comes in, by name.</summary>
[Collection("networks")]
public sealed class NumbersTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(double.NaN), InlineData(double.PositiveInfinity), InlineData(double.NegativeInfinity)]
    public void Parameters_that_are_no_finite_number_are_refused(double none)
    {
        using var slide = Slide.Of(SmallModel.Patch(new(1), 96), "slide", new Mpp(0.5), 20);
        using var made = new SyntheticSet().Add("a", 60, 60, 40, (new(20, 20, 45, 40), 3));
        var set = made.Open();
        var regions = RegionTable.Measure(set, RegionProperties.All);
        foreach (var (name, call) in ((string, Action)[])[
            ("mpp", () => _ = new Mpp(0.5, none)),
            ("power", () => _ = new Magnification(none)),
            ("resolution", () => slide.Read(new(0, 0, 5, 5), Resolution.Mpp(none))),
            ("level", () => slide.Read(new(0, 0, 5, 5), Resolution.Level(none))),
            ("set", () => ImageSet.Open(made.Folder, magnification: none)),
            ("edge", () => regions.AwayFromEdge(none)),
            ("share", () => PatchGrid.Over(slide, 32, Resolution.Mpp(0.5), new() { MinTissue = none })),
            ("speck", () => TissueMask.Of(slide, new() { Speck = none })),
            ("hole", () => TissueMask.Of(slide, new() { Hole = none })),
            ("saturation", () => TissueMask.Of(slide, new() { Saturation = none })),
            ("trial", () => ClarityTest.Of(set, regions, new() { Trials = [20, none] })),
            ("target", () => SizeTest.Of(regions, target: none)),
            ("split", () => LabelledPatches.Open(Path.Combine(Repository.Root, "notebooks", "data", "nct-crc-he")).Split(none))])
            Assert.True(Record.Exception(call) is BadInputException, $"{name}: {Record.Exception(call)?.ToString() ?? "was taken"}");
    }

    [Theory, InlineData("NaN"), InlineData("1e999"), InlineData("0,5"), InlineData("١٢"), InlineData("")]
    public void Options_that_are_no_finite_number_are_one_line_and_code_2(string text)
    {
        foreach (var arguments in (string[][])[
            ["regions", _folder.Write("mask.png", Regions.Masks.Random(1, 20, 20).ToPng()), "--edge", text],
            ["slide", SlideFiles.Aperio, "--mpp", text],
            ["thumbnail", SlideFiles.Aperio, _folder.At("out.png"), "--resolution", text]])
        {
            var (code, output, error) = Cli.RunForOutput(arguments);
            Assert.Equal((arguments[0], 2, ""), (arguments[0], code, output));
            Assert.StartsWith("patchwise: ", error, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(_folder.At("out.png")));
    }

    [Theory, InlineData("1e999"), InlineData("-1e999"), InlineData("NaN"), InlineData("\"NaN\""), InlineData("\"Infinity\"")]
    public void Numbers_in_files_that_are_none_are_refused_with_the_files_name(string none)
    {
        foreach (var (name, text, read) in ((string, string, Action<string>)[])[
            ("card.json", $$"""{"patch":32,"mpp":{{none}}}""", path => CardFile.Parse(File.ReadAllText(path), "net", path)),
            ("mean.json", $$"""{"patch":32,"mean":[0.5,{{none}},0.5]}""", path => CardFile.Parse(File.ReadAllText(path), "net", path)),
            ("a.geojson", $$$"""{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[9,{{{none}}}],[9,9],[0,0]]]}}""", path =>
                AnnotationSet.Load(path)),
            ("a.xml", "<Annotations><Annotation><Regions><Region><Vertices>" +
                $"""<Vertex X="1" Y="2"/><Vertex X="{none.Trim('"')}" Y="3"/><Vertex X="9" Y="9"/></Vertices></Region></Regions></Annotation></Annotations>""",
                path => AnnotationSet.Load(path)),
            ("data-manifest.json",
                $$"""{"$schema":"s","entries":[{"id":"one","title":"t","kind":"slide","licence":"l","source":"s","mpp":{{none}},""" +
                $$"""  "folder":"f","files":[{"path":"a.svs","bytes":1,"sha256":"{{new string('0', 64)}}"}]}]}""", path => Manifest.Load(path))])
        {
            var path = _folder.Write(name, text);
            var error = Record.Exception(() => read(path));
            Assert.True(error is BadInputException && error.Message.Contains(path, StringComparison.Ordinal), $"{name}: {error?.ToString() ?? "was taken"}");
        }
    }

    [Theory, InlineData("NaN"), InlineData("inf"), InlineData("-1"), InlineData("1e999")]
    public void A_slide_that_states_a_resolution_that_is_none_states_none(string none)
    {
        var bytes = File.ReadAllBytes(SlideFiles.Aperio);
        for (var at = 0; bytes.AsSpan(at).IndexOf("MPP = 0.4990"u8) is >= 0 and var next; at += next + 1)
            System.Text.Encoding.ASCII.GetBytes($"MPP = {none}".PadRight(12)).CopyTo(bytes.AsSpan(at + next));
        using var slide = Slide.Open(_folder.Write("none.svs", bytes));
        Assert.Null(slide.Mpp);
        Assert.Contains("microns per pixel", Assert.Throws<BadInputException>(() => slide.Thumbnail(Resolution.Mpp(4))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_of_pixels_can_be_raised_in_every_command_that_reads_images()
    {
        var image = _folder.Write("mask.png", Regions.Masks.Random(1, 20, 20).ToPng());
        foreach (var arguments in (string[][])[["regions", image], ["resize", image, _folder.At("out.png"), "--width", "9", "--height", "9"], ["slide", image],
            ["thumbnail", image, _folder.At("out.png")],
            ["predict", image, "--model", SmallModel.Write(_folder, patch: 8), "--mode", "tile", "--resolution", "1", "--units", "baseline"]])
        {
            var (code, _, error) = Cli.RunForOutput([.. arguments, "--max-pixels", "399"]);
            Assert.Equal((arguments[0], 2), (arguments[0], code));
            Assert.Contains(
                "20 x 20 px are 400 pixels, above the limit of 399: if you trust the file, raise it (maxPixels: 400, on the command line --max-pixels)", error,
                    StringComparison.Ordinal);
            Assert.Equal((0, ""), (Cli.RunForOutput([.. arguments, "--max-pixels", "400"]) is var (again, _, said) ? (again, said) : default));
        }
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity)]
    public void A_network_that_gives_no_number_is_said_with_class_and_patch(float none)
    {
        var model = SmallModel.Write(_folder, mpp: 0.5);
        var bytes = File.ReadAllBytes(model);
        var bias = bytes.AsSpan().IndexOf([.. BitConverter.GetBytes(9f), .. BitConverter.GetBytes(0.5f)]);
        BitConverter.GetBytes(none).CopyTo(bytes, bias);
        File.WriteAllBytes(model, bytes);
        var message = Assert.ThrowsAny<PatchwiseException>(() =>
        {
            using var predictor = new PatchPredictor(model);
            predictor.Predict([SmallModel.Patch(new(1))]);
        }).Message;
        Assert.Contains("colors", message, StringComparison.Ordinal);
        Assert.Contains("class 0", message, StringComparison.Ordinal);
    }
}
