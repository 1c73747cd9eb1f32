namespace Patchwise;

/// <summary>
/// What to predict of a slide or tile, and what becomes of the predictions:
/// <code>
///   predictor.Predict(slide, new PredictOptions { At = Resolution.Mpp(0.5), Stride = 112 })
/// </code>
/// </summary>
public sealed record PredictOptions
{
    /// <summary>The resolution of the patches; null: that of the model's card for a slide, full size for a tile.</summary>
    public Resolution? At { get; init; }

    /// <summary>Side of the patches in px at the resolution; null: as the card says.</summary>
    public int? Patch { get; init; }

    /// <summary>Px from one patch to the next; null: as the card says, or <see cref="Patch"/> where that is given.</summary>
    public int? Stride { get; init; }

    /// <summary>Null: <see cref="MaskChoice.Automatic"/> for a slide, <see cref="MaskChoice.None"/> for a tile.</summary>
    public MaskChoice? Mask { get; init; }

    /// <summary>How pixels are scaled.</summary>
    public ReadRule Rule { get; init; }

    /// <summary>Of patches that are named one by one the class that each is known to be, by its number; null where it is not known.</summary>
    public IReadOnlyList<int?>? Labels { get; init; }

    /// <summary>Of all classes; else of the most probable one only.</summary>
    public bool KeepProbabilities { get; init; } = true;

    /// <summary>
    /// A SQLite file (.sqlite) that takes the predictions batch by batch: up to the end under the name with ".partial" behind it, which holds what is
    /// predicted so far whatever happens. Null: none.
    /// </summary>
    public string? SaveTo { get; init; }

    /// <summary>Go on where an earlier call that had the same <see cref="SaveTo"/> ended. The result is the same as without an interruption.</summary>
    public bool Resume { get; init; }

    /// <summary>Told some times a second, on the caller's thread.</summary>
    public Action<PredictionProgress>? Progress { get; init; }

    /// <exception cref="BadInputException">A choice is made that does not apply to <paramref name="patches"/>, so that it would be passed over.</exception>
    internal PredictOptions Checked(string patches, bool grid = false, bool labels = false)
    {
        if (!grid && (At is not null || Patch is not null || Stride is not null || Mask is not null))
            throw new BadInputException(
                $"{patches}: a resolution, patch, stride or mask is for tiles and slides whose grid is still to be made; leave them out");
        if (!labels && Labels is not null)
            throw new BadInputException($"{patches}: labels are for patches that are named one by one; leave them out, or give the files");
        return this;
    }
}
