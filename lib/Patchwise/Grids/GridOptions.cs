namespace Patchwise;

/// <summary>What becomes of patches that reach over the right or bottom edge of a slide.</summary>
public enum EdgePolicy
{
    /// <summary>They stay; what lies outside is read as white.</summary>
    Pad,

    /// <summary>They are left out.</summary>
    Whole,
}

/// <summary>By which rules patches are laid out and tested against a mask.</summary>
public enum GridRule
{
    /// <summary>
    /// Every start lies inside the slide; a patch smaller than a mask pixel takes that pixel; it stays with at least the asked share of tissue.
    /// </summary>
    Inside,

    /// <summary>
    /// As TIAToolbox 1.4: starts up to the size rounded up to whole patches, so that with a stride other than the patch some lie outside; positions on the mask
    /// are cut to whole pixels in single precision, patches that vanish there are lost; the share of tissue must be above the asked one, or 1. For comparing
    /// numbers with it.
    /// </summary>
    Toolbox14,
}

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
