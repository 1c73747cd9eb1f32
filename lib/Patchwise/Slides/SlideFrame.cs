using System.Globalization;

namespace Patchwise;

/// <summary>
/// A slide at a resolution: how large it is, which level it is read from and by which scale.
/// <code>
///   box at the resolution  --Up, rounded up-->  box in px of level 0  --/ downsample, rounded-->  box in px of the level  --resize-->  pixels
/// </code>
/// </summary>
public sealed record SlideFrame
{
    readonly SlideShape _slide;

    internal SlideShape Slide => _slide;

    internal SlideFrame(SlideShape slide, Resolution resolution, (double X, double Y) from, (double X, double Y) to)
    {
        var levels = slide.Levels;
        // The last level that does not have to be enlarged, where a hair's breadth does not count.
        (double X, double Y) Scale(SlideLevel level) => (from.X * level.Downsample / to.X, from.Y * level.Downsample / to.Y);
        for (var i = levels.Count - 1; i > 0 && Level == 0; i--)
            if (Scale(levels[i]) is var fits && Math.Round(fits.X, 3) <= 1 && Math.Round(fits.Y, 3) <= 1)
                Level = i;
        (ScaleX, ScaleY) = Scale(levels[Level]);
        (UpX, UpY) = (to.X / from.X, to.Y / from.Y);
        (_slide, Resolution, Downsample) = (slide, resolution, levels[Level].Downsample);
        double width = Math.Round(Math.Round(Level0.Width / Downsample) * ScaleX), height = Math.Round(Math.Round(Level0.Height / Downsample) * ScaleY);
        if (!(width >= 1 && height >= 1 && width <= int.MaxValue && height <= int.MaxValue))
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{slide.Path} ({Level0} px) at {resolution} would have {width} x {height} px: expected 1 to {int.MaxValue} each way; "
                + $"ask for a resolution nearer the slide's own"));
        Size = new((int)width, (int)height);
    }

    public Resolution Resolution { get; }

    /// <summary>The size of the whole slide at this resolution.</summary>
    public PixelSize Size { get; }

    /// <summary>Microns per pixel at this resolution; null where the slide does not state its own.</summary>
    public Mpp? Mpp => _slide.Mpp is { } mpp ? new Mpp(mpp.X * UpX, mpp.Y * UpY) : null;

    /// <summary>The slide's size at level 0.</summary>
    public PixelSize Level0 => _slide.Levels[0].Size;

    /// <summary>The level that pixels are read from: the last that has not to be enlarged, else 0.</summary>
    public int Level { get; }

    /// <summary>Px at the resolution per px of the level; above 1 the pixels are enlarged and hold no more detail than the slide.</summary>
    public double ScaleX { get; }

    public double ScaleY { get; }

    internal double Downsample { get; }

    /// <summary>Px of level 0 per px at the resolution.</summary>
    internal double UpX { get; }

    internal double UpY { get; }

    /// <summary>The same slide at another resolution.</summary>
    /// <exception cref="BadInputException">As for <see cref="Slide.At"/>.</exception>
    public SlideFrame At(Resolution resolution) => _slide.At(resolution);

    /// <summary>The box in px of level 0: its corner and its size, both rounded up.</summary>
    /// <exception cref="BadInputException">It lies too far out to be numbered.</exception>
    public Box ToLevel0(Box box)
    {
        double x = Math.Ceiling(box.X0 * UpX), y = Math.Ceiling(box.Y0 * UpY), width = Math.Ceiling(box.Width * UpX), height = Math.Ceiling(box.Height * UpY);
        if (!(Math.Min(x, y) >= int.MinValue && Math.Max(x, y) <= int.MaxValue && Math.Max(width, height) <= int.MaxValue
            && Math.Max(x + width, y + height) <= int.MaxValue))
            throw new BadInputException(
                $"box {box} at {Resolution} is too far from or too large for the slide of {Level0} px at level 0: expected one near {Box.Of(Size)}");
        return new((int)x, (int)y, (int)(x + width), (int)(y + height));
    }

    /// <summary>A box in px of level 0, in px of the level that is read: corner and size each rounded to the nearest, at least one px.</summary>
    internal Box ToLevel(Box level0)
    {
        int x = (int)Math.Round(level0.X0 / Downsample), y = (int)Math.Round(level0.Y0 / Downsample);
        return new(x, y, x + Math.Max(1, (int)Math.Round(level0.Width / Downsample)), y + Math.Max(1, (int)Math.Round(level0.Height / Downsample)));
    }

    public override string ToString() => FormattableString.Invariant($"{Size} px at {Resolution}, from level {Level} by {ScaleX:0.####}");
}
