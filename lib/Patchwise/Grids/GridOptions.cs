namespace Patchwise;

/// <summary>How patches are laid out over a slide, and which of them stay.</summary>
public sealed record GridOptions
{
    /// <summary>Px from one patch to the next, at the resolution; null: as the size, so that they tile the slide.</summary>
    public int? Stride { get; init; }

    /// <summary>Only patches with tissue stay; null: all.</summary>
    public TissueMask? Mask { get; init; }

    /// <summary>The least share of a patch, of its part on the slide, that is tissue; 0: any.</summary>
    public double MinTissue { get; init; }

    public EdgePolicy Edge { get; init; }

    public GridRule Rule { get; init; }

    /// <summary>Grids of more patches, before the mask, are refused: of each a prediction takes about 60 bytes.</summary>
    public int MaxPatches { get; init; } = 100_000_000;
}
