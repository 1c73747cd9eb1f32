namespace Patchwise;

/// <summary>The file formats that can be read; the bytes of a file decide, not its name.</summary>
public enum ImageFormat { Png, Jpeg, Tiff, Bmp, WebP, Jpeg2000 }

/// <summary>What is wanted of a file.</summary>
/// <param name="Page">Of a TIFF of several, from 0.</param>
/// <param name="Channel">One of the channels, from 0; null: all.</param>
/// <param name="Stored">The numbers as they are stored, of any width and sign, not their colors: for labels.</param>
readonly record struct Reading(long MaxPixels, int? Page = null, int? Channel = null, bool Stored = false);

/// <summary>
/// What an image file says about itself: size, channels and bits are those of the raster that <see cref="Raster.Load(string, long, int?, int?)"/> gives
/// (a palette counts as RGB, an orientation is applied), resolution is as the file's own tags state it.
/// </summary>
/// <param name="Size">Width and height in pixels.</param>
/// <param name="Channels">1 (grey), 3 (RGB) or 4 (RGBA).</param>
/// <param name="Bits">Bits a sample, 8 or 16.</param>
/// <param name="Mpp">Microns per pixel; null where the file states none between 0.01 and 20, see <see cref="PixelSpacing"/>.</param>
/// <param name="Magnification">Power of the objective, which only the TIFF files of some scanners state (Aperio's AppMag).</param>
public sealed record ImageInfo(PixelSize Size, int Channels, int Bits, ImageFormat Format, Mpp? Mpp = null, Magnification? Magnification = null)
{
    /// <summary>Pages to choose from: more than 1 in a TIFF that holds several images of this size or larger, such as the channels of fluorescence.</summary>
    public int Pages { get; init; } = 1;

    /// <summary>What is odd about how the file states its resolution; null: nothing.</summary>
    internal string? Odd { get; init; }

    /// <summary>As the file states it, by which the image is turned when it is read: 1 where it stays as it is stored.</summary>
    internal int Orientation { get; private init; } = 1;

    /// <summary>The same image after an EXIF orientation is applied: 5 to 8 lie on their side.</summary>
    internal ImageInfo Turned(int orientation) => orientation < 5 ? this with { Orientation = orientation } : this with
    {
        Orientation = orientation,
        Size = new(Size.Height, Size.Width),
        Mpp = Mpp is { } mpp ? new Mpp(mpp.Y, mpp.X) : null,
    };

    /// <summary>Refuses an image of too many pixels; called before any memory is taken for them.</summary>
    internal void CheckPixels(string name, long maxPixels)
    {
        if (Size.Area > maxPixels)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{name}: {Size} px are {Size.Area:N0} pixels, above the limit of {maxPixels:N0}: "
                + $"if you trust the file, raise it (maxPixels: {Size.Area}, on the command line --max-pixels), or use a smaller version"));
    }
}
