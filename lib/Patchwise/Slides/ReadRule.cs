namespace Patchwise;

/// <summary>How pixels of a level become pixels of the asked size.</summary>
public enum ReadRule
{
    /// <summary>The area that a new pixel covers when shrinking, cubic when enlarging.</summary>
    Plain,

    /// <summary>
    /// As TIAToolbox feeds OpenSlide's patches to its networks: cubic without smoothing when shrinking, area when enlarging.
    /// For comparing numbers with it.
    /// </summary>
    Toolbox,
}
