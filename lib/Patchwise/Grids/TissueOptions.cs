namespace Patchwise;

/// <summary>How tissue is told from the rest.</summary>
public enum TissueRule
{
    /// <summary>
    /// Otsu on the darkest channel, and however pale what is more saturated than the glass; pen of green and blue ink, specks and small holes are left out. On
    /// a dark slide (fluorescence) the bright part is tissue. Black and white that were never scanned have no say. A slide without contrast has none.
    /// </summary>
    Clean,

    /// <summary>As TIAToolbox does: grey below Otsu's threshold over all pixels, black and pen included.</summary>
    Otsu,
}

/// <summary>How tissue is looked for; all but the first two apply to <see cref="TissueRule.Clean"/> only.</summary>
public sealed record TissueOptions
{
    /// <summary>
    /// Of the thumbnail that is looked at; null: 8 microns per pixel, or 1.25 power under <see cref="TissueRule.Otsu"/>; where the slide states neither, at
    /// most 1024 px.
    /// </summary>
    public Resolution? At { get; init; }

    public TissueRule Rule { get; init; }

    /// <summary>
    /// Specks of tissue of less than the area of a disc this wide are left out, in microns; without microns per pixel 8 a pixel are assumed. 0: none are.
    /// </summary>
    public double Speck { get; init; } = 100;

    /// <summary>Likewise holes are filled.</summary>
    public double Hole { get; init; } = 100;

    /// <summary>
    /// A pixel that is at least so much more saturated than the glass is tissue, also where it is lighter than Otsu's threshold: a pale section beside a dark
    /// one. Highest less lowest channel, of 255; CLAM's sthresh is 8, too. Lower finds paler tissue and more dirt; 255 leaves it to Otsu alone.
    /// </summary>
    public double Saturation { get; init; } = 8;
}
