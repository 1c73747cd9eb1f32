namespace Patchwise;

/// <summary>A slide or an image as the viewer shows it. The viewer does not close it.</summary>
/// <param name="Slide">Open as long as it is looked at.</param>
public sealed record ViewedSlide(Slide Slide)
{
    /// <summary>Tables that are of this slide; one of several sources shows those rows that are.</summary>
    public IReadOnlyList<PredictionTable> Predictions { get; init; } = [];

    /// <summary>Outlines on it; null: there are none.</summary>
    public AnnotationSet? Annotations { get; init; }

    /// <summary>The rows of a table that are of this slide; null where none is.</summary>
    internal static PredictionTable? RowsOf(PredictionTable table, Slide slide)
    {
        // A slide may have been moved since, or opened by another path: its size and the name of its file tell.
        var own = table.Sources.Index().Where(one => one.Item.Frame?.Level0 == slide.Size
            && (table.Sources.Count == 1 || Path.GetFileName(one.Item.Name) == Path.GetFileName(slide.Path))
            && one.Item.Version?.IsNot(slide.Path, isSlide: !slide.IsPlainImage) != true)
            // Several of one name may be copies: its own path goes before.
            .OrderBy(one => one.Item.Version?.Path == Path.GetFullPath(slide.Path) ? 0 : 1).Select(one => one.Index).ToArray();
        return own is not [var source, ..] ? null : table.Sources.Count == 1 ? table : table.OfSource(source);
    }
}
