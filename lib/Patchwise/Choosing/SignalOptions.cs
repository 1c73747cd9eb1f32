namespace Patchwise;

/// <summary>What a <see cref="SignalTest"/> tries, and what counts as safe.</summary>
public sealed record SignalOptions
{
    /// <summary>Classes to tell apart, by name; null: all that objects have.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Magnifications to try, as factors of the images' own; 1 is always tried.</summary>
    public IReadOnlyList<double> Factors { get; init; } = [1, 1 / 2.0, 1 / 4.0, 1 / 8.0];

    /// <summary>
    /// Fields of view to try, px of the images. Null: 1, 1.5, 2 and 4 times <see cref="SignalObjects.Side"/>, those that most objects have room for.
    /// </summary>
    public IReadOnlyList<int>? Fields { get; init; }

    /// <summary>
    /// Sides of the network's input to try, px. Where a patch would be enlarged more than six times, or brought down to half or less, which shows nothing of
    /// its own, an input is left out.
    /// </summary>
    public IReadOnlyList<int> Inputs { get; init; } = [32, 64, 96, 112, 128];

    /// <summary>A costly setting to compare with: this input side at the full magnification, at the field that does best there.</summary>
    public int Reference { get; init; } = 224;

    /// <summary>Objects to take, as many of each class as there are, and at most 12 of a class from one image.</summary>
    public int Objects { get; init; } = 600;

    /// <summary>
    /// Points of balanced accuracy that may be lost, half a standard error counted in; by magnification half of it, since frozen features understate that loss.
    /// </summary>
    public double Tolerance { get; init; } = 1;

    /// <summary>Parts of the groups that are left out one after the other.</summary>
    public int Folds { get; init; } = 10;

    /// <summary>Ways of dividing the groups into parts.</summary>
    public int Repeats { get; init; } = 3;

    /// <summary>Decides the sample, the parts and the resamples.</summary>
    public int Seed { get; init; } = 7;

    /// <summary>0: as many as there are cores. It changes no result.</summary>
    public int Threads { get; init; }

    /// <summary>That more than 3,000 objects or 64 settings are meant, which take long.</summary>
    public bool Large { get; init; }

    /// <summary>
    /// Where what the settings gave is kept, a small file each, so that another tolerance or a setting more costs little. Null: nothing is kept.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Told how far the test is, a patch being an object at one setting; one call at a time.</summary>
    public Action<PredictionProgress>? Progress { get; init; }

    internal const int MostObjects = 3000, MostSettings = 64;

    /// <exception cref="BadInputException">One of them is out of range.</exception>
    internal void Check()
    {
        static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
        if (Factors.FirstOrDefault(factor => !(factor > 0 && factor <= 1), 1) is var factor && factor != 1)
            throw new BadInputException($"Factors: {Text(factor)} of the images' magnification: expected above 0 and at most 1, such as 0.5 (--factors)");
        if (Fields?.FirstOrDefault(field => field is < 4 or > 20_000, 4) is { } field && field is < 4 or > 20_000)
            throw new BadInputException($"Fields: {Text(field)} px: expected 4 to 20000 px of the images (--fields)");
        if (Fields is { Count: 0 } || Factors.Count == 0 || Inputs.Count == 0)
            throw new BadInputException("Fields, Factors and Inputs: expected at least one of each to try (--fields, --factors, --inputs)");
        if (Inputs.Append(Reference).FirstOrDefault(input => input is < 16 or > 2048, 16) is var input && input is < 16 or > 2048)
            throw new BadInputException($"Inputs and Reference: {Text(input)} px: expected 16 to 2048 (--inputs, --reference)");
        if (Objects < 30)
            throw new BadInputException($"Objects: {Text(Objects)}: expected 30 or more (Objects, --sample); 600 suffice for most questions");
        if (Objects > MostObjects && !Large)
            throw new BadInputException($"Objects: {Text(Objects)} take long: expected at most {Text(MostObjects)} (--sample), or Large = true (--large)");
        if (!(Tolerance > 0 && Tolerance <= 50))
            throw new BadInputException($"Tolerance: {Text(Tolerance)} points of accuracy: expected above 0 and at most 50, such as 1 (--tolerance)");
        if (Folds is < 2 or > 100)
            throw new BadInputException($"Folds: {Text(Folds)}: expected 2 to 100, such as 10");
        if (Repeats is < 1 or > 100)
            throw new BadInputException($"Repeats: {Text(Repeats)}: expected 1 to 100, such as 3");
        if (Threads < 0)
            throw new BadInputException($"Threads: {Text(Threads)}: expected 1 or more, or 0 for one a core (--threads)");
        _ = SplitMix64.Checked(Seed);
    }
}
