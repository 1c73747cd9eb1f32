using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace Patchwise.Tests;

public class ViewCommandTests
{
    /// <summary>Starts the command, asks it for its list of slides and stops it as Ctrl-C does.</summary>
    static JsonArray Slides(params string[] arguments)
    {
        using var process = Cli.Start(["view", .. arguments]);
        try
        {
            var line = process.StandardOutput.ReadLine();
            if (line is null)
                Assert.Fail(process.StandardError.ReadToEnd());
            Assert.Matches(@"^http://127\.0\.0\.1:\d+/\?token=[0-9a-f]{32}$", line);
            using var client = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { Timeout = TimeSpan.FromMinutes(3) };
            JsonNode? list = null;
            foreach (var address in (Uri[])[new(line), new(new(line), "/api/slides")])
            {
                using var answer = client.Send(new(HttpMethod.Get, address));
                answer.EnsureSuccessStatusCode();
                list = address.AbsolutePath == "/" ? null : JsonNode.Parse(answer.Content.ReadAsStream());
            }
            using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
                kill.WaitForExit();
            Assert.True(process.WaitForExit(180_000));
            Assert.Equal((0, "", ""), (process.ExitCode, process.StandardOutput.ReadToEnd(), process.StandardError.ReadToEnd()));
            return list!["slides"]!.AsArray();
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    static PredictionTable Table(string path, string model = "made-up")
    {
        using var slide = Slide.Open(path);
        var table = MadeUp.Grid(slide.At(Resolution.Mpp(1)), 64, 64, MadeUp.Classes(4));
        return new(model, table.Classes, [new(path, slide.At(Resolution.Mpp(1))) { Version = FileVersion.Of(path) }], [.. table], null);
    }

    [Fact]
    public void A_slide_is_shown_with_predictions_of_two_networks_and_annotations_until_Ctrl_C()
    {
        using var folder = new TemporaryFolder();
        var (one, other) = (folder.At("one.sqlite"), folder.At("two.sqlite"));
        Table(SlideFiles.Aperio).Save(one);
        Table(SlideFiles.Aperio, "another").Save(other);
        var outlines = folder.Write("outlines.geojson", """
            {"type":"FeatureCollection","features":[{"type":"Feature","properties":{"classification":{"name":"Tumor"}},
            "geometry":{"type":"Polygon","coordinates":[[[100,100],[500,100],[500,400],[100,100]]]}}]}
            """);
        var slides = Slides(SlideFiles.Aperio, "--predictions", one, "--predictions", other, "--annotations", outlines);
        Assert.Equal(["made-up", "another"], Assert.Single(slides)!["predictions"]!.AsArray().Select(each => (string)each!["name"]!));
        Assert.True((bool)slides[0]!["annotations"]!);
    }

    [Fact]
    public void A_folder_is_a_list_of_its_slides_with_their_results_and_of_what_cannot_be_opened()
    {
        using var folder = new TemporaryFolder();
        File.Copy(SlideFiles.Aperio, folder.At("a.svs"));
        folder.Write("broken.svs", "nothing of a slide");
        folder.Write("notes.txt", "left out");
        Table(folder.At("a.svs")).Save(folder.At("a.sqlite"));
        Raster.FromSamples(2, 2, 1, new byte[4]).Save(folder.At("a.map.png"));
        Table(SlideFiles.Hamamatsu).Save(folder.At("elsewhere.sqlite"));
        folder.Write("cut.sqlite", "no database");
        var slides = Slides(folder.Path);
        Assert.Equal(["a.svs", "fluorescence-40x.ndpi", "broken.svs", "cut.sqlite"], slides.Select(one => (string)one!["name"]!));
        Assert.Equal([1, 1], slides.Take(2).Select(one => one!["predictions"]!.AsArray().Count));
        Assert.All(slides.Skip(2), one => Assert.NotEmpty((string)one!["error"]!));
    }

    [Fact]
    public void A_cohorts_results_are_its_slides_each_with_its_own_predictions_and_what_failed()
    {
        using var folder = new TemporaryFolder();
        void Result(string id, string path, string more = "", string? model = null)
        {
            folder.Write($"results/slides/{id}/check.json", $$"""{"path":"{{path}}"{{more}}}""");
            Raster.FromSamples(2, 2, 1, new byte[4]).Save(folder.At($"results/slides/{id}/tissue.png"));
            if (model is null)
                return;
            folder.Write($"results/slides/{id}/predict.json", "{}");
            Table(SlideFiles.Aperio, model).Save(folder.At($"results/slides/{id}/predictions.sqlite"));
        }
        // Of one name and size, and in another order than that of their folders.
        foreach (var of in (string[])["one", "two"])
        {
            folder.Write($"{of}/a.svs", File.ReadAllBytes(SlideFiles.Aperio));
            Result(of, folder.At($"{of}/a.svs"), of == "two" ? ",\"given\":0.25" : "", $"network {of}");
        }
        Result("broken", folder.At("broken.svs"), ",\"failure\":\"the file ends early\"");
        Result("other", SlideFiles.Hamamatsu, model: "of another");
        folder.Write("results/slides.csv", "id,path\ntwo,two/a.svs\none,one/a.svs\nbroken,broken.svs\nlate,late.svs\nother,x.ndpi\n");
        folder.Write("results/cohort.sqlite", "no predictions");
        var slides = Slides(folder.At("results"));
        Assert.Equal(["a.svs", "a.svs", "fluorescence-40x.ndpi", "broken.svs", "late", "predictions.sqlite"], slides.Select(one => (string)one!["name"]!));
        Assert.Equal(["network two", "network one"], slides.Take(2).Select(one => (string)Assert.Single(one!["predictions"]!.AsArray())!["name"]!));
        Assert.Equal(0.25, (double)slides[0]!["mpp"]![0]!);
        Assert.Equal(["the file ends early", "not done yet: 'patchwise cohort check' has not seen it"],
            slides.Skip(3).Take(2).Select(one => (string)one!["error"]!));
        Assert.Contains("has changed: run the cohort again", (string)slides[5]!["error"]!, StringComparison.Ordinal);
        Assert.Equal("a.svs", (string)Assert.Single(Slides(folder.At("results/slides/one")))!["name"]!);
    }

    [Fact]
    public void Predictions_follow_a_slide_that_was_moved_and_bring_one_that_was_not_named()
    {
        using var folder = new TemporaryFolder();
        File.Copy(SlideFiles.Aperio, folder.At("moved.svs"));
        Table(SlideFiles.Aperio).Save(folder.At("result.sqlite"));
        Assert.Single(Assert.Single(Slides(folder.At("moved.svs"), "--predictions", folder.At("result.sqlite")))!["predictions"]!.AsArray());
        Assert.Equal("CMU-1-Small-Region.svs", (string)Assert.Single(Slides(folder.At("result.sqlite")))!["name"]!);
    }

    /// <summary>Tiles often have one size.</summary>
    [Fact]
    public void Predictions_of_a_tile_are_not_shown_on_another_one_of_its_size()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["one.png", "two.png"])
            new Raster(80, 60, 3).Save(folder.At(name));
        using (var slide = Slide.Open(folder.At("one.png")))
            new PredictionTable("m", [new("a", "a", "#112233")], [new(folder.At("one.png"), slide.At(Resolution.Baseline(1)))],
                [new(0, new(0, 0, 20, 20), new(0, 0, 20, 20), 0, 1)], null).Save(folder.At("result.sqlite"));
        var slides = Slides(folder.At("two.png"), "--predictions", folder.At("result.sqlite")).ToDictionary(one => (string)one!["name"]!,
            one => one!["predictions"]!.AsArray().Count);
        Assert.Equal(new() { ["two.png"] = 0, ["one.png"] = 1 }, slides);
    }

    [Fact]
    public void Predictions_of_tiles_of_one_name_are_each_shown_on_its_own()
    {
        using var folder = new TemporaryFolder();
        foreach (var (i, name) in ((string[])["a", "b"]).Index())
        {
            var file = folder.Write($"{name}/tile.png", RasterResizeTests.RandomRaster(new Random(i), 80, 60, 3, 8).ToPng());
            using var slide = Slide.Open(file);
            new PredictionTable(name, [new("a", "a", "#112233")], [new(file, slide.At(Resolution.Baseline(1))) { Version = FileVersion.Of(file) }],
                [new(0, new(0, 0, 20, 20), new(0, 0, 20, 20), 0, 1)], null).Save(folder.At($"{name}.sqlite"));
        }
        string[] tables = ["--predictions", folder.At("a.sqlite"), "--predictions", folder.At("b.sqlite")];
        var slides = Slides([folder.At("a/tile.png"), folder.At("b/tile.png"), .. tables]);
        Assert.Equal([1, 1], slides.Select(one => one!["predictions"]!.AsArray().Count));
        Assert.Equal(["a", "b"], slides.Select(one => (string?)one!["predictions"]![0]!["name"]));
    }

    /// <summary>Slides of several patients are often called alike, and those of one scanner are of one size.</summary>
    [Fact]
    public void Predictions_of_slides_of_one_name_and_size_are_each_shown_on_its_own_and_on_no_other()
    {
        using var folder = new TemporaryFolder();
        string Written(string name, int seed)
        {
            var image = RasterResizeTests.RandomRaster(new Random(seed), 300, 200, 3, 8);
            return folder.Write(name, TiffMaker.Levels(new(128, 128), image, image.Resize(new(150, 100), ResizeMethod.Area)));
        }
        foreach (var (i, name) in ((string[])["a", "b"]).Index())
        {
            var file = Written($"{name}/s.tif", i);
            using var slide = Slide.Open(file);
            Assert.False(slide.IsPlainImage);
            new PredictionTable(name, [new("a", "a", "#112233")], [new(file, slide.At(Resolution.Baseline(1))) { Version = FileVersion.Of(file) }],
                [new(0, new(0, 0, 20, 20), new(0, 0, 20, 20), 0, 1)], null).Save(folder.At($"results/{name}.sqlite"));
        }
        string[] Named(params string[] inputs) => [.. Slides(inputs).Select(one =>
            $"{one!["predictions"]!.AsArray().Select(table => (string?)table!["name"]).SingleOrDefault()}")];
        Assert.Equal(["", "b"], Named(folder.At("a/s.tif"), folder.At("b/s.tif"), "--predictions", folder.At("results/b.sqlite")));
        Assert.Equal(["a", "b"], Named(folder.At("results")));
        Assert.Equal(["b", "a"], Named(folder.At("b"), folder.At("results")));
        // Of another name, and equal in size only.
        var other = Written("other.tif", 7);
        File.Copy(other, folder.At("a/t.tif"));
        Assert.Equal(["", "b"], Named(other, "--predictions", folder.At("results/b.sqlite")));
        // Changed since, although it lies where it lay.
        File.WriteAllBytes(folder.At("b/s.tif"), [.. File.ReadAllBytes(other), 0]);
        var (code, error) = Cli.Run("view", folder.At("b/s.tif"), "--predictions", folder.At("results/b.sqlite"));
        Assert.Equal(2, code);
        Assert.Contains("has its size and is another file", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Predictions_of_a_cohort_from_before_its_slide_changed_are_not_shown()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.svs", File.ReadAllBytes(SlideFiles.Aperio));
        var made = FileVersion.Of(path).Content;
        void Result(string tissueOf, string predictedOf, string file)
        {
            folder.Write("slides/a/check.json", $$"""{"path":"{{path}}","content":"c1","file":"{{file}}"}""");
            folder.Write("slides/a/tissue.json", $$"""{"of":"{{tissueOf}}","from":"t1"}""");
            folder.Write("slides/a/predict.json", $$"""{"of":"{{predictedOf}}","from":"p1"}""");
            Table(path).Save(folder.At("slides/a/predictions.sqlite"));
        }
        foreach (var (tissueOf, predictedOf, file, isShown) in ((string, string, string, bool)[])[("c1", "t1", made, true), ("c0", "t1", made, false),
            ("c1", "t0", made, false), ("c1", "t1", "1 bytes of 2020", false)])
        {
            Result(tissueOf, predictedOf, file);
            var slides = Slides(folder.At("slides/a"));
            Assert.Equal((isShown ? 1 : 0, isShown ? 1 : 2), (slides[0]!["predictions"]!.AsArray().Count, slides.Count));
            Assert.True(isShown || ((string)slides[1]!["error"]!).Contains("run the cohort again", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_cannot_be_shown_is_said_in_a_line()
    {
        using var folder = new TemporaryFolder();
        var csv = folder.Write("predictions.csv", "source,x0\n");
        static void Fails(string says, params string[] arguments)
        {
            var (code, error) = Cli.Run(["view", .. arguments]);
            Assert.Equal(2, code);
            Assert.Contains(says, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
        Fails("does not exist", folder.At("none.svs"));
        Fails("holds no slide", folder.Path);
        Fails("expected the .sqlite file", SlideFiles.Aperio, "--predictions", csv);
        Fails("does not exist", SlideFiles.Aperio, "--predictions", folder.At("none.sqlite"));
        Fails("port 70000", SlideFiles.Aperio, "--port", "70000");
        Fails("--port", SlideFiles.Aperio, "--port", "many");
        var patches = new PredictionTable("made-up", MadeUp.Classes(2), [new("patch.png")], [new(0, new(0, 0, 9, 9), new(0, 0, 9, 9), 0, 1)], null);
        patches.Save(folder.At("patches.sqlite"));
        Fails("images that are a patch each", SlideFiles.Aperio, "--predictions", folder.At("patches.sqlite"));
    }
}
