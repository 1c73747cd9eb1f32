namespace Patchwise;

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
