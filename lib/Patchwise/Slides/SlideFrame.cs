namespace Patchwise;

/// <summary>
/// A slide at a resolution: how large it is, which level it is read from and by which scale.
/// <code>
///   box at the resolution  --Up, rounded up-->  box in px of level 0  --/ downsample, rounded-->  box in px of the level  --resize-->  pixels
/// </code>
/// </summary>
public sealed record SlideFrame
{
    internal SlideShape Slide { get; }

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
        (Slide, Resolution, Downsample) = (slide, resolution, levels[Level].Downsample);
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
    public Mpp? Mpp => Slide.Mpp is { } mpp ? new Mpp(mpp.X * UpX, mpp.Y * UpY) : null;

    /// <summary>The slide's size at level 0.</summary>
    public PixelSize Level0 => Slide.Levels[0].Size;

    /// <summary>The level that pixels are read from: the last that has not to be enlarged, else 0.</summary>
    public int Level { get; }

    /// <summary>Px at the resolution per px of the level; above 1 the pixels are enlarged and hold no more detail than the slide.</summary>
    public double ScaleX { get; }

    public double ScaleY { get; }

    internal double Downsample { get; }

    internal double UpX { get; }

    internal double UpY { get; }

    /// <summary>The same slide at another resolution.</summary>
    /// <exception cref="BadInputException">As for <see cref="Slide.At"/>.</exception>
    public SlideFrame At(Resolution resolution) => Slide.At(resolution);

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

/// <summary>What resolutions of a slide are reckoned from; it outlives the open slide.</summary>
/// <param name="Bounds">The scanned part in px of level 0; null: all of it.</param>
sealed record SlideShape(string Path, IReadOnlyList<SlideLevel> Levels, Mpp? Mpp, Magnification? Magnification, Box? Bounds = null)
{
    /// <summary>Where outlines count from, in px of level 0.</summary>
    internal (int X, int Y) CornerOf(OutlineFrame frame) => frame == OutlineFrame.ScannedPart && Bounds is { } part ? (part.X0, part.Y0) : (0, 0);

    /// <summary>Refuses a mask that cannot be of all of the slide, since no share of the slide's sides rounds to both of its sides.</summary>
    internal void CheckCovers(PixelSize mask)
    {
        var slide = Levels[0].Size;
        double least = Math.Max((mask.Width - 1.0) / slide.Width, (mask.Height - 1.0) / slide.Height),
            most = Math.Min((mask.Width + 1.0) / slide.Width, (mask.Height + 1.0) / slide.Height);
        if (least >= most && Levels.All(level => level.Size != mask))
            throw new BadInputException($"a mask of {mask} px over {Path} of {slide} px: expected the same aspect, since a mask covers the whole slide; "
                + "is it of another slide, of a part, or saved with rows and columns mixed up?");
    }

    internal SlideFrame At(Resolution resolution)
    {
        var value = resolution.Value;
        return resolution.Unit switch
        {
            ResolutionUnit.Mpp => Frame(Mpp is { } mpp ? (mpp.X, mpp.Y) : throw Unknown(resolution, "microns per pixel are", "mpp: 0.25", "--mpp 0.25"),
                (value, value)),
            ResolutionUnit.Power => Frame(Of(1 / (Magnification ?? throw Unknown(resolution, "objective power is", "magnification: 40", "--power 40")).Power),
                Of(1 / value)),
            ResolutionUnit.Level => Frame(Of(1), Of(DownsampleAt(value))),
            _ => Frame(Of(1),
                value > 0 ? Of(1 / value) : throw new BadInputException("a resolution without a value: expected one such as Resolution.Mpp(0.5)")),
        };

        static (double, double) Of(double both) => (both, both);
        SlideFrame Frame((double, double) from, (double, double) to) => new(this, resolution, from, to);
    }

    /// <summary>By what counts for resolutions: a slide that is opened again is the same.</summary>
    public bool Equals(SlideShape? other) => other is not null && Mpp == other.Mpp && Magnification == other.Magnification
        && Bounds == other.Bounds && Levels.SequenceEqual(other.Levels);

    public override int GetHashCode() => HashCode.Combine(Levels.Count, Levels[0], Mpp, Magnification);

    BadInputException Unknown(Resolution resolution, string what, string call, string option) =>
        new($"{Path} cannot be read at {resolution}, because its {what} not known: give them when opening it (Slide.Open(path, {call}), on the command line "
        + $"{option}), " +
            "guess from the other where that is known (guess: true, --guess), or ask for a resolution as baseline or level");

    double DownsampleAt(double level)
    {
        if (level > Levels.Count - 1)
            throw new BadInputException(FormattableString.Invariant($"level {level} of {Path}: expected 0 to {Levels.Count - 1}"));
        var below = (int)level;
        var from = Levels[below].Downsample;
        return level == below ? from : from + (Levels[below + 1].Downsample - from) * (level - below);
    }
}
