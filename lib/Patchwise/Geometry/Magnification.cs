namespace Patchwise;

/// <summary>The power of the objective (40 for "40x"). A nominal figure: scanners of equal power differ in microns per pixel.</summary>
public readonly record struct Magnification
{
    public double Power { get; }

    /// <exception cref="BadInputException">The power is not a finite number above 0.</exception>
    public Magnification(double power)
    {
        if (!double.IsFinite(power) || power <= 0)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"magnification {power}: expected a number above 0, such as 40 for a 40x objective"));
        Power = power;
    }

    /// <summary>A power as someone states it.</summary>
    /// <exception cref="BadInputException">No objective has it: above 150 the eyepiece is counted in.</exception>
    public static implicit operator Magnification(double power) => power is > 200 and < double.PositiveInfinity
        ? throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
            $"magnification {power}: expected the power of the objective, at most 200, such as 40; without an eyepiece of 10, {power} is {power / 10}"))
        : new(power);

    /// <summary>Output pixels per input pixel when going from this magnification to another; below 1 shrinks.</summary>
    public double ScaleTo(Magnification other) => other.Power / Power;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Power:0.###}x");
}
