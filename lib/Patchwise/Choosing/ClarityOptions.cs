namespace Patchwise;

/// <summary>What a <see cref="ClarityTest"/> looks at, and what counts as clear.</summary>
public sealed record ClarityOptions
{
    /// <summary>
    /// Magnifications to look at. An object is looked at where its image's own is not lower; those above all images are left out with a note.
    /// </summary>
    public required IReadOnlyList<double> Trials { get; init; }

    /// <summary>Px of the original shown on each side of an object. It changes pictures only, see <see cref="ClarityTest"/>.</summary>
    public int Padding { get; init; } = 10;

    /// <summary>Blackens all but the object itself in the gallery, which else outlines it. It changes the pictures only.</summary>
    public bool Mask { get; init; }

    /// <summary>How crops are brought down: area is what a scanner at lower power sees; nearest is the original script's way, which aliases.</summary>
    public ResizeMethod Method { get; init; } = ResizeMethod.Area;

    /// <summary>Decides the random rows, the sample and its resamples.</summary>
    public int Seed { get; init; } = 7;

    /// <summary>Objects to measure, a third of them of each size; all are taken where there are fewer.</summary>
    public int Sample { get; init; } = 300;

    /// <summary>The least SSIM that counts as clear.</summary>
    public double Threshold { get; init; } = 0.90;

    /// <summary>Of the sample that must be clear at the suggested magnification.</summary>
    public double Share { get; init; } = 0.95;

    /// <exception cref="BadInputException">One of them is out of range.</exception>
    internal void Check()
    {
        if (Trials.Count == 0)
            throw new BadInputException("no trial magnifications: expected at least one, such as [30, 20, 10, 5]");
        foreach (var trial in Trials)
            _ = new Magnification(trial);
        if (Padding is < 0 or > 10_000)
            throw new BadInputException($"padding {Padding} px: expected 0 to 10000");
        Method.Check();
        if (Sample < 3)
            throw new BadInputException($"a sample of {Sample} objects: expected at least 3, one of each size");
        if (!(Threshold > 0 && Threshold <= 1))
            throw new BadInputException(FormattableString.Invariant($"SSIM threshold {Threshold}: expected above 0 and at most 1, such as 0.9"));
        if (!(Share > 0 && Share <= 1))
            throw new BadInputException(FormattableString.Invariant($"share of objects {Share}: expected above 0 and at most 1, such as 0.95"));
    }
}
