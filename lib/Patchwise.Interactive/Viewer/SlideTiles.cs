namespace Patchwise;

/// <summary>The tiles of one slide's own pixels.</summary>
sealed class SlideTiles
{
    /// <summary>Of what is looked at on a screen; stains keep their colors, and a tile takes 10 to 20 KB.</summary>
    const int Quality = 80;

    /// <summary>Sides of the picture that coarse tiles are made of where the slide has no level near them.</summary>
    const int OverviewSide = 2048;

    /// <summary>Below this a tile would be made of more than 25 times its pixels: levels of usual slides are 2 or 4 times apart.</summary>
    const double FarFromALevel = 0.2;

    /// <summary>Smaller ones would be too many requests, larger ones too much for one.</summary>
    const int LeastTile = 192, MostTile = 512;

    readonly Slide _slide;
    readonly int _overviewLevel;
    readonly Lazy<Raster?> _overview;

    internal DeepZoom Zoom { get; }

    internal SlideTiles(Slide slide)
    {
        // Where a tile of the page is one of the file, it needs neither be made nor lose twice.
        (_slide, Zoom) = (slide, new(slide.Size, slide.JpegTile is { Width: >= LeastTile and <= MostTile and var side, Height: var high } && side == high
            ? side : DeepZoom.Usual));
        _overviewLevel = Math.Clamp((int)Math.Log2(OverviewSide), Zoom.First, Zoom.Last);
        _overview = new(() =>
        {
            try
            {
                return slide.Read(Box.Of(Zoom.Size(_overviewLevel)), Zoom.At(_overviewLevel));
            }
            catch (BadInputException)
            {
                return null; // one damaged place of the slide: tiles elsewhere are read by themselves
            }
        });
    }

    /// <summary>The pixels of a tile, or of any box in px of its level: those of <see cref="Slide.Read(Box, Resolution, ReadRule, long)"/>.</summary>
    internal Raster Read(int level, Box box)
    {
        var at = Zoom.At(level);
        if (level >= _overviewLevel || _slide.At(at).ScaleX >= FarFromALevel || _overview.Value is not { } overview)
            return _slide.Read(box, at);
        var times = 1 << _overviewLevel - level;
        return overview.Crop(new(box.X0 * times, box.Y0 * times, box.X1 * times, box.Y1 * times), fill: 255).Resize(box.Size, ResizeMethod.Area);
    }

    internal byte[] Jpeg(int level, Box box, bool grey) => !grey && level == Zoom.Last && _slide.ReadJpeg(box) is { } stored ? stored
        : Read(level, box) is var pixels && grey ? Grey(pixels).ToJpeg(Quality) : pixels.ToJpeg(Quality);

    /// <summary>All of the slide in one tile, or as nearly as its shape allows.</summary>
    internal byte[] Thumbnail()
    {
        var level = new DeepZoom(_slide.Size).First;
        return Jpeg(level, Box.Of(Zoom.Size(level)), grey: false);
    }

    /// <summary>As the overlays of notebooks are without colors.</summary>
    static Raster Grey(Raster pixels)
    {
        var from = pixels.AsBytes();
        var grey = new byte[pixels.Size.Area];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = (byte)((from[3 * i] * 299 + from[3 * i + 1] * 587 + from[3 * i + 2] * 114 + 500) / 1000);
        return Raster.FromSamples(pixels.Width, pixels.Height, 1, grey);
    }
}
