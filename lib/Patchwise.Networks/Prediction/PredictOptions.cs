namespace Patchwise;

/// <summary>What is predicted: it decides which options apply.</summary>
enum Subject { Patches, NamedPatches, Slide, Grid }

/// <summary>
/// What to predict of patches, a slide or tile, and what becomes of the predictions:
/// <code>
///   predictor.Predict(slide, new PredictOptions { At = Resolution.Mpp(0.5), Stride = 112 })
/// </code>
/// An option that does not apply to what is predicted is refused.
/// </summary>
public sealed record PredictOptions
{
    /// <summary>No network sees more at once, and a batch has some of them.</summary>
    const int MostPatch = 8192;

    /// <summary>
    /// The resolution of the patches of a slide or tile; null: that of the model's card. Of a tile its full size, where it is the card's to a tenth, or one of
    /// the two is not known.
    /// </summary>
    public Resolution? At { get; init; }

    /// <summary>Side of the patches in px, at the resolution; null: as the card says. Patches that are image files must have it.</summary>
    public int? Patch { get; init; }

    /// <summary>Px from one patch of a slide or tile to the next; null: as the card says, or <see cref="Patch"/> where that is another.</summary>
    public int? Stride { get; init; }

    /// <summary>Null: <see cref="MaskChoice.Automatic"/> for a slide, <see cref="MaskChoice.None"/> for a tile.</summary>
    public MaskChoice? Mask { get; init; }

    /// <summary>How pixels of a slide or tile are scaled.</summary>
    public ReadRule Rule { get; init; }

    /// <summary>
    /// Microns per pixel of patches that are image files, or of the slide at a path, where the files state none or a wrong one. Patches must show as much of
    /// the tissue as the card says.
    /// </summary>
    public Mpp? Mpp { get; init; }

    /// <summary>Scale square patches of another size to that of the card. Otherwise they are refused.</summary>
    public bool Resize { get; init; }

    /// <summary>Of patches that are named one by one the class that each is known to be, by its number; null where it is not known.</summary>
    public IReadOnlyList<int?>? Labels { get; init; }

    /// <summary>Of all classes; else of the most probable one only.</summary>
    public bool KeepProbabilities { get; init; } = true;

    /// <summary>
    /// A SQLite file (.sqlite) that takes the predictions batch by batch: up to the end under the name with ".partial" behind it, which holds what is
    /// predicted so far whatever happens. Null: none.
    /// </summary>
    public string? SaveTo { get; init; }

    /// <summary>
    /// Go on where an earlier call that had the same <see cref="SaveTo"/> ended. Of image files only those are predicted that are new, changed, or could not
    /// be read then.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>Replace what <see cref="SaveTo"/> holds, whatever it was predicted of. Otherwise only predictions of the same files are replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Told some times a second, on the caller's thread.</summary>
    public Action<PredictionProgress>? Progress { get; init; }

    /// <summary>Px from one patch to the next with a network of this card.</summary>
    public int StrideFor(ModelCard card) => Stride ?? (Patch is { } side && side != card.Patch ? side : card.Stride);

    internal PredictOptions Checked(string input, Subject subject)
    {
        var (isGridMade, isOfFiles) = (subject != Subject.Slide, subject is Subject.Patches or Subject.NamedPatches);
        string[] unused = [.. new (string Name, bool IsUnused)[] {
            ("At (--resolution)", At is not null && isGridMade), ("Stride (--stride)", Stride is not null && isGridMade),
            ("Mask (--mask)", Mask is not null && isGridMade), ("Rule (--read)", Rule != default && isOfFiles),
            ("Patch (--patch)", Patch is not null && subject == Subject.Grid), ("Mpp (--mpp)", Mpp is not null && !isOfFiles),
            ("Resize (--resize)", Resize && !isOfFiles), ("Labels", Labels is not null && subject != Subject.NamedPatches) }
            .Where(one => one.IsUnused).Select(one => one.Name)];
        if (unused.Length > 0)
            throw new BadInputException($"{input} is {subject switch
            {
                Subject.Slide => "a tile or slide",
                Subject.Grid => "read by a grid that is made already",
                Subject.Patches => "patches whose folders name their classes",
                _ => "patches",
            }}, to which {string.Join(", ", unused)} {(unused.Length == 1 ? "does" : "do")} not apply: leave {(unused.Length == 1 ? "it" : "them")} out");
        if (SaveTo is null && (Resume || Overwrite))
            throw new BadInputException("Resume or Overwrite without SaveTo: expected the file of the predictions");
        if (Patch is < 1 or > MostPatch)
            throw new BadInputException($"patches of {Patch} px: expected 1 to {MostPatch} px, the side of what the network sees at once (Patch, --patch)");
        return this;
    }
}
