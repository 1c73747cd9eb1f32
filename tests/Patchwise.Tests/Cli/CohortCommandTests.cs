using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Patchwise.Tests;

/// <summary>The workflow of lib/cohort by Snakemake, and its steps by themselves.</summary>
public sealed class CohortCommandTests : IDisposable
{
    readonly CohortRun _cohort = new();

    public void Dispose() => _cohort.Dispose();

    string FileOf(string id, string file) => _cohort.At($"results/slides/{id}/{file}");

    static void Equal(SortedDictionary<string, string> expected, SortedDictionary<string, string> found)
    {
        Assert.Equal(expected.Keys, found.Keys);
        Assert.All(expected, one => Assert.Equal((one.Key, one.Value), (one.Key, found[one.Key])));
    }

    (int Code, string Output, string Error) Step(string step, params string[] more) =>
        Cli.RunForOutput(["cohort", step, _cohort.At("results/jobs/0001.csv"), "--out", _cohort.At("results"), .. more]);

    (int Code, string Output, string Error) List(params string[] more) =>
        Cli.RunForOutput(["cohort", "list", _cohort.At("slides.csv"), "--out", _cohort.At("results"), .. more]);

    [Fact]
    public void Slides_are_done_once_those_at_fault_are_told_and_more_slides_do_not_disturb_what_is_done()
    {
        _cohort.Add("a $(touch hacked) 'b'.tif", 1, ",,tumor,patient 1");
        _cohort.Add("other/plain\nline.tif", 2, "0.5,none,");
        File.WriteAllText(_cohort.At("slides/broken.svs"), "no slide");
        _cohort.Row("broken.svs");
        File.WriteAllBytes(_cohort.At("slides/unknown.png"), CohortRun.Picture(3).ToPng());
        _cohort.Row("unknown.png");
        _cohort.Row("gone.tif");
        var (code, text) = _cohort.Run(config: "slides_per_job: 3");
        Assert.True(code == 0, text);
        Assert.False(File.Exists(_cohort.At("hacked")) || File.Exists(_cohort.At("results/hacked")));
        Assert.Equal(["a___touch_hacked___b_", "broken", "gone", "plain_line", "unknown"],
            Directory.EnumerateDirectories(_cohort.At("results/slides")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        const string First = "a___touch_hacked___b_";
        Assert.Equal(["check.json", "map.json", "map.png", "predict.json", "predictions.sqlite", "thumbnail.jpg", "tissue.json", "tissue.png"],
            Directory.EnumerateFiles(_cohort.At($"results/slides/{First}")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var (id, reason) in ((string, string)[])[("broken", "no slide that OpenSlide can open"), ("unknown", "column mpp"),
            ("gone", "does not exist")])
        {
            Assert.Contains(reason, (string?)_cohort.Json(id, "check")["failure"], StringComparison.Ordinal);
            Assert.Equal(["check.json"], Directory.EnumerateFiles(_cohort.At($"results/slides/{id}")).Select(Path.GetFileName));
        }
        Assert.Equal(3, File.ReadLines(_cohort.At("results/failures.csv")).Count() - 1);
        var check = _cohort.Json(First, "check");
        Assert.Equal(("tumor", "patient 1", 320, 1.0),
            ((string?)check["label"], (string?)check["group"], (int)check["width"]!, (double)check["micronsPerPixel"]!));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes((string)check["path"]!))),
            (string?)check["digest"]);
        using var predictor = new PatchPredictor(_cohort.Model);
        using var slide = Slide.Open((string)check["path"]!);
        var expected = predictor.Predict(slide, new PredictOptions { At = Resolution.Mpp(1), Mask = TissueMask.Of(slide) });
        Assert.Equal(expected, PredictionTable.Load(FileOf(First, "predictions.sqlite")));
        Assert.Equal(expected.Count, (int)_cohort.Json(First, "predict")["patches"]!);
        Assert.Equal(PredictionMap.Of(expected, Resolution.Mpp(8)).Pixels.AsBytes().ToArray(), Mask.Load(FileOf(First, "map.png")).Pixels.AsBytes().ToArray());
        // All of the other, at the 0.5 that its row states: 160 px at 1 micron per pixel.
        Assert.Equal(25, (int)_cohort.Json("plain_line", "predict")["patches"]!);

        var before = _cohort.Times();
        (code, text) = _cohort.Run(config: "slides_per_job: 3");
        Assert.Equal(0, code);
        Assert.Contains("Nothing to be done", text, StringComparison.Ordinal);
        Assert.Equal(before, _cohort.Times());

        _cohort.Add("added.tif", 4);
        Assert.Equal(0, _cohort.Run(config: "slides_per_job: 3").Code);
        var added = _cohort.Times();
        Assert.Equal(before, added.Where(one => !one.Key.StartsWith("added", StringComparison.Ordinal)).ToDictionary());
        Assert.Null(_cohort.Json("added", "predict")["failure"]);
        Assert.Equal(8, added.Count(one => one.Key.StartsWith("added", StringComparison.Ordinal)));

        // The file of one changes, another gets what it lacked; the mask of a third has not changed what it is done with.
        _cohort.Add("added.tif", 5);
        _cohort.Replace("added.tif", "");
        _cohort.Replace("unknown.png", "slides/unknown.png,2");
        Assert.Equal(0, _cohort.Run(config: "slides_per_job: 3").Code);
        var changed = _cohort.Times();
        Assert.Equal(["added", "unknown"], changed.Where(one => added.GetValueOrDefault(one.Key) != one.Value).Select(one => one.Key.Split('/')[0]).Distinct()
            .Order(StringComparer.Ordinal));
        Assert.Equal(2.0, (double)_cohort.Json("unknown", "check")["micronsPerPixel"]!);
        Assert.Equal(2, File.ReadLines(_cohort.At("results/failures.csv")).Count() - 1);
    }

    [Fact]
    public void A_job_that_is_killed_or_finds_the_disk_full_is_tried_again_and_gives_the_same()
    {
        for (var i = 0; i < 4; i++)
            _cohort.Add(FormattableString.Invariant($"{i}.tif"), i);
        var (code, text) = _cohort.Run("whole");
        Assert.True(code == 0, text);
        // Of each step the first try is ended: half of them by the limit of a file's size, which is as a full disk to them, half as the system does that has no
        // memory left, as soon as a slide is done.
        _cohort.Program($"""
            tries='{_cohort.At("tries")}'-$2
            echo >>"$tries"
            if [[ $2 != list && $2 != collect && $(wc -l <"$tries") == 1 ]]; then
              case $2 in
                predict | map) export DOTNET_EnableWriteXorExecute=0; trap '' XFSZ; ulimit -f 1 ;;
                check) kill -9 $$ ;; # it would be done before anything could be seen of it
                *) (until ls slides/*/$2.json >/dev/null 2>&1; do sleep 0.01; done; kill -9 $$) & ;;
              esac
            fi
            """);
        (code, text) = _cohort.Run("again");
        Assert.True(code == 0, text);
        Assert.All((string[])["check", "predict", "map"], step => Assert.True(File.ReadLines(_cohort.At($"tries-{step}")).Count() > 1, step));
        Equal(_cohort.Results("whole"), _cohort.Results("again"));
    }

    [Fact]
    public void A_slide_that_ends_the_program_again_and_again_is_told_as_failed_and_stops_no_other()
    {
        _cohort.Add("good.tif", 1);
        // Whoever reads it waits: the program is ended from outside while it does.
        using (var made = Process.Start("mkfifo", [_cohort.At("slides/a waits.tif")]))
            made.WaitForExit();
        _cohort.Row("a waits.tif");
        Assert.Equal(0, List().Code);
        for (var i = 0; i < 3; i++)
        {
            using var run = Cli.Start(["cohort", "check", _cohort.At("results/jobs/0001.csv"), "--out", _cohort.At("results")]);
            for (var clock = Stopwatch.StartNew(); !File.Exists(FileOf("a_waits", "check.tries"))
                || File.ReadLines(FileOf("a_waits", "check.tries")).Count() < i + 2; Thread.Sleep(10))
                Assert.True(clock.Elapsed < TimeSpan.FromMinutes(3));
            run.Kill();
            run.WaitForExit();
            Assert.True(File.Exists(FileOf("good", "check.json")));
        }
        // As the program leaves it that ends just after it has written the result.
        File.WriteAllText(FileOf("good", "check.tries"), "begun\nthe program ended while it was at this slide\n");
        var done = File.GetLastWriteTimeUtc(FileOf("good", "check.json"));
        Assert.Equal(0, Step("check").Code);
        Assert.Equal(["check.json"], Directory.EnumerateFiles(Path.GetDirectoryName(FileOf("good", "check.json"))!).Select(Path.GetFileName));
        Assert.Equal(done, File.GetLastWriteTimeUtc(FileOf("good", "check.json")));
        Assert.Contains("tried 3 times: the program ended while", (string?)_cohort.Json("a_waits", "check")["failure"], StringComparison.Ordinal);
        Assert.Equal(0, Step("tissue").Code);
        Assert.Equal(["check.json"], Directory.EnumerateFiles(Path.GetDirectoryName(FileOf("a_waits", "check.json"))!).Select(Path.GetFileName));

        var job = File.GetLastWriteTimeUtc(_cohort.At("results/jobs/0001.csv"));
        Assert.Equal(0, List("--retry").Code);
        Assert.False(File.Exists(FileOf("a_waits", "check.json")));
        Assert.True(File.Exists(FileOf("good", "check.json")));
        Assert.True(File.GetLastWriteTimeUtc(_cohort.At("results/jobs/0001.csv")) > job);
    }

    [Fact]
    public void A_slide_that_is_half_predicted_is_gone_on_with()
    {
        _cohort.Add("large.tif", 1, side: 3000);
        Assert.Equal(0, List().Code);
        Assert.Equal(0, Step("check").Code);
        Assert.Equal(0, Step("tissue").Code);
        using (var run = Cli.Start(["cohort", "predict", _cohort.At("results/jobs/0001.csv"), "--out", _cohort.At("results"), "--model", _cohort.Model]))
        {
            for (var clock = Stopwatch.StartNew(); !File.Exists(FileOf("large", "predictions.sqlite.partial-wal"))
                || new FileInfo(FileOf("large", "predictions.sqlite.partial-wal")).Length < 100_000; Thread.Sleep(5))
                Assert.True(clock.Elapsed < TimeSpan.FromMinutes(3) && !run.HasExited);
            run.Kill();
            run.WaitForExit();
        }
        Assert.False(File.Exists(FileOf("large", "predict.json")));
        // What is there is not predicted again: a mark on it stays.
        using (var begun = new SqliteConnection($"Data Source={FileOf("large", "predictions.sqlite.partial")};Pooling=False"))
        {
            begun.Open();
            using var mark = begun.CreateCommand();
            mark.CommandText = "UPDATE predictions SET probability = 0.125 WHERE id = 0";
            Assert.Equal(1, mark.ExecuteNonQuery());
        }
        Assert.Equal(0, Step("predict", "--model", _cohort.Model).Code);
        using var predictor = new PatchPredictor(_cohort.Model);
        using var slide = Slide.Open(_cohort.At("slides/large.tif"));
        var expected = predictor.Predict(slide, new PredictOptions { At = Resolution.Mpp(1), Mask = TissueMask.Of(slide) });
        var found = PredictionTable.Load(FileOf("large", "predictions.sqlite"));
        Assert.Equal(expected[0] with { Probability = 0.125f }, found[0]);
        Assert.Equal(expected.Skip(1), found.Skip(1));
    }

    [Fact]
    public void A_slide_of_fluorescence_has_no_quality_and_goes_on_with_its_tissue_and_each_step_says_what_made_it()
    {
        var (glowing, random) = (new Raster(640, 640, 3), new Random(3));
        for (var y = 160; y < 480; y++)
            for (var x = 160; x < 480; x++)
                (glowing.Samples8[3 * (y * 640 + x) + 1], glowing.Samples8[3 * (y * 640 + x) + 2]) = ((byte)(100 + random.Next(100)), (byte)random.Next(80));
        _cohort.Add("glows.tif", 1);
        File.WriteAllBytes(_cohort.At("slides/glows.tif"), TiffMaker.Tiles(glowing, new(128, 128), 1));
        _cohort.Add("usual.tif", 2);
        Assert.Equal(0, List().Code);
        foreach (var (step, more) in ((string, string[])[])[("check", []), ("tissue", []), ("predict", ["--model", _cohort.Model]), ("map", [])])
        {
            var (code, _, error) = Step(step, more);
            Assert.True(code == 0, error);
        }
        var tissue = _cohort.Json("glows", "tissue");
        Assert.Null(tissue["quality"]);
        Assert.Equal(2, tissue["notes"]!.AsArray().Count(note => ((string)note!).Contains("glows on a dark ground", StringComparison.Ordinal)));
        Assert.Equal(320 * 320 / 1e6, (double)tissue["tissueMm2"]!, 0.02);
        Assert.InRange((int)_cohort.Json("glows", "predict")["patches"]!, 25, 144);
        Assert.NotNull(_cohort.Json("usual", "tissue")["quality"]!["pen"]);

        Assert.Equal(0, Cli.Run("cohort", "collect", _cohort.At("results")).Code);
        Assert.Single(File.ReadLines(_cohort.At("results/failures.csv")));
        using var predictor = new PatchPredictor(_cohort.Model);
        Assert.Matches(@"^ONNX Runtime \d+\.\d+\.\d+ on the CPU, float32$", predictor.Place);
        foreach (var step in (string[])["check", "tissue", "predict", "map"])
            Assert.Equal((Cohort.Version, step == "predict" ? predictor.Place : null),
                ((string?)_cohort.Json("glows", step)["patchwise"], (string?)_cohort.Json("glows", step)["engine"]));
        var steps = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(_cohort.At("results/provenance.json")))!["steps"]!.AsArray();
        Assert.Equal(["check", "tissue", "predict", "map"], steps.Select(one => (string)one!["step"]!));
        Assert.All(steps, one => Assert.Equal(((string?)Cohort.Version, 2), ((string?)one!["patchwise"], (int)one["slides"]!)));
    }

    [Theory]
    [InlineData("slide,mpp\na.tif,1\n", "has the columns slide, mpp: expected path")]
    [InlineData("path,path\na.tif,1\n", "each once")]
    [InlineData("path,mpp\na.tif,0;5\n", "line 2: mpp '0;5': expected a number above 0")]
    [InlineData("path,mpp\na.tif,-1\n", "line 2: mpp '-1'")]
    [InlineData("path;mpp\na.tif;0,5\n", "line 2: mpp '0,5': expected a number above 0, such as 0.25, with a point")]
    [InlineData("path\na,b.tif\n", "line 2 has 2 values for 1 columns: put quotation marks")]
    [InlineData("path,mpp\na.tif,1\n./a.tif,1\n", "line 3: ")]
    [InlineData("path,mpp\n,1\n", "line 2: the column path is empty")]
    [InlineData("path,mpp\n", "holds no slides")]
    public void A_table_that_says_nothing_clear_is_refused(string table, string reason)
    {
        File.WriteAllText(_cohort.At("slides.csv"), table);
        var (code, _, error) = List();
        Assert.Equal(2, code);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_cohort.At("results")));
    }

    [Fact]
    public void A_table_whose_letters_would_be_lost_and_one_that_is_no_job_are_refused()
    {
        // With an ö or ü of Latin-1 two patients would be one.
        File.WriteAllBytes(_cohort.At("slides.csv"), [.. "path,group\na.tif,M"u8, 0xF6, .. "ller\nb.tif,M"u8, 0xFC, .. "ller\n"u8]);
        var (code, _, error) = List();
        Assert.Equal(2, code);
        Assert.Contains("is no text in UTF-8", error, StringComparison.Ordinal);
        _cohort.Add("a.tif", 1);
        _cohort.Add("b.tif", 2);
        foreach (var (one, other) in ((string, string)[])[("../x", "b"), ("", "b"), ("a", "A")])
        {
            File.WriteAllText(_cohort.At("slides.csv"), $"id,path\n{one},slides/a.tif\n{other},slides/b.tif\n");
            (code, error) = Cli.Run("cohort", "check", _cohort.At("slides.csv"), "--out", _cohort.At("results"));
            Assert.Equal(2, code);
            Assert.Contains("is no name of a folder, or is there twice: expected a file in jobs", error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(_cohort.At("results")));
        }
        Assert.Contains("not used: the column id", List().Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_made_of_a_slide_before_it_changed_is_not_taken_for_that_of_the_new_one()
    {
        (int Code, string Output, string Error) Run(string step) => Step(step, step == "predict" ? ["--model", _cohort.Model] : []);
        void Done(string step) => Assert.Equal(0, Run(step).Code);
        SlideResult Found() => Assert.Single(Cohort.Open(_cohort.At("results"), new(), default).Slides);
        string[] steps = ["check", "tissue", "predict", "map"];
        var path = _cohort.Add("a.tif", 1, ",,tumor,");
        List();
        Array.ForEach(steps, Done);
        Assert.Equal((null, true), (Found().Failure, Found().HasMap));

        // Its label is no reason.
        _cohort.Replace("a.tif", "slides/a.tif,,,normal,");
        List();
        Done("check");
        Assert.Equal((null, "normal", true), (Found().Failure, Found().Label, Found().Patches > 0));

        File.WriteAllBytes(path, TiffMaker.Tiles(CohortRun.Picture(2), new(128, 128), 1));
        void IsOld()
        {
            Assert.Equal(("check", false, null), (Found().FailedStep, Found().HasMap, Found().Patches));
            Assert.Contains("not done yet: check.json was made of ", Found().Failure, StringComparison.Ordinal);
        }
        IsOld();
        List();
        IsOld();
        foreach (var (done, next) in steps.Zip(steps[1..]))
        {
            Done(done);
            Assert.Equal((next, false), (Found().FailedStep, Found().HasMap));
            Assert.Contains("made before the slide", Found().Failure, StringComparison.Ordinal);
            Assert.Equal(next == "map", Found().Patches is not null);
            foreach (var later in steps.SkipWhile(step => step != next).Skip(1))
            {
                var (code, _, error) = Run(later);
                Assert.Equal(2, code);
                Assert.Contains($"run 'patchwise cohort {next}' before", error, StringComparison.Ordinal);
            }
        }
        Done("map");
        Assert.Equal((null, true), (Found().Failure, Found().HasMap));

        // Another file of this name takes its place in the list.
        Directory.CreateDirectory(_cohort.At("other"));
        File.Copy(path, _cohort.At("other/a.tif"));
        _cohort.Replace("a.tif", "other/a.tif,,,normal,");
        Assert.Contains("1 slides that were listed before, such as ", List().Error, StringComparison.Ordinal);
        IsOld();
    }

    [Fact]
    public void Slides_are_found_in_a_folder_by_a_pattern_and_in_tables_of_spreadsheets()
    {
        foreach (var name in (string[])["b.tif", "a/b.tif", "a/c/B.TIF", "a/c/[x].svs", "a/notes.txt"])
            _cohort.Add(name, 1);
        foreach (var (input, ids) in ((string, string[])[])[("slides", ["b"]), ("slides/a/*.tif", ["b"]), ("slides/**/?.tif", ["b", "b-2"]),
            ("slides/a/**/*.*", ["b", "_x_", "B-2", "notes"]), ("slides/a/c/[x].svs", ["_x_"])])
        {
            var (code, _, error) = Cli.RunForOutput("cohort", "list", _cohort.At(input), "--out", _cohort.At($"out {ids.Length}{input.Length}"), "--job", "3");
            Assert.True(code == 0, error);
            Assert.Equal(ids.Order(StringComparer.Ordinal), File.ReadLines(_cohort.At($"out {ids.Length}{input.Length}/slides.csv")).Skip(1)
                .Select(line => line.Split(',')[0]).Order(StringComparer.Ordinal));
        }
        File.WriteAllText(_cohort.At("slides.csv"), "\uFEFFPath; MPP ;Stain\r\nslides/b.tif;0.5;HE\r\n");
        var (_, _, note) = List();
        Assert.Contains("not used: the column stain", note, StringComparison.Ordinal);
        Assert.Equal($"id,path,mpp,mask,label,group\nb,{_cohort.At("slides/b.tif")},0.5,,,\n", File.ReadAllText(_cohort.At("results/slides.csv")));
        Assert.Contains("such as 'slides/**/*.svs'", Cli.Run("cohort", "list", _cohort.At("slides/a/c/*.ndpi"), "--out", _cohort.At("results")).Error,
            StringComparison.Ordinal);
        Assert.Contains("does not exist", Cli.Run("cohort", "list", _cohort.At("nothing"), "--out", _cohort.At("results")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_configurations_are_refused_with_the_name_of_the_entry()
    {
        _cohort.Add("a.tif", 1);
        foreach (var (config, said) in ((string, string)[])[("slides_per_job: 0", "slides_per_job"), ("strid: 5", "strid"), ("mpp: '0,5'", "mpp")])
        {
            var (code, text) = _cohort.Run(config: config);
            Assert.NotEqual(0, code);
            Assert.Contains(said, text, StringComparison.Ordinal);
            Assert.False(Directory.Exists(_cohort.At("results")));
        }
    }

    /// <summary>A real Slurm with two nodes, one of which is lost half way.</summary>
    [SkippableFact]
    public void On_a_cluster_that_loses_a_node_the_results_are_those_of_one_machine()
    {
        const int Count = 40;
        for (var i = 0; i < Count; i++)
            _cohort.Add(string.Create(CultureInfo.InvariantCulture, $"{i}.tif"), i);
        const string Config = "slides_per_job: 20";
        var (code, text) = _cohort.Run("here", Config);
        Assert.True(code == 0, text);
        // Its configuration takes no names with spaces.
        var slurm = Directory.CreateTempSubdirectory("patchwise-slurm-").FullName;
        try
        {
            var (started, why) = Slurm("start", slurm, "east", "west");
            if (started == 77)
                throw new CannotRunException(why);
            Assert.True(started == 0, why);
            using var run = _cohort.Start("there", Config, "slurm", ("SLURM_CONF", $"{slurm}/slurm.conf"));
            var said = run.StandardError.ReadToEndAsync();
            // Two jobs look for tissue: half of the slides are done.
            for (var clock = Stopwatch.StartNew(); !run.HasExited && clock.Elapsed < TimeSpan.FromMinutes(3)
                && (!Directory.Exists(_cohort.At("there/slides"))
                || Directory.EnumerateFiles(_cohort.At("there/slides"), "tissue.json", SearchOption.AllDirectories).Count() < Count / 2);)
                Thread.Sleep(20);
            Assert.False(run.HasExited, run.HasExited ? said.Result : "");
            Assert.Equal(0, Slurm("lose", slurm, "west", "east").Code);
            run.StandardOutput.ReadToEnd();
            run.WaitForExit();
            Assert.True(run.ExitCode == 0, said.Result);
            var log = File.ReadAllText($"{slurm}/slurmctld.log");
            Assert.True(log.Contains("requeue job", StringComparison.OrdinalIgnoreCase), log);
        }
        finally
        {
            Slurm("stop", slurm);
            Directory.Delete(slurm, recursive: true);
        }
        Equal(_cohort.Results("here"), _cohort.Results("there"));
        Assert.Equal(Count, Directory.EnumerateFiles(_cohort.At("there/slides"), "thumbnail.jpg", SearchOption.AllDirectories).Count());
    }

    static (int Code, string Text) Slurm(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "tests", "slurm"), arguments)
        { RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text);
    }
}
