using System.Diagnostics;

namespace Patchwise.Tests;

[Collection("networks of commands")]
public sealed class PredictCommandTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly string _model;

    public PredictCommandTests() => _model = SmallModel.Write(_folder, mpp: 1, patch: 32);

    public void Dispose() => _folder.Dispose();

    string Out(string name) => _folder.At($"out/{name}");

    [Fact]
    public void Patches_a_tile_and_a_slide_are_predicted_as_by_the_library()
    {
        var random = new Random(1);
        for (var i = 0; i < 20; i++)
            _folder.Write(FormattableString.Invariant($"set/{SmallModel.Classes[i % 4]}/{i}.png"), SmallModel.Patch(random).ToPng());
        var tile = _folder.Write("tile.png", SmallModel.Patch(random, 100).ToPng());
        _folder.Write("set/notes.txt", "no image");
        _folder.Write("set/red/more.txt", "no image");
        var one = _folder.Write("one.png", SmallModel.Patch(random).ToPng());
        var other = _folder.Write("more/one.png", SmallModel.Patch(random, 70).ToPng());

        var (code, output, error) = Cli.RunForOutput("predict", _folder.At("set"), tile, SlideFiles.Aperio, one, other, "--model", _model, "--out",
            _folder.At("out"), "--format", "csv, json,sqlite", "--map", "8", "--threads", "8");
        Assert.Equal((0, ""), (code, error));
        using var predictor = new PatchPredictor(_model);
        foreach (var (name, table) in ((string, PredictionTable)[])[("set", predictor.Predict(_folder.At("set"))), ("tile", predictor.Predict(tile)),
            ("CMU-1-Small-Region", predictor.Predict(SlideFiles.Aperio)),
            ("one", predictor.Predict([one])), ("one-2", predictor.Predict(other))])
        {
            var found = PredictionTable.Load(Out($"{name}.sqlite"));
            Assert.Equal(table, found);
            Assert.Equal(table.Classes, found.Classes);
            table.Save(_folder.At("expected.csv"));
            table.Save(_folder.At("expected.json"));
            Assert.Equal(File.ReadAllText(_folder.At("expected.csv")), File.ReadAllText(Out($"{name}.csv")));
            Assert.Equal(File.ReadAllText(_folder.At("expected.json")), File.ReadAllText(Out($"{name}.json")));
            Assert.Contains(output.Split('\n'), line => line.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $" {table.Count:N0} "),
                StringComparison.Ordinal));
        }
        Assert.Contains("accuracy", output, StringComparison.Ordinal);
        Assert.Contains("left out, as no images that can be read: 2 .txt", output, StringComparison.Ordinal);
        var map = PredictionMap.Of(PredictionTable.Load(Out("CMU-1-Small-Region.sqlite")), Resolution.Mpp(8));
        Assert.Equal(map.Pixels.AsBytes().ToArray(), Mask.Load(Out("CMU-1-Small-Region.map.png")).Pixels.AsBytes().ToArray());
        Assert.Equal(map.Size, Raster.ReadInfo(Out("CMU-1-Small-Region.overlay.png")).Size);
        Assert.False(File.Exists(Out("set.map.png")));
    }

    [Fact]
    public void Without_out_the_summary_is_shown_with_measures_where_labels_are_known()
    {
        var random = new Random(2);
        for (var i = 0; i < 12; i++)
            _folder.Write(FormattableString.Invariant($"set/{SmallModel.Classes[i % 4]}/{i}.png"), SmallModel.Patch(random).ToPng());
        var (code, output, _) = Cli.RunForOutput("predict", _folder.At("set"), "--model", _model, "--batch", "5");
        Assert.Equal(0, code);
        using var predictor = new PatchPredictor(_model);
        Assert.EndsWith($"{Evaluation.Of(predictor.Predict(_folder.At("set")))}\n", output, StringComparison.Ordinal);
        Assert.Equal(["colors.json", "colors.onnx", "set"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Of_classes_that_do_not_exclude_one_another_the_measures_are_there_that_are_defined()
    {
        var card = _folder.At("colors.json");
        File.WriteAllText(card, File.ReadAllText(card).Replace("\"patch\":32", "\"patch\":32,\"output\":\"labelLogits\""));
        var random = new Random(2);
        for (var i = 0; i < 8; i++)
            _folder.Write(FormattableString.Invariant($"set/{SmallModel.Classes[i % 4]}/{i}.png"), SmallModel.Patch(random).ToPng());
        var (code, output, error) = Cli.RunForOutput("predict", _folder.At("set"), "--model", _model, "--out", _folder.At("out"));
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"the probabilities of row 0 add up to \d.*: of classes that do not exclude one another log loss, Brier score and", output);
        Assert.All((string[])["balanced accuracy", "AUC", "recall"], measure => Assert.Contains(measure, output, StringComparison.Ordinal));
        Assert.DoesNotContain("0 is perfect", output, StringComparison.Ordinal);
        Assert.Contains("predictions are in", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Verbose_tells_what_waited_for_what()
    {
        var (code, error) = Cli.Run("predict", SlideFiles.Aperio, "--model", _model, "--verbose");
        Assert.Equal(0, code);
        Assert.Matches(@"^patchwise: .*CMU-1-Small-Region\.svs: the network waited for patches \d+ % of the time, reading for the network \d+ %\n$", error);
    }

    [Fact]
    public void Options_reach_the_grid_the_mask_and_the_names()
    {
        var names = _folder.Write("names.txt", "n0\nn1\nn2\nn3\n");
        var mask = new Raster(15, 20, 1);
        mask.Samples8[..150].Fill(255);
        Assert.Equal((0, ""), Cli.Run("predict", SlideFiles.Aperio, "--model", _model, "--classes", names, "--resolution", "5", "--units", "power", "--patch",
            "48", "--stride", "30", "--mask", _folder.Write("mask.png", mask.ToPng()),
            "--read", "toolbox", "--format", "sqlite", "--out", _folder.At("out"), "--mode", "slide", "--engine", "onnx", "--device", "cpu",
                "--precision", "fp32"));
        var found = PredictionTable.Load(Out("CMU-1-Small-Region.sqlite"));
        using var slide = Slide.Open(SlideFiles.Aperio);
        using var predictor = new PatchPredictor(_model, classes: names);
        Assert.Equal(predictor.Predict(slide, new PredictOptions
        {
            At = Resolution.Power(5),
            Patch = 48,
            Stride = 30,
            Mask = TissueMask.Of(mask),
            Rule = ReadRule.Toolbox
        }), found);
        Assert.Equal(["n0", "n1", "n2", "n3"], found.Classes.Select(one => one.Name));
        Assert.Equal([Out("CMU-1-Small-Region.sqlite")], Directory.GetFiles(_folder.At("out")));
        // The card's own in another order: each would be called as another one.
        using var model = Model.Open(_model);
        string[] own = [.. model.Card.Classes.Select(one => one.Name)];
        // Also where an editor left a blank behind a name.
        foreach (var behind in (string[])["", " ", "\t"])
        {
            var turned = _folder.Write("turned.txt", string.Join('\n', own.Reverse().Select(name => name + behind)));
            Assert.Contains("in another order", Assert.Throws<BadInputException>(() => new PatchPredictor(_model, classes: turned)).Message,
                StringComparison.Ordinal);
        }
        new PatchPredictor(_model, classes: _folder.Write("own.txt", string.Join('\n', own))).Dispose();
        // Of another encoding, whose letters would be lost.
        var latin = _folder.Write("latin.txt", [.. "n0\nM"u8, 0xFC, .. "\nn2\nn3\n"u8]);
        Assert.Contains("is no text in UTF-8", Assert.Throws<BadInputException>(() => new PatchPredictor(_model, classes: latin)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Outlines_come_in_and_go_out_in_the_frame_of_qupath_or_the_one_that_is_asked_for()
    {
        var level0 = _folder.Write("level0.geojson",
            """{"type":"Polygon","coordinates":[[[1300,850],[1500,850],[1500,1050],[1300,1050]]]}""");
        foreach (var (frame, mask, corner) in ((string, string, Box)[])[("auto", OutlineFrameTests.QuPath, new(300, 250, 500, 450)),
            ("scanned", OutlineFrameTests.QuPath, new(300, 250, 500, 450)), ("level0", level0, new(1300, 850, 1500, 1050))])
        {
            Assert.Equal((0, ""), Cli.Run("predict", OutlineFrameTests.Scn, "--model", _model, "--mode", "slide", "--resolution", "1", "--units", "baseline",
                "--patch", "50", "--mask", mask, "--frame", frame, "--format", "geojson", "--out", _folder.At(frame)));
            var boxes = AnnotationSet.Load(_folder.At($"{frame}/slide.geojson"), OutlineFrame.Level0).Select(one => one.Box).ToList();
            Assert.Equal(16, boxes.Count(corner.Contains));
            Assert.All(boxes, box => Assert.False(box.Intersect(corner.Grow(5)).IsEmpty));
        }
    }

    [Fact]
    public void Modes_say_what_an_input_is()
    {
        var image = _folder.Write("tiles/image.png", new Raster(64, 64, 3).ToPng());
        foreach (var (mode, input, patches) in ((string, string, int)[])[("auto", image, 4), ("patch", image, 1), ("tile", image, 4),
            ("tile", _folder.At("tiles"), 4), ("auto", _folder.At("tiles"), 1)])
        {
            Assert.Equal((0, ""), Cli.Run(["predict", input, "--model", _model, "--mode", mode, .. patches == 1 ? (string[])["--patch", "64"] : [], "--out",
                _folder.At($"{mode}-{patches}-{Path.GetFileName(input)}")]));
            Assert.Equal(patches,
                PredictionTable.Load(Directory.GetFiles(_folder.At($"{mode}-{patches}-{Path.GetFileName(input)}"), "*.sqlite").Single()).Count);
        }
    }

    [Fact]
    public void A_tile_that_is_dark_all_over_is_told_also_where_patches_reach_into_the_white_beyond_its_edge()
    {
        var dark = Raster.FromSamples(100, 100, 3, [.. Enumerable.Range(0, 30000).Select(i => (byte)(i % 16))]);
        using var slide = Slide.Of(dark, "dark", 1.0);
        using var predictor = new PatchPredictor(_model);
        var table = predictor.Predict(slide);
        Assert.Equal(16, table.Count);
        Assert.Contains("15 of 255", Assert.Single(table.Problems).What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_named_twice_is_refused_since_it_would_count_twice()
    {
        var patch = _folder.Write("red/a.png", SmallModel.Patch(new Random(1)).ToPng());
        var (code, error) = Cli.Run("predict", patch, Path.Combine(_folder.Path, "red", "..", "red", "a.png"), "--model", _model);
        Assert.Equal(2, code);
        Assert.Contains("is named 2 times", error, StringComparison.Ordinal);
        (code, error) = Cli.Run("predict", _folder.At("red"), patch, "--model", _model, "--mode", "tile", "--patch", "16");
        Assert.Equal(2, code);
        Assert.Contains("is named by itself and in its folder", error, StringComparison.Ordinal);
        // The table of patches that are named one by one is called as this folder, and is none of it.
        var folder = Path.GetFullPath("patches");
        Directory.CreateDirectory(folder);
        try
        {
            var other = _folder.Write("red/b.png", SmallModel.Patch(new Random(2)).ToPng());
            File.Copy(patch, Path.Combine(folder, "c.png"));
            Assert.Equal((0, ""), Cli.Run("predict", patch, other, folder, "--model", _model, "--mode", "patch", "--out", _folder.At("named")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Masks_and_maps_of_a_folder_are_no_tiles_of_it()
    {
        foreach (var name in (string[])["a.png", "a_mask.png", "b.png", "mask_b.png", "a.map.png", "a.overlay.png", "masked.png", "other.map.png"])
            _folder.Write($"tiles/{name}", new Raster(64, 64, 3).ToPng());
        Assert.Equal(["a.map.png", "a.overlay.png", "a_mask.png", "mask_b.png"], SetFiles.OfOthers(Directory.GetFiles(_folder.At("tiles")))
            .Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var (code, _, error) = Cli.RunForOutput("predict", _folder.At("tiles"), "--model", _model, "--mode", "tile", "--out", _folder.At("o"));
        Assert.Equal(0, code);
        Assert.Contains("as masks or maps of others by their names: 4, such as a.map.png", error, StringComparison.Ordinal);
        Assert.Equal(["a.sqlite", "b.sqlite", "masked.sqlite", "other.map.sqlite"], Directory.GetFiles(_folder.At("o"), "*.sqlite").Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
        Assert.Equal(["slide_mask.png"], SetFiles.OfOthers(["slide.svs", "slide_mask.png"]));
        Assert.Equal(["1_labels.png", "mask.png", "mask_1.png"], SetFiles.OfOthers(["img_1.png", "mask_1.png", "image.png", "mask.png", "1_raw.png",
            "1_labels.png", "weight.png", "masked.png"]).Order(StringComparer.Ordinal));
        Assert.Empty(SetFiles.OfOthers(["map.png", "overlay.png", "labels.png", "gt.png", "one.png"]));
    }

    [Fact]
    public void What_nobody_states_of_a_tiles_resolution_is_told()
    {
        var tile = _folder.Write("tile.png", SmallModel.Patch(new Random(1), 100).ToPng());
        static string Notes(PredictionTable table) => string.Join('\n', table.Problems.Select(note => note.What));
        using (var predictor = new PatchPredictor(_model))
        {
            Assert.Contains("states no microns per pixel: read at its full size, as if it had the 1 microns per pixel", Notes(predictor.Predict(tile)),
                StringComparison.Ordinal);
            using var stated = Slide.Open(tile, 1.0);
            Assert.Empty(predictor.Predict(stated).Problems);
            using var asked = Slide.Open(tile);
            Assert.Empty(predictor.Predict(asked, new PredictOptions { At = Resolution.Baseline(1) }).Problems);
            // Along y, too.
            using var oblong = Slide.Open(tile, new Mpp(1, 0.5));
            var rows = predictor.Predict(oblong);
            Assert.Equal(100.0 / 50, 1.0 * rows.Sources[0].Frame!.Size.Width / rows.Sources[0].Frame!.Size.Height, 1e-9);
            Assert.Contains("not square", Notes(rows), StringComparison.Ordinal);
        }
        using var folder = new TemporaryFolder();
        using var unstated = new PatchPredictor(SmallModel.Write(folder, patch: 32));
        Assert.Contains("read at its full size, since the card of ", Notes(unstated.Predict(tile)), StringComparison.Ordinal);
        // One that glows.
        var image = new Raster(1000, 1000, 3) { Mpp = 1 };
        for (var y = 200; y < 600; y++)
            for (var x = 200; x < 600; x++)
                (image.Samples8[3 * (y * 1000 + x)], image.Samples8[3 * (y * 1000 + x) + 1], image.Samples8[3 * (y * 1000 + x) + 2]) = (10, 120, 160);
        using var dark = Slide.Of(image, "dark");
        using var last = new PatchPredictor(_model);
        Assert.Contains("glows on a dark ground", Notes(last.Predict(dark, new PredictOptions { Mask = MaskChoice.Automatic })), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_usage_and_bad_inputs_are_one_line_and_code_2()
    {
        var names = _folder.Write("names.txt", "one\ntwo\n");
        _folder.Write("mixed/a.png", new Raster(33, 32, 3).ToPng());
        _folder.Write("mixed/b.png", new Raster(31, 31, 3).ToPng());
        var nothing = Directory.CreateDirectory(_folder.At("nothing")).FullName;
        foreach (var (word, arguments) in ((string, string[])[])[
            ("does not exist", [_folder.At("none.svs")]),
            ("a.png: 33 x 32 px, but colors takes patches of 32 x 32 px", [_folder.At("mixed")]),
            ("holds no patches", [nothing]),
            ("holds no tile or slide", [nothing, "--mode", "slide"]),
            ("format 'xlsx'", [SlideFiles.Aperio, "--out", nothing, "--format", "csv,xlsx"]),
            ("--format without --out", [SlideFiles.Aperio, "--format", "csv"]),
            ("--resume without --out", [SlideFiles.Aperio, "--resume"]),
            ("--map without --out", [SlideFiles.Aperio, "--map", "4"]),
            ("--units without", [SlideFiles.Aperio, "--units", "power"]),
            ("--force without --out", [SlideFiles.Aperio, "--force"]),
            ("--agreement compares", [SlideFiles.Aperio, "--agreement"]),
            ("tiles or slides, to which --resize does not apply", [SlideFiles.Aperio, "--resize"]),
            ("to which --resolution, --stride, --mask, --read, --map, --power, --guess, --max-pixels do not apply", [_folder.At("mixed"), "--out", nothing,
                "--resolution", "1", "--stride", "8", "--mask", "none", "--read", "toolbox", "--map", "4", "--power", "20", "--guess", "--max-pixels", "99"]),
            ("names 2 classes", [SlideFiles.Aperio, "--classes", names]),
            ("device 'tpu'", [SlideFiles.Aperio, "--device", "tpu"]),
            ("batches of 0", [SlideFiles.Aperio, "--batch", "0"]),
            ("no place on a slide", [_folder.At("mixed"), "--out", nothing, "--format", "geojson"]),
            ("stride of 0", [SlideFiles.Aperio, "--stride", "0"]),
            ("patches of 1000000 px: expected 1 to 8192 px", [SlideFiles.Aperio, "--patch", "1000000"]),
            ("above the limit", [SlideFiles.Aperio, "--out", nothing, "--map", "0.001"]),
            ("1000000 threads: expected 1 to 1024, or 0", [SlideFiles.Aperio, "--threads", "1000000"]),
            ("no tissue", [SlideFiles.Aperio, "--mask", _folder.Write("black.png", new Raster(4, 4, 1).ToPng())])])
        {
            var (code, output, error) = Cli.RunForOutput(["predict", .. arguments, "--model", _model]);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains(word, error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd('\n').Split('\n'));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(nothing));
        Assert.Equal(2, Cli.Run("predict", SlideFiles.Aperio).Code);
        Assert.Equal(2, Cli.Run("predict", SlideFiles.Aperio, "--model", "no-such-model").Code);
    }

    [Fact]
    public void On_a_terminal_progress_is_shown_on_standard_error()
    {
        // script gives the program a terminal; what it shows there and what it prints come together.
        var start = new ProcessStartInfo("script", ["-qec",
            $"dotnet exec '{Path.Combine(AppContext.BaseDirectory, "Patchwise.Cli.dll")}' predict '{SlideFiles.Aperio}' --model '{_model}' --stride 4 --mask "
                + $"none > /dev/null", "/dev/null"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        start.Environment["TERM"] = "xterm";
        using var process = Process.Start(start)!;
        var shown = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("CMU-1-Small-Region.svs", shown, StringComparison.Ordinal);
        Assert.Matches(@"[\d,]+ of [\d,]+ patches, [\d,]+ a second, \d+:\d\d left",
            System.Text.RegularExpressions.Regex.Replace(shown, @"\x1b\[[\d;?]*[a-zA-Z]|\s+", " ").Replace("  ", " ", StringComparison.Ordinal));
    }
}
