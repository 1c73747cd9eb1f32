namespace Patchwise;

/// <summary>Where outlines count their pixels from. The two differ where only a part of the glass was scanned (<see cref="Slide.Bounds"/>).</summary>
public enum OutlineFrame
{
    /// <summary>The corner of the scanned part, as QuPath counts.</summary>
    ScannedPart,

    /// <summary>The corner of level 0, as OpenSlide counts, and with it ImageScope, ASAP and most libraries.</summary>
    Level0,
}
