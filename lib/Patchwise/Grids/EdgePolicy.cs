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
