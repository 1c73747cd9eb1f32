namespace Patchwise;

public enum ResolutionUnit
{
    /// <summary>Share of level 0: 0.5 is half its width and height.</summary>
    Baseline,

    /// <summary>Microns per pixel.</summary>
    Mpp,

    /// <summary>Power of the objective.</summary>
    Power,

    /// <summary>A level of the slide; 1.5 has the mean downsample of levels 1 and 2.</summary>
    Level,
}

/// <summary>How finely a slide is looked at: a number with a unit. <see cref="Slide.At"/> turns it into sizes and scales.</summary>
public readonly record struct Resolution
{
    public double Value { get; }
    public ResolutionUnit Unit { get; }

    Resolution(double value, ResolutionUnit unit)
    {
        if (!double.IsFinite(value) || value < 0 || (value == 0 && unit != ResolutionUnit.Level))
            throw new BadInputException(unit == ResolutionUnit.Level
                ? FormattableString.Invariant($"level {value}: expected 0 (the largest) or more")
                : FormattableString.Invariant($"a resolution of {value} {Name(unit)}: expected a number above 0"));
        (Value, Unit) = (value, unit);
    }

    public static Resolution Mpp(double micronsPerPixel) => new(micronsPerPixel, ResolutionUnit.Mpp);
    public static Resolution Power(double power) => new(power, ResolutionUnit.Power);
    public static Resolution Baseline(double share) => new(share, ResolutionUnit.Baseline);
    public static Resolution Level(double level) => new(level, ResolutionUnit.Level);

    /// <param name="units">mpp, power, baseline or level.</param>
    /// <exception cref="BadInputException">Another unit, or a value that it cannot have.</exception>
    public static Resolution Of(double value, string units)
    {
        foreach (var unit in Enum.GetValues<ResolutionUnit>())
            if (Name(unit) == units)
                return new(value, unit);
        throw new BadInputException($"units '{units}': expected mpp (microns per pixel), power, baseline or level");
    }

    internal string Units => Name(Unit);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value} {Name(Unit)}");

    static string Name(ResolutionUnit unit) => unit.ToString().ToLowerInvariant();
}
