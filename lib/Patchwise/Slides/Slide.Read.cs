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

public sealed partial class Slide
{
    /// <summary>Pixels of a level that are held at once: a larger box is read strip by strip.</summary>
    internal const int StripPixels = 1 << 22;

    /// <summary>
    /// The pixels of a box, 8-bit RGB of the box's size; what lies outside the slide, even all of it, and what was not scanned is white.
    /// Memory is bounded by the result and a strip of the level.
    /// </summary>
    /// <param name="box">In px at the resolution: (0, 0) is the slide's corner, <c>At(resolution).Size</c> its size.</param>
    /// <param name="at">The resolution; finer than the slide's own enlarges.</param>
    /// <param name="maxPixels">Larger boxes are refused.</param>
    /// <exception cref="BadInputException">
    /// An empty box, one too large or too far out, a resolution that the slide cannot be read at, a damaged file.
    /// </exception>
    public Raster Read(Box box, Resolution at, ReadRule rule = ReadRule.Plain, long maxPixels = Raster.DefaultPixelLimit) => Read(box, At(at), rule, maxPixels);

    /// <param name="alone">On this thread only: for many that read at the same time.</param>
    internal Raster Read(Box box, SlideFrame frame, ReadRule rule = ReadRule.Plain, long maxPixels = Raster.DefaultPixelLimit, bool alone = false)
    {
        if (box.IsEmpty)
            throw new BadInputException($"box {box} of {Path}: expected one of at least 1 px each way");
        if ((long)box.X1 - box.X0 > int.MaxValue || (long)box.Y1 - box.Y0 > int.MaxValue)
            throw new BadInputException($"box {box} of {Path}: expected sides of at most {int.MaxValue} px");
        CheckPixels(box.Size, maxPixels);
        var level0 = frame.ToLevel0(box);
        return Read(frame, level0.X0, level0.Y0, frame.ToLevel(level0), box.Size, rule, alone);
    }

    /// <summary>
    /// The size of the tiles of level 0 where the file stores them as JPEG, which <see cref="ReadJpeg"/> gives without a second loss; null elsewhere.
    /// </summary>
    public PixelSize? JpegTile
    {
        get
        {
            RefuseClosed();
            return _source.JpegTile;
        }
    }

    /// <summary>
    /// A tile of level 0 as the file stores it, made a JPEG file of its own, for who only shows it. It decodes to what <see cref="Read(Box, Resolution,
    /// ReadRule, long)"/> gives. Null where the box, in px of level 0, is not all of one tile of <see cref="JpegTile"/>, or that tile is missing or damaged.
    /// </summary>
    public byte[]? ReadJpeg(Box box)
    {
        RefuseClosed();
        return box.IsEmpty || box.X0 < 0 || box.Y0 < 0 ? null : _source.ReadJpeg(box);
    }

    /// <summary>The whole slide at a resolution, read in strips, so that memory stays bounded by the result.</summary>
    /// <param name="at">Null: what makes the longer side at most 1024 px.</param>
    /// <param name="maxPixels">Larger results are refused.</param>
    /// <exception cref="BadInputException">As for <see cref="Read(Box, Resolution, ReadRule, long)"/>.</exception>
    public Raster Thumbnail(Resolution? at = null, long maxPixels = Raster.DefaultPixelLimit) =>
        Whole(at, maxPixels, CancellationToken.None);

    internal Raster Whole(Resolution? at, long maxPixels, CancellationToken cancel)
    {
        var frame = ThumbnailFrame(at, maxPixels);
        return Read(frame, 0, 0, Box.Of(Levels[frame.Level].Size), frame.Size, ReadRule.Plain, cancel: cancel);
    }

    /// <summary>
    /// As <see cref="Thumbnail"/>, into a file. A PNG is written as its rows come: memory is bounded whatever its size. It appears whole or not at all.
    /// </summary>
    /// <param name="path">Ends in .png, .jpg or .jpeg.</param>
    public void SaveThumbnail(string path, Resolution? at = null, long maxPixels = Raster.DefaultPixelLimit)
    {
        if (!Raster.IsPngName(path))
        {
            Thumbnail(at, maxPixels).Save(path);
            return;
        }
        RefuseClosed();
        var frame = ThumbnailFrame(at, maxPixels);
        WholeFile.Write(path, stream =>
        {
            using var png = new PngWriter(stream, frame.Size, channels: 3, bits: 8, frame.Mpp);
            ReadStrips(frame, 0, 0, Box.Of(Levels[frame.Level].Size), frame.Size, ReadRule.Plain, part => png.Write(part.Data));
            png.End();
        });
    }

    SlideFrame ThumbnailFrame(Resolution? at, long maxPixels)
    {
        var frame = At(at ?? Resolution.Baseline(Math.Min(1, 1024.0 / Math.Max(Size.Width, Size.Height))));
        CheckPixels(frame.Size, maxPixels);
        return frame;
    }

    void CheckPixels(PixelSize size, long maxPixels)
    {
        if (size.Area > maxPixels)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{Path}: {size} px are {size.Area:N0} pixels, above the limit of {maxPixels:N0}: "
                + $"ask for a coarser resolution or a smaller box, or raise the limit (maxPixels: {size.Area}, on the command line --max-pixels)"));
    }

    /// <param name="x">Corner in px of level 0; <paramref name="level"/> is the box in px of the frame's level.</param>
    Raster Read(SlideFrame frame, long x, long y, Box level, PixelSize size, ReadRule rule, bool alone = false, CancellationToken cancel = default)
    {
        RefuseClosed();
        Raster result;
        if (level.Size.Area > StripPixels)
        {
            result = new Raster(size.Width, size.Height, 3, clear: false);
            var at = 0;
            ReadStrips(frame, x, y, level, size, rule, part =>
            {
                cancel.ThrowIfCancellationRequested();
                part.Data.CopyTo(result.Data[at..]);
                at += part.Data.Length;
            });
        }
        else
        {
            var pixels = Strip(frame, x, y, level, 0, level.Height);
            result = (level.Size == size ? pixels : pixels.Resize(size, MethodOf(level.Size, size, rule), alone)).OnWhite();
            if (level.Size != size)
                pixels.Dispose();
        }
        result.Mpp = frame.Mpp;
        return result;
    }

    static ResizeMethod MethodOf(PixelSize level, PixelSize size, ReadRule rule)
    {
        var shrinks = level.Width > size.Width || level.Height > size.Height;
        return shrinks == (rule == ReadRule.Plain) ? ResizeMethod.Area : ResizeMethod.Cubic;
    }

    /// <summary>
    /// As <see cref="Read(SlideFrame, long, long, Box, PixelSize, ReadRule, bool, CancellationToken)"/>, in rasters of the result's width from top to bottom.
    /// </summary>
    void ReadStrips(SlideFrame frame, long x, long y, Box level, PixelSize size, ReadRule rule, Action<Raster> result)
    {
        Raster? last = null;
        Resampling.InStrips(level.Size, size, MethodOf(level.Size, size, rule), StripPixels, (y0, y1) =>
        {
            last?.Dispose();
            return last = Strip(frame, x, y, level, y0, y1).OnWhite();
        }, result);
    }

    /// <summary>Rows y0 up to y1 of a box of a level, RGB or RGBA, white outside the level.</summary>
    Raster Strip(SlideFrame frame, long x, long y, Box level, int y0, int y1)
    {
        var strip = new Box(level.X0, level.Y0 + y0, level.X1, level.Y0 + y1);
        var inside = strip.Intersect(Box.Of(Levels[frame.Level].Size));
        if (inside.IsEmpty)
        {
            var white = new Raster(strip.Width, strip.Height, 3, clear: false);
            white.Data.Fill(255);
            return white;
        }
        var pixels = _source.Read(frame.Level, x, y + (long)Math.Round(y0 * frame.Downsample), strip);
        return inside == strip ? pixels : pixels.Crop(inside.Shift(-strip.X0, -strip.Y0)).Crop(strip.Shift(-inside.X0, -inside.Y0), fill: 255);
    }
}
