namespace Patchwise;

/// <summary>Which part of a slide is predicted: found on the slide, given, or all of it. A <see cref="TissueMask"/> converts to one.</summary>
public sealed class MaskChoice
{
    readonly Func<Slide, CancellationToken, TissueMask?> _of;

    /// <summary>What is odd about a mask that was given.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    MaskChoice(Func<Slide, CancellationToken, TissueMask?> of) => _of = of;

    /// <summary>The tissue that <see cref="TissueMask.Of(Slide, TissueOptions, CancellationToken)"/> finds.</summary>
    public static MaskChoice Automatic { get; } = new((slide, cancel) => TissueMask.Of(slide, new(), cancel));

    /// <summary>All patches, also those without tissue.</summary>
    public static MaskChoice None { get; } = new((_, _) => null);

    /// <summary>
    /// A mask image of the whole slide, at any size, that is not 0 where there is tissue; or outlines of it, as <see cref="AnnotationSet.Load"/> reads them: of
    /// all classes, less those that end in a star, as QuPath's Ignore* does.
    /// </summary>
    /// <param name="frame">Where outlines count from; null: as in the program that they are from.</param>
    public static MaskChoice File(string path, OutlineFrame? frame = null)
    {
        if (!Outlines.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            return TissueMask.Load(path);
        var outlines = AnnotationSet.Load(path, frame);
        return new((slide, cancel) => TissueMask.Of(outlines, slide, null, cancel)) { Notes = TissueMask.NotesOf(outlines) };
    }

    static readonly string[] Outlines = [".geojson", ".json", ".xml", ".annotations"];

    public static implicit operator MaskChoice(TissueMask mask) => new((_, _) => mask) { Notes = mask.Notes };

    /// <summary>The mask for a slide; null: all of it.</summary>
    public TissueMask? Of(Slide slide, CancellationToken cancel) => _of(slide, cancel);
}
