namespace Patchwise;

/// <summary>How the boxes of patches come to lie on a map of another resolution: by the ratio of both sizes, each edge rounded up.</summary>
public enum MapRule
{
    /// <summary>x by the ratio of the widths, y by that of the heights.</summary>
    Plain,

    /// <summary>
    /// As TIAToolbox 1.4 to 1.6: x by the ratio of the heights, y by that of the widths. Where rounding makes the two unequal, patches far to the right shift
    /// (by 22 px on a slide of 100,000 x 2,007 px at 1/16). For comparing numbers with it.
    /// </summary>
    Toolbox14,
}

/// <summary>How predictions become a map.</summary>
public sealed record MapOptions
{
    /// <summary>Of the map; null: the resolution that was predicted at.</summary>
    public Resolution? At { get; init; }

    public MapRule Rule { get; init; }

    /// <summary>Larger maps are refused.</summary>
    public long MaxPixels { get; init; } = Raster.DefaultPixelLimit;

    /// <summary>To be asked before what is to be mapped is predicted.</summary>
    /// <param name="name">Of the tile or slide, for the message.</param>
    /// <param name="frame">It at the map's resolution.</param>
    /// <exception cref="BadInputException">The map would have more pixels than the limit.</exception>
    public void Check(string name, SlideFrame frame)
    {
        if (frame.Size.Area > MaxPixels)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"a map of {name} at {frame.Resolution} has {frame.Size} px, {frame.Size.Area:N0} in all, above the limit of {MaxPixels:N0}: "
                + $"ask for a coarser resolution (at: Resolution.Mpp(4), on the command line --map 4) or raise the limit (maxPixels: {frame.Size.Area})"));
    }
}
