using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Patchwise.Tests;

/// <summary>No slide is lost, and what is odd or missing is told.</summary>
public sealed class CohortTests : IDisposable
{
    readonly CohortFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static readonly string[] Broken = ["not listed yet", "failed", "no predict", "torn", "odd", "other's", "map only"];

    /// <summary>40 slides, of which 7 are not as they should be.</summary>
    Cohort Mixed()
    {
        _folder.Add(33).List(Broken[0], "normal");
        foreach (var id in Broken[1..])
            _folder.Add(id, "tumor", tumor: 0.9, tissue: 60);
        _folder.Write("failed", "predict", """{"failure":"no resolution is known","step":"predict","seconds":1}""")
            .Write("torn", "tissue", """{"tissueMm2":12.""").Write("odd", "predict", """{"classes":[{"name":"TUM","count":3,"share":7}]}""")
            .Write("other's", "check", """{"id":"slide-0001"}""").Write("map only", "map", """{"failure":"disk full","step":"map"}""");
        File.Delete(_folder.At("slides/no predict/predict.json"));
        File.Delete(_folder.At("slides/no predict/map.png"));
        return _folder.Open();
    }

    [Fact]
    public void Every_listed_slide_is_done_or_has_its_step_and_reason()
    {
        var cohort = Mixed();
        Assert.Equal((40, 33), (cohort.Slides.Count, cohort.Done));
        (string? Step, string Reason)[] expected =
        [
            ("check", "not done yet"), ("predict", "no resolution is known"), ("predict", "predict.json is missing"),
            ("tissue", "tissue.json is damaged in line 1"),
            ("predict", "share of TUM is 7, expected 0 to 1"), ("check", "is of the slide slide-0001"), ("map", "disk full"),
        ];
        foreach (var (id, (step, reason)) in Broken.Zip(expected))
        {
            var slide = cohort.Slides.Single(slide => slide.Id == id);
            Assert.Equal(step, slide.FailedStep);
            Assert.Contains(reason, slide.Failure, StringComparison.Ordinal);
        }
        // What is known of them stays.
        var map = cohort.Slides.Single(slide => slide.Id == "map only");
        Assert.Equal((9, 60, 4000), (map.Classes.Count, map.TissueArea, map.Patches));
        Assert.Equal(0.499, cohort.Slides.Single(slide => slide.Id == "torn").MicronsPerPixel);
        var failed = cohort.Slides.Single(slide => slide.Id == "failed");
        Assert.Equal((60, 0), (failed.TissueArea, failed.Classes.Count));
        Assert.False(cohort.Slides.Single(slide => slide.Id == "no predict").HasMap);
        var words = cohort.ToString();
        foreach (var part in (string[])["slides", "40", "failed or missing at predict", "3"])
            Assert.Contains(part, words, StringComparison.Ordinal);
    }

    [Fact]
    public void What_R_and_spreadsheets_write_for_nothing_is_no_label_and_no_patient()
    {
        _folder.Add(6).Add("a", "NA", "NA").Add("b", "#N/A", "NaN").Add("c", "NA", "NA");
        var cohort = _folder.Open();
        Assert.All(cohort.Slides.TakeLast(3), slide => Assert.Equal((null, null), (slide.Label, slide.Group)));
        Assert.DoesNotContain(cohort.Scores, score => score.Positive == "NA");
        Assert.Contains(cohort.Notes, note => note.StartsWith("3 of 9 slides have no label", StringComparison.Ordinal));

        // A slide may be called so.
        using var folder = new TemporaryFolder();
        File.Copy(SlideFiles.Aperio, folder.At("NA.svs"));
        folder.Write("slides.csv", "path,label\nNA.svs,NA\n");
        Assert.Equal(0, Cli.Run("cohort", "list", folder.At("slides.csv"), "--out", folder.At("out")).Code);
        Assert.Equal(("NA", null), Cohort.Open(folder.At("out"), new(), default).Slides.Select(slide => (slide.Id, slide.Label)).Single());
    }

    [Fact]
    public void Labels_and_patients_that_differ_in_capitals_only_are_refused_when_listed_and_when_collected()
    {
        _folder.Add(6).Add("odd", "Tumor", "p1").Add("usual", "tumor", "p2");
        Words.CheckApart("x", "groups", ["1", "10", "100", "0", "1.5", "a1", "a01", null]);
        Assert.Contains("x: the groups '001' and '1' and '1.0' differ only in capitals or blanks, or in the zeros of a number",
            Assert.Throws<BadInputException>(() => Words.CheckApart("x", "groups", ["1", "1.0", "001"])).Message, StringComparison.Ordinal);
        Assert.Contains("slides.csv: the labels 'Tumor' and 'tumor' differ only in capitals or blanks",
            Assert.Throws<BadInputException>(() => _folder.Open()).Message);
        using var other = new CohortFolder();
        other.Add(6).Add("one", "tumor", "P1").Add("two", "tumor", "p1");
        Assert.Contains("the groups 'P1' and 'p1' differ", Assert.Throws<BadInputException>(() => other.Open()).Message);

        using var folder = new TemporaryFolder();
        File.Copy(SlideFiles.Aperio, folder.At("a.svs"));
        File.Copy(SlideFiles.Aperio, folder.At("b.svs"));
        folder.Write("slides.csv", "path,label\na.svs,Tumor\nb.svs,tumor\n");
        var (code, error) = Cli.Run("cohort", "list", folder.At("slides.csv"), "--out", folder.At("out"));
        Assert.Equal(2, code);
        Assert.Contains("the labels 'Tumor' and 'tumor' differ", error);
        Assert.False(File.Exists(folder.At("out/slides.csv")));
    }

    [Fact]
    public void A_list_of_another_encoding_is_refused_since_two_patients_might_become_one()
    {
        var folder = _folder.Add(3).Listed();
        Assert.Equal(3, Cohort.Open(folder, new(), default).Slides.Count);
        var list = File.ReadAllText(_folder.At("slides.csv"));
        File.WriteAllText(_folder.At("slides.csv"), list + "é,x.tif,0.5\n", System.Text.Encoding.Latin1);
        Assert.Contains("slides.csv is no text in UTF-8", Assert.Throws<BadInputException>(() => Cohort.Open(folder, new(), default)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_tables_hold_what_the_slides_do()
    {
        var cohort = Mixed();
        cohort.SaveCsv(_folder.At("cohort.csv"));
        cohort.SaveSqlite(_folder.At("cohort.sqlite"));
        cohort.SaveFailures(_folder.At("failures.csv"));
        cohort.SaveScores(_folder.At("scores.csv"));
        cohort.SaveProvenance(_folder.At("provenance.json"));
        using var csv = new CsvHelper.CsvReader(new StreamReader(_folder.At("cohort.csv")), CultureInfo.InvariantCulture);
        var rows = csv.GetRecords<dynamic>().Select(row => (IDictionary<string, object>)row).ToArray();
        Assert.Equal(cohort.Slides.Select(slide => slide.Id), rows.Select(row => (string)row["id"]));
        foreach (var (slide, row) in cohort.Slides.Zip(rows))
        {
            Assert.Equal(slide.Of("TUM")?.Share.Value.ToString(CultureInfo.InvariantCulture) ?? "", row["share TUM"]);
            Assert.Equal(slide.TissueArea?.ToString(CultureInfo.InvariantCulture) ?? "", row["tissue_mm2"]);
            Assert.Equal(slide.Failure ?? "", row["failure"]);
        }
        var failures = File.ReadAllLines(_folder.At("failures.csv"));
        Assert.Equal(8, failures.Length);
        Assert.Contains("failed,/slides/failed.svs,predict,no resolution is known", failures);

        using var database = new SqliteConnection($"Data Source={_folder.At("cohort.sqlite")};Mode=ReadOnly;Pooling=False");
        database.Open();
        object? Ask(string query)
        {
            using var command = database.CreateCommand();
            command.CommandText = query;
            return command.ExecuteScalar();
        }
        Assert.Equal((40L, 7L), ((long)Ask("SELECT count(*) FROM slides")!, (long)Ask("SELECT count(*) FROM failures")!));
        Assert.Equal(cohort.Slides[0].Of("TUM")!.Share.Value, Ask("SELECT share FROM class_shares WHERE class = 'TUM' AND slide = 'slide-0001'"));
        Assert.Equal(cohort.Slides.Sum(slide => slide.Outliers.Count), (int)(long)Ask("SELECT count(*) FROM outliers")!);
        Assert.Equal((long)cohort.Scores.Count, Ask("SELECT count(*) FROM scores"));

        var provenance = JsonNode.Parse(File.ReadAllText(_folder.At("provenance.json")))!;
        Assert.Equal(new string('a', 64), (string)provenance["models"]![0]!["digest"]!);
        Assert.Equal(224, (int)provenance["parameters"]![0]!["parameters"]!["stride"]!);
        Assert.Equal(40, provenance["slides"]!.AsArray().Count);
        Assert.Equal(cohort.Slides[0].Digest, (string)provenance["slides"]![0]!["digest"]!);
        Assert.Equal(cohort.Scores.Count + 1, File.ReadAllLines(_folder.At("scores.csv")).Length);
    }

    [Fact]
    public void Slides_unlike_the_others_are_found_and_the_others_not()
    {
        _folder.Add(30);
        foreach (var id in (string[])["tiny", "all tumor", "blurred", "pale", "pink"])
            _folder.Add(id, "normal", tissue: id == "tiny" ? 0.3 : 55, tumor: id == "all tumor" ? 0.95 : 0.15);
        foreach (var (id, quality) in new[] { ("blurred", (Focus: 0.3, Stain: 0.55)), ("pink", (1, 0.75)) })
            _folder.Write(id, "tissue", new
            {
                tissueMm2 = 55,
                quality = new { focus = quality.Focus, stains = new[] { (double[])[quality.Stain, 0.6, 0.2], [0.27, 0.85, 0.45] } }
            });
        _folder.Write("pale", "predict", new
        {
            model = "resnet18-kather100k",
            modelDigest = new string('a', 64),
            patches = 10,
            classes = CohortFolder.Classes.Select(one => new { name = one.Name, count = 1, share = 0.11, low = 0.0, high = 0.3, meanProbability = 0.11 }),
            meanConfidence = 0.4,
            lowConfidence = 0.7
        });
        var found = _folder.Open().Slides.Where(slide => slide.Outliers.Count > 0).ToDictionary(slide => slide.Id, slide => slide.Outliers);
        Assert.Contains(found["tiny"], one => one is { What: "tissue", Value: 0.3, Score: < -3.5 }
            && one.ToString().StartsWith("tissue 0.3\u00a0mm², usually", StringComparison.Ordinal));
        Assert.Contains(found["all tumor"], one => one.What == "share of TUM" && one.Score > 3.5);
        Assert.Equal("in focus", found["blurred"][0].What);
        Assert.Contains(found["pale"], one => one is { What: "mean confidence", Score: < -3.5 });
        Assert.Contains(found["pale"], one => one is { What: "low confidence", Score: > 3.5 });
        Assert.Contains(found["pink"], one => one.What.StartsWith("stain", StringComparison.Ordinal));
        Assert.InRange(found.Count, 5, 7);
        Assert.All(found.Values, all => Assert.Equal(all.OrderByDescending(one => Math.Abs(one.Score)), all));
    }

    [Fact]
    public void The_chart_of_shares_has_the_most_frequent_classes_in_their_order()
    {
        static string[] Names(Cohort cohort) =>
            [.. Shown.Json(cohort.ClassShares()!)["layout"]!["xaxis"]!["categoryarray"]!.AsArray().Select(name => (string)name!)];
        _folder.Add(12);
        Assert.Equal(CohortFolder.Classes.Select(one => one.Name), Names(_folder.Open()));
        for (var i = 1; i <= 12; i++)
            _folder.WithManyClasses(string.Create(CultureInfo.InvariantCulture, $"slide-{i:0000}"));
        var cohort = _folder.Open(new() { Resamples = 100 });
        var means = cohort.Classes.ToDictionary(one => one.Name, one => cohort.Slides.Average(slide => slide.Of(one.Name)!.Share.Value));
        var (most, occur) = (Names(cohort), means.Count(one => one.Value > 0));
        Assert.Equal(24, most.Length);
        Assert.True(most.Min(name => means[name]) >= means.Where(one => !most.Contains(one.Key)).Max(one => one.Value));
        Assert.Equal(cohort.Classes.Select(one => one.Name).Where(most.Contains), most);
        string Title() => (string)Shown.Json(_folder.Open(new() { Resamples = 100 }).ClassShares()!)["layout"]!["title"]!["text"]!;
        Assert.Contains($"Share of the 24 most frequent of {occur} classes that occur", Title(), StringComparison.Ordinal);
        // Those that occur nowhere are no part of it.
        for (var i = 1; i <= 12; i++)
            _folder.WithManyClasses(string.Create(CultureInfo.InvariantCulture, $"slide-{i:0000}"), patches: 1);
        Assert.InRange(Names(_folder.Open()).Length, 2, 12);
        Assert.Contains("classes that occur, of 1,001", Title(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_versions_that_made_each_step_are_counted_and_different_ones_are_said()
    {
        _folder.Add(5);
        Assert.DoesNotContain(_folder.Open().Notes, note => note.Contains("versions", StringComparison.Ordinal));
        for (var i = 1; i <= 3; i++)
            _folder.Write(string.Create(CultureInfo.InvariantCulture, $"slide-{i:0000}"), "tissue",
                new { patchwise = i < 3 ? "1.2.0" : "1.10.0", engine = "an engine 7", tissueMm2 = 1.0, notes = (string[])["a", "b"] });
        var cohort = _folder.Open();
        cohort.SaveProvenance(_folder.At("provenance.json"));
        cohort.SaveCsv(_folder.At("cohort.csv"));
        var steps = JsonNode.Parse(File.ReadAllText(_folder.At("provenance.json")))!["steps"]!.AsArray()
            .Select(one => ((string)one!["step"]!, (string?)one["patchwise"], (string?)one["engine"], (int)one["slides"]!)).ToHashSet();
        Assert.Equal([("check", null, null, 5), ("tissue", "1.2.0", "an engine 7", 2), ("tissue", "1.10.0", "an engine 7", 1), ("tissue", null, null, 2),
            ("predict", null, null, 5)], steps);
        Assert.Contains("steps were done by different versions of Patchwise (1.10.0, 1.2.0, one that did not say): see provenance.json", cohort.Notes);
        Assert.Contains(",a; b,", File.ReadAllText(_folder.At("cohort.csv")), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_few_slides_none_is_unlike_the_others_and_that_is_said()
    {
        var cohort = _folder.Add(6).Add("tiny", tissue: 0.01).Open();
        Assert.All(cohort.Slides, slide => Assert.Empty(slide.Outliers));
        Assert.Contains(cohort.Notes, note => note.Contains("fewer than 8 slides", StringComparison.Ordinal));
    }

    [Fact]
    public void Equal_slides_have_no_outliers_by_next_to_nothing()
    {
        for (var i = 0; i < 20; i++)
            _folder.Add($"s{i}").Write($"s{i}", "predict", new
            {
                patches = 10,
                classes = new[] { new { name = "A", count = 10, share = i == 3 ? 0.99 : i == 4 ? 0.5 : 1.0 } },
                meanConfidence = i == 3 ? 0.89 : 0.9,
            });
        var cohort = _folder.Open();
        Assert.DoesNotContain(cohort.Slides[3].Outliers, one => one.What is "share of A" or "mean confidence");
        Assert.Contains(cohort.Slides[4].Outliers, one => one.What == "share of A" && double.IsFinite(one.Score));
    }

    [Fact]
    public void Labels_have_curves_grouped_by_patient()
    {
        var cohort = _folder.Add(60).List("missing", "tumor").Open(new() { Class = "TUM", Resamples = 200 });
        Assert.Equal(["mean probability", "share"], cohort.Scores.Select(one => one.Kind));
        Assert.All(cohort.Scores, one => Assert.Equal(("tumor", "TUM", 60), (one.Positive, one.Class, one.Curve.Positives + one.Curve.Negatives)));
        Assert.Equal(31, cohort.Scores[0].Curve.Groups);
        Assert.InRange(cohort.Scores[0].Curve.Auc!.Value.Value, 0.9, 1);
        Assert.Contains(cohort.Notes, note => note.Contains("1 of 61 slides have no label or no prediction", StringComparison.Ordinal));
        var other = _folder.Open(new() { Class = "TUM", Positive = "normal", Resamples = 200 });
        Assert.Equal(1, cohort.Scores[1].Curve.Auc!.Value.Value + other.Scores[1].Curve.Auc!.Value.Value, 1e-12);
        Assert.Equal(18, _folder.Open(new() { Resamples = 100 }).Scores.Count);
        Assert.Contains("no slide has the class LUNG: expected one of BACK, NORM",
            Assert.Throws<BadInputException>(() => _folder.Open(new() { Class = "LUNG" })).Message, StringComparison.Ordinal);
        Assert.Contains("no slide has the label cancer: expected one of normal, tumor",
            Assert.Throws<BadInputException>(() => _folder.Open(new() { Positive = "cancer" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_reads_the_best_of_several_areas_is_told_that_it_was_chosen_after_looking()
    {
        var cohort = _folder.Add(30).Open();
        Assert.True(cohort.Scores.Count > 1);
        Assert.Contains($"; the best of {cohort.Scores.Count} scores, chosen after looking", cohort.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_two_labels_there_is_no_curve_and_it_is_said_why()
    {
        var cohort = _folder.Add(5, labels: false).Open();
        Assert.Empty(cohort.Scores);
        Assert.Contains(cohort.Notes, note => note.StartsWith("no slide has a label", StringComparison.Ordinal));
        using var one = new CohortFolder();
        Assert.Contains(one.Add("a", "tumor").Add("b", "tumor").Open().Notes, note => note.Contains("all 2 labelled slides have the label tumor",
            StringComparison.Ordinal));
        using var many = new CohortFolder();
        for (var i = 0; i < 12; i++)
            many.Add($"s{i}", $"label {i}");
        Assert.Contains(many.Open().Notes, note => note.StartsWith("12 different labels", StringComparison.Ordinal));
        Assert.Equal(18, many.Open(new() { Positive = "label 3", Resamples = 100 }).Scores.Count);
    }

    [Fact]
    public void Several_models_and_slides_that_are_there_twice_are_said()
    {
        _folder.Add(10).Add("again");
        _folder.Write("again", "predict", """{"model":"mobilenet","patches":1,"classes":[{"name":"TUM","count":1,"share":1}],"parameters":{"stride":9}}""");
        _folder.Write("again", "check", File.ReadAllText(_folder.At("slides/slide-0001/check.json")).Replace("slide-0001", "again", StringComparison.Ordinal));
        var notes = _folder.Open().Notes;
        Assert.Contains(notes, note => note.StartsWith("2 different models (10 slides, 1 slides)", StringComparison.Ordinal));
        Assert.Contains(notes, note => note.StartsWith("2 different sets of parameters", StringComparison.Ordinal));
        Assert.Contains(notes, note => note.Contains("slide-0001 and again", StringComparison.Ordinal));
        Assert.Contains(notes, note => note.StartsWith("2 different lists of classes (10 slides, 1 slides)", StringComparison.Ordinal));
    }

    [Fact]
    public void A_list_that_is_none_is_refused()
    {
        string Refused(string list)
        {
            File.WriteAllText(_folder.At("slides.csv"), list);
            return Assert.Throws<BadInputException>(() => Cohort.Open(_folder.Path, new(), default)).Message;
        }
        Assert.Contains("slides.csv does not exist", Assert.Throws<BadInputException>(() => Cohort.Open(_folder.Path, new(), default)).Message,
            StringComparison.Ordinal);
        Assert.Contains("expected the columns id and path", Refused("name,file\na,b\n"), StringComparison.Ordinal);
        Assert.Contains("expected the columns id and path", Refused(""), StringComparison.Ordinal);
        Assert.Contains("line 3: the id a is there twice", Refused("id,path\na,b\na,c\n"), StringComparison.Ordinal);
        Assert.Contains("../../etc is no name of a folder", Refused("id,path\n../../etc,b\n"), StringComparison.Ordinal);
        Assert.Contains("line 2: no id", Refused("id,path\n,b\n"), StringComparison.Ordinal);
        File.WriteAllText(_folder.At("slides.csv"), "id,path\n");
        Assert.Empty(Cohort.Open(_folder.Path, new(), default).Slides);
    }
}
