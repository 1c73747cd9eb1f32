namespace Patchwise;

/// <summary>One level of a slide: an image of all of it.</summary>
/// <param name="Size">In px of this level.</param>
/// <param name="Downsample">Px of level 0 per px of this level; 1 for level 0.</param>
public readonly record struct SlideLevel(PixelSize Size, double Downsample);

/// <summary>Where a slide's pixels and words come from. Safe to use from many threads at once, but for closing.</summary>
abstract class SlideSource : IDisposable
{
    internal abstract IReadOnlyList<SlideLevel> Levels { get; }
    internal abstract string Vendor { get; }
    internal virtual IReadOnlyDictionary<string, string> Properties => new Dictionary<string, string>();
    internal virtual IReadOnlyList<string> AssociatedNames => [];

    /// <summary>What the file states of its resolution, and where; what it does not state is null.</summary>
    internal abstract (Mpp? Mpp, string MppFrom, Magnification? Magnification, string MagnificationFrom) ReadResolution();

    /// <summary>What is odd about how the file states its resolution; null: nothing.</summary>
    internal virtual string? Odd => null;

    /// <summary>What the file calls a level and is none; null: nothing.</summary>
    internal virtual string? LeftOut => null;

    /// <summary>What was done of the orientation that the file states; null: it states none.</summary>
    internal virtual string? Turned => null;

    internal virtual Raster ReadAssociated(string name) => throw new NotSupportedException(name);

    /// <summary>
    /// Pixels of a level, 8-bit RGB or RGBA; those outside the level may have any value. <paramref name="x"/> and <paramref name="y"/> are the corner in px of
    /// level 0, <paramref name="box"/> is the same in px of the level, rounded. The raster belongs to the caller.
    /// </summary>
    internal abstract Raster Read(int level, long x, long y, Box box);

    /// <summary>The size of the tiles of level 0, where they are stored as JPEG that gives the very pixels that are read; null elsewhere.</summary>
    internal virtual PixelSize? JpegTile => null;

    /// <summary>See <see cref="Slide.ReadJpeg"/>.</summary>
    internal virtual byte[]? ReadJpeg(Box box) => null;

    public virtual void Dispose() { }
}
