namespace Patchwise;

/// <summary>What is known of one slide of a cohort; null where a step did not come so far.</summary>
public sealed record SlideResult
{
    /// <summary>The name of its folder in the results.</summary>
    public required string Id { get; init; }
    public required string Path { get; init; }

    /// <summary>What the list of slides says of it: for instance a diagnosis, and the patient.</summary>
    public string? Label { get; init; }
    public string? Group { get; init; }

    public long? Bytes { get; init; }

    /// <summary>Of the file's content.</summary>
    public string? Digest { get; init; }
    public int? Width { get; init; }
    public int? Height { get; init; }
    public int? Levels { get; init; }
    public double? MicronsPerPixel { get; init; }
    public double? Objective { get; init; }
    public string? Format { get; init; }
    public string? Scanner { get; init; }

    /// <summary>Square mm.</summary>
    public double? TissueArea { get; init; }
    public double? TissueShare { get; init; }

    /// <summary>See <see cref="SlideQuality"/>.</summary>
    public double? InFocus { get; init; }
    public double? Pen { get; init; }
    public double? Dark { get; init; }
    public double? Background { get; init; }
    public StainColor? Stain { get; init; }
    public double? StainDegrees { get; init; }

    /// <summary>What of the slide could not be measured, and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public string? Model { get; init; }
    public string? ModelDigest { get; init; }

    /// <summary>Of the prediction, as JSON.</summary>
    public string? Parameters { get; init; }
    public int? Patches { get; init; }
    public IReadOnlyList<ClassSummary> Classes { get; init; } = [];
    public double? MeanConfidence { get; init; }
    public double? LowConfidence { get; init; }

    /// <summary>Of all its steps.</summary>
    public double Seconds { get; init; }

    /// <summary>Whether thumbnail.jpg and map.png are there.</summary>
    public bool HasThumbnail { get; init; }
    public bool HasMap { get; init; }

    /// <summary>The step that failed or is missing, and why; null where all is done.</summary>
    public string? FailedStep { get; init; }
    public string? Failure { get; init; }

    /// <summary>What sets it apart from the others, the oddest first.</summary>
    public IReadOnlyList<CohortOutlier> Outliers { get; init; } = [];

    /// <summary>With what each of its steps was done.</summary>
    internal IReadOnlyList<MadeBy> MadeBy { get; init; } = [];

    /// <summary>Null where the slide has no such class.</summary>
    public ClassSummary? Of(string name) => Classes is SlideClasses known ? known.Named(name) : Classes.FirstOrDefault(one => one.Name == name);
}

/// <summary>With what a step of a slide was done.</summary>
/// <param name="Patchwise">Its version; null: of results from before versions were kept.</param>
/// <param name="Engine">That of a prediction, with its version.</param>
readonly record struct MadeBy(string Step, string? Patchwise, string? Engine);

/// <summary>A number of a slide that lies far from those of the others.</summary>
/// <param name="What">In words, such as "tissue" or "share of TUM".</param>
/// <param name="Unit">"mm²", "degrees" or none; "%" of what is a share, 0 to 1.</param>
/// <param name="Score">How many robust standard deviations from the median: (value - median) / (1.4826 MAD).</param>
public readonly record struct CohortOutlier(string What, string Unit, double Value, double Median, double Score)
{
    /// <summary>From this score on a slide is unlike the others (Iglewicz and Hoaglin 1993).</summary>
    public const double Limit = 3.5;

    string Said(double value) => Unit == "%" ? FormattableString.Invariant($"{100 * value:0.#}\u00a0%")
        : $"{value.ToString(value >= 100 ? "N0" : value >= 10 ? "0.#" : "0.##", CultureInfo.InvariantCulture)}\u00a0{Unit}".TrimEnd();

    /// <summary>In words: "tissue 0.3 mm², usually 55 mm²".</summary>
    public override string ToString() => $"{What} {Said(Value)}, usually {Said(Median)}";
}
