using System.Numerics;
using System.Text.Json;

namespace Patchwise;

/// <summary>Reads the small files that the steps of a cohort leave in a slide's folder. What is missing or damaged is a failure of the slide.</summary>
sealed class CohortSteps
{
    sealed record Check(string? Id, string? Path, double? Mpp, string? Mask, string? File, long? Bytes, string? Digest, int? Width, int? Height,
        double? MicronsPerPixel, double? Objective, string? Format, string? Scanner, int? Levels, string? Content) : Step;

    sealed record Tissue(double? TissueMm2, double? TissueShare, string[]? Notes, Looks? Quality) : Step;

    sealed record Looks(double? Focus, double? Pen, double? Dark, double? Background, float[][]? Stains, double? StainDistance);

    sealed record Predicted(string? Model, string? ModelDigest, int? Patches, ClassCount[]? Classes, double? MeanConfidence, double? LowConfidence,
        JsonElement? Parameters) : Step;

    sealed record ClassCount(string? Name, string? Title, string? Color, int? Count, double? Share, double? Low, double? High, double? MeanProbability);

    record Step
    {
        public string? Patchwise { get; init; }
        public string? Engine { get; init; }
        public double? Seconds { get; init; }
        public string? Failure { get; init; }

        /// <summary>By what it is known from what it was made.</summary>
        public string? From { get; init; }

        /// <summary>What the step before said of itself then; null: of results from before that was kept.</summary>
        public string? Of { get; init; }
    }

    /// <summary>Files of steps are of some kB, those of a network with thousands of classes of as many hundreds of bytes.</summary>
    const int MostBytes = 1 << 24;

    static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { NumberHandling = default };

    /// <summary>What is the same for many slides is kept once.</summary>
    readonly Dictionary<string, string> _texts = [];
    readonly Dictionary<string, ClassInfo> _classes = [];
    SlideClasses.Network _before = new([]);

    /// <param name="slide">As the list of slides has it.</param>
    /// <param name="mpp">What the list states, as <paramref name="mask"/>.</param>
    internal SlideResult Read(string folder, SlideResult slide, double? mpp, string? mask)
    {
        if (!Directory.Exists(folder))
            return slide with { FailedStep = "check", Failure = "not done yet: it has no results" };
        var seconds = 0.0;
        var (before, outdated) = ((string?)null, false);
        List<MadeBy> made = [];
        T? Of<T>(string step) where T : Step
        {
            if (slide.Failure is not null && step != "map")
                return null;
            try
            {
                var file = new FileInfo(Path.Combine(folder, $"{step}.json"));
                if (!file.Exists)
                {
                    // Maps say something only where they fail.
                    if (step != "map")
                        slide = slide with { FailedStep = step, Failure = $"not done yet: {step}.json is missing" };
                    return null;
                }
                if (file.Length > MostBytes)
                    throw new InvalidDataException($"{file.Length} bytes");
                using var stream = file.OpenRead();
                var found = JsonSerializer.Deserialize<T>(stream, Options) ?? throw new InvalidDataException("it holds nothing");
                // As the slide was then: its numbers are not those of the slide that is there now.
                if (slide.Failure is null && before is not null && found.Of is { } of && of != before)
                {
                    outdated = true;
                    slide = slide with { FailedStep = step, Failure = $"not done yet: {step}.json was made before the slide, or a step before, changed" };
                    return null;
                }
                before = found is Check check ? check.Content : found.From;
                seconds += Least(found.Seconds, "seconds") ?? 0;
                made.Add(new(step, Once(found.Patchwise), Once(found.Engine)));
                if (found.Failure is { } failure)
                    slide = slide with { FailedStep = step, Failure = failure is "" ? "it failed without a reason" : failure };
                return found;
            }
            catch (Exception error) when (error is JsonException or InvalidDataException or IOException or UnauthorizedAccessException)
            {
                var what = error is JsonException { LineNumber: { } line } ? $"is damaged in line {line + 1}" : $"cannot be read: {error.Message}";
                slide = slide with { FailedStep = step, Failure = $"{step}.json {what}; delete it and run again" };
                return null;
            }
        }

        if (Of<Check>("check") is { } look)
        {
            // Another file of that name, or the file as it was: its numbers are not those of the one that is listed.
            outdated = look.Path is { } path && (path != slide.Path || look.Mpp != mpp || look.Mask != mask
                || (look.File is { } was && File.Exists(path) && FileVersion.Of(path).Content != was));
            slide = look.Id is { } id && id != slide.Id
                ? slide with { FailedStep = "check", Failure = $"check.json is of the slide {id}: delete it and run again" }
                : outdated
                ? slide with
                {
                    FailedStep = "check",
                    Failure = $"not done yet: check.json was made of {look.Path} before the slide, or its line in the list, changed",
                }
                : slide with
                {
                    Bytes = look.Bytes,
                    Digest = look.Digest,
                    Width = look.Width,
                    Height = look.Height,
                    Levels = look.Levels,
                    MicronsPerPixel = look.MicronsPerPixel,
                    Objective = look.Objective,
                    Format = Once(look.Format),
                    Scanner = Once(look.Scanner),
                };
        }
        slide = Guarded("tissue", slide, () => Of<Tissue>("tissue") is not { } tissue ? slide : slide with
        {
            TissueArea = Least(tissue.TissueMm2, "tissueMm2"),
            TissueShare = Share(tissue.TissueShare, "tissueShare"),
            Notes = [.. (tissue.Notes ?? []).Select(note => Once(note)!)],
            InFocus = Share(tissue.Quality?.Focus, "focus"),
            Pen = Share(tissue.Quality?.Pen, "pen"),
            Dark = Share(tissue.Quality?.Dark, "dark"),
            Background = Least(tissue.Quality?.Background, "background"),
            Stain = Stains(tissue.Quality?.Stains),
            StainDegrees = Least(tissue.Quality?.StainDistance, "stainDistance"),
        });
        slide = Guarded("predict", slide, () => Of<Predicted>("predict") is not { Failure: null } predicted ? slide : slide with
        {
            Model = Once(predicted.Model),
            ModelDigest = Once(predicted.ModelDigest),
            Parameters = Once(predicted.Parameters?.GetRawText()),
            Patches = predicted.Patches,
            Classes = Classes([.. (predicted.Classes ?? throw new InvalidDataException("it has no classes")).Select(Class)]),
            MeanConfidence = Share(predicted.MeanConfidence, "meanConfidence"),
            LowConfidence = Share(predicted.LowConfidence, "lowConfidence"),
        });
        var isMapped = Of<Step>("map") is { Failure: null } && slide.FailedStep is null or "map";
        return slide with
        {
            Seconds = seconds,
            MadeBy = made,
            HasThumbnail = !outdated && File.Exists(Path.Combine(folder, "thumbnail.jpg")),
            HasMap = !outdated && isMapped && File.Exists(Path.Combine(folder, "map.png")),
        };
    }

    static SlideResult Guarded(string step, SlideResult slide, Func<SlideResult> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error)
        {
            return slide with { FailedStep = step, Failure = $"{step}.json is damaged: {error.Message}; delete it and run again" };
        }
    }

    SlideClasses Classes(ClassSummary[] all)
    {
        if (!all.Select(one => one.Class).SequenceEqual(_before.Classes, ReferenceEqualityComparer.Instance))
            _before = new([.. all.Select(one => one.Class)]);
        return new(_before, all);
    }

    ClassSummary Class(ClassCount one)
    {
        var name = one.Name ?? throw new InvalidDataException("a class has no name");
        if (!_classes.TryGetValue(name, out var known))
            _classes[name] = known = new(name, one.Title ?? name, one.Color ?? "");
        double Number(double? share, string what) => Share(share, $"{what} of {name}") ?? double.NaN;
        return new(known, (int)(Least(one.Count, $"count of {name}") ?? 0),
            new(Number(one.Share, "share"), Number(one.Low, "low"), Number(one.High, "high")), Number(one.MeanProbability, "meanProbability"));
    }

    string? Once(string? text) => text is null ? null : _texts.TryGetValue(text, out var known) ? known : _texts[text] = text;

    static double? Share(double? value, string what) => value is null or >= 0 and <= 1.0001 ? value : throw Outside(value, what, "0 to 1");

    static double? Least(double? value, string what) => value is null or >= 0 ? value : throw Outside(value, what, "0 or more");

    static InvalidDataException Outside(double? value, string what, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{what} is {value}, expected {expected}"));

    static StainColor? Stains(float[][]? two) => two switch
    {
        null => null,
        [[var a, var b, var c], [var d, var e, var f]] => new(new Vector3(a, b, c), new(d, e, f)),
        _ => throw new InvalidDataException("stains are expected as two lists of three numbers"),
    };
}
