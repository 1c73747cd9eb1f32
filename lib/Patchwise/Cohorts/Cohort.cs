using CsvHelper;
using CsvHelper.Configuration;

namespace Patchwise;

/// <summary>What is looked at over the slides of a cohort.</summary>
public sealed record CohortOptions
{
    /// <summary>The class whose share and mean probability are to tell the labels apart; null: every class is looked at.</summary>
    public string? Class { get; init; }

    /// <summary>The label that a higher score speaks for; null: of two labels the last in alphabetical order, of more each against the rest.</summary>
    public string? Positive { get; init; }

    /// <summary>Of the bootstrap of areas under curves.</summary>
    public int Resamples { get; init; } = 2000;

    public int Seed { get; init; }
}

/// <summary>How well a number of a slide tells one label from the others.</summary>
/// <param name="Kind">"mean probability" or "share".</param>
public sealed record CohortScore(string Positive, string Class, string Kind, RocCurve Curve);

/// <summary>The results of <c>patchwise cohort</c>: a row for each slide of its list, done or not.</summary>
public sealed partial class Cohort : ITabular
{
    /// <summary>Labels are of few kinds; more are names.</summary>
    const int MostLabels = 10;

    /// <summary>Of this library, as results and provenance name it.</summary>
    public static string Version { get; } = typeof(Cohort).Assembly.GetName().Version!.ToString(3);

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>In the order of the list.</summary>
    public IReadOnlyList<SlideResult> Slides { get; }

    /// <summary>All classes that any slide has.</summary>
    public IReadOnlyList<ClassInfo> Classes { get; }

    /// <summary>What to know before the numbers are believed.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Empty where no slide has a label; <see cref="Notes"/> say so.</summary>
    public IReadOnlyList<CohortScore> Scores { get; }

    /// <summary>Slides whose steps are all done.</summary>
    public int Done => Slides.Count(slide => slide.Failure is null);

    Cohort(string folder, SlideResult[] slides, CohortOptions options, CancellationToken cancel)
    {
        List<string> notes = [];
        (Folder, Slides, Notes) = (folder, CohortOutliers.Find(slides, notes), notes);
        Classes = [.. SlideClasses.OfAll(slides)];
        Differences(notes);
        Scores = [.. Scored(options, notes, cancel)];
    }

    /// <summary>Reads the small files of a folder of results, one slide after the other.</summary>
    /// <exception cref="BadInputException">
    /// It is no such folder, its list is damaged or has labels or groups that differ only in capitals, or no slide has the class or label that is asked for.
    /// </exception>
    public static Cohort Open(string folder, CohortOptions options, CancellationToken cancel)
    {
        var steps = new CohortSteps();
        var listed = Listed(folder).ToArray();
        CheckApart(Path.Combine(folder, "slides.csv"), listed.Select(one => one.Slide.Label), listed.Select(one => one.Slide.Group));
        return new(folder, [.. listed.Select(one =>
        {
            cancel.ThrowIfCancellationRequested();
            return steps.Read(Path.Combine(folder, "slides", one.Slide.Id), one.Slide, one.Mpp, one.Mask);
        })], options, cancel);
    }

    /// <summary>Looks at labels and groups before any work is done on their slides.</summary>
    /// <param name="list">That holds them.</param>
    /// <exception cref="BadInputException">Two of them differ only in capitals or blanks.</exception>
    public static void CheckApart(string list, IEnumerable<string?> labels, IEnumerable<string?> groups)
    {
        Words.CheckApart(list, "labels", labels);
        Words.CheckApart(list, "groups", groups);
    }

    static IEnumerable<(SlideResult Slide, double? Mpp, string? Mask)> Listed(string folder)
    {
        var path = Path.Combine(folder, "slides.csv");
        if (!File.Exists(path))
            throw new BadInputException($"{path} does not exist: expected a folder of results that begins with the list of its slides "
                + "(patchwise cohort list)");
        using var csv = new CsvReader(new StringReader(InputFile.ReadText(path)), new CsvConfiguration(CultureInfo.InvariantCulture) { BadDataFound = null });
        if (!csv.Read() || !csv.ReadHeader() || !csv.HeaderRecord!.Contains("id") || !csv.HeaderRecord!.Contains("path"))
            throw new BadInputException($"{path}: expected the columns id and path, and perhaps mpp, mask, label and group");
        string? Field(string name) => csv.TryGetField<string>(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
        HashSet<string> seen = [];
        while (csv.Read())
        {
            var id = Field("id") ?? throw new BadInputException(Invariant($"{path}, line {csv.Parser.RawRow}: no id: expected one for each slide"));
            if (id is "." or ".." || id.AsSpan().ContainsAny('/', '\\', '\0'))
                throw new BadInputException(Invariant($"{path}, line {csv.Parser.RawRow}: the id {id} is no name of a folder"));
            if (!seen.Add(id))
                throw new BadInputException(Invariant($"{path}, line {csv.Parser.RawRow}: the id {id} is there twice: expected another for each slide"));
            yield return (new() { Id = id, Path = Field("path") ?? "", Label = CsvFile.Value(Field("label")), Group = CsvFile.Value(Field("group")) },
                double.TryParse(Field("mpp"), NumberStyles.Float, CultureInfo.InvariantCulture, out var mpp) ? mpp : null, Field("mask"));
        }
    }

    /// <summary>Slides of several networks, of other parameters or that are there twice.</summary>
    void Differences(List<string> notes)
    {
        void Several(string what, Func<SlideResult, string?> of)
        {
            var found = Slides.Select(of).OfType<string>().CountBy(one => one).OrderByDescending(one => one.Value).ToArray();
            if (found.Length > 1)
                notes.Add(Invariant($"{found.Length} {what} ({string.Join(", ", found.Take(3).Select(one => Invariant($"{one.Value:N0} slides")))}")
                    + $"{(found.Length > 3 ? " and more" : "")}): their numbers are not to be compared; see provenance.json");
        }
        Several("different models", slide => slide.Model is null ? null : $"{slide.Model} {slide.ModelDigest}");
        Several("different sets of parameters", slide => slide.Parameters);
        Several("different lists of classes", slide => (slide.Classes as SlideClasses)?.Names);
        if (Slides.SelectMany(slide => slide.MadeBy).Select(one => one.Patchwise).Distinct().ToArray() is { Length: > 1 } versions)
            notes.Add("steps were done by different versions of Patchwise "
                + $"({string.Join(", ", versions.Select(one => one ?? "one that did not say").Order(StringComparer.Ordinal))}): see provenance.json");
        var twice = Slides.Where(slide => slide.Digest is not null).GroupBy(slide => slide.Digest).Where(group => group.Skip(1).Any()).ToArray();
        if (twice.Length > 0)
            notes.Add(Invariant($"{twice.Length} {(twice.Length == 1 ? "file is" : "files are")} in the list several times under other names, such as ")
                + $"{string.Join(" and ", twice[0].Take(2).Select(slide => slide.Id))}: they count several times");
    }

    IEnumerable<CohortScore> Scored(CohortOptions options, List<string> notes, CancellationToken cancel)
    {
        if (options.Class is { } asked && Classes.Count > 0 && Classes.All(one => one.Name != asked))
            throw new BadInputException($"no slide has the class {asked}: expected one of {string.Join(", ", Classes.Select(one => one.Name))}");
        SlideResult[] labelled = [.. Slides.Where(slide => slide.Label is not null)];
        string[] labels = [.. labelled.Select(slide => slide.Label!).Distinct().Order(StringComparer.Ordinal)];
        if (options.Positive is { } wanted && !labels.Contains(wanted))
            throw new BadInputException($"no slide has the label {wanted}: expected {(labels.Length == 0 ? "a column label in the list of slides"
                : $"one of {string.Join(", ", labels.Take(10))}")}");
        SlideResult[] known = [.. labelled.Where(slide => slide.Classes.Count > 0 && slide.Patches > 0)];
        if (labels.Length == 0)
            notes.Add("no slide has a label: no curve of a slide's score is drawn; a column label in the list of slides adds one");
        else if (labels.Length == 1)
            notes.Add($"all {labelled.Length} labelled slides have the label {labels[0]}: a curve needs two labels");
        else if (labels.Length > MostLabels && options.Positive is null)
            notes.Add(Invariant($"{labels.Length} different labels: no curve is drawn; expected at most {MostLabels} kinds, or the one to tell from the rest ")
                + "(Positive, on the command line --positive)");
        else
        {
            if (known.Length < Slides.Count)
                notes.Add(Invariant($"{Slides.Count - known.Length:N0} of {Slides.Count:N0} slides have no label or no prediction: curves leave them out"));
            if (known.Count(slide => slide.Group is null) is > 0 and var alone && alone < known.Length)
                notes.Add(Invariant($"{alone:N0} of {known.Length:N0} labelled slides have no group: each counts as a patient of its own"));
            foreach (var positive in options.Positive is { } one ? [one] : labels.Length == 2 ? labels[1..] : labels)
                foreach (var name in options.Class is { } only ? [only] : Classes.Select(one => one.Name))
                    foreach (var (kind, of) in new (string, Func<ClassSummary, double>)[] { ("mean probability", share => share.MeanProbability),
                        ("share", share => share.Share.Value) })
                    {
                        cancel.ThrowIfCancellationRequested();
                        SlideResult[] scored = [.. known.Where(slide => slide.Of(name) is { } share && double.IsFinite(of(share)))];
                        if (scored.Length > 0)
                            yield return new(positive, name, kind, RocCurve.Of([.. scored.Select(slide => of(slide.Of(name)!))],
                                [.. scored.Select(slide => slide.Label == positive)], [.. scored.Select(slide => slide.Group)], options.Resamples,
                                options.Seed));
                    }
        }
    }

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable()
    {
        var failed = Slides.Where(slide => slide.Failure is not null).CountBy(slide => slide.FailedStep!).ToArray();
        return new(["", ""],
        [
            ["slides", Invariant($"{Slides.Count:N0}")],
            ["done", Invariant($"{Done:N0}")],
            .. failed.Select(one => (string[])[$"failed or missing at {one.Key}", Invariant($"{one.Value:N0}")]),
            ["unlike the others", Invariant($"{Slides.Count(slide => slide.Outliers.Count > 0):N0}")],
            ["tissue", Invariant($"{Slides.Sum(slide => slide.TissueArea ?? 0):N0} square mm")],
            ["patches", Invariant($"{Slides.Sum(slide => (long)(slide.Patches ?? 0)):N0}")],
            ["model", string.Join(", ", Slides.Select(slide => slide.Model).OfType<string>().Distinct().Take(3))],
            .. Best is { } best ? (string[][])[[$"area under the curve: {best.Kind} of {best.Class} for {best.Positive}", best.Curve.Auc
                + (Scores.Count > 1 ? $"; the best of {Scores.Count} scores, chosen after looking: on other slides expect less" : "")]] : [],
            .. Notes.Select(note => (string[])["note", note]),
        ], "Cohort", [false, false]);
    }

    /// <summary>The score whose area is farthest from that of chance: where several were tried it is too good by chance. Null where none has an area.</summary>
    public CohortScore? Best => Scores.Where(score => score.Curve.Auc is not null).MaxBy(score => Math.Abs(score.Curve.Auc!.Value.Value - 0.5));
}
