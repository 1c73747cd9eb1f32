namespace Patchwise;

/// <summary>Microns per pixel along x and y.</summary>
public readonly record struct Mpp
{
    public double X { get; }
    public double Y { get; }

    /// <exception cref="BadInputException">A value is not a finite number above 0.</exception>
    public Mpp(double x, double y)
    {
        if (!double.IsFinite(x) || !double.IsFinite(y) || x <= 0 || y <= 0)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{x} x {y} microns per pixel: expected numbers above 0, such as 0.25 for a slide scanned at 40x"));
        (X, Y) = (x, y);
    }

    public Mpp(double both) : this(both, both) { }

    public static implicit operator Mpp(double both) => new(both);

    /// <summary>
    /// The usual power at this pixel size, 10 / mpp. A guess: 20x slides between 0.23 and 0.55 microns per pixel exist,
    /// so nothing calls this unasked.
    /// </summary>
    public Magnification GuessMagnification() => new(20 / (X + Y));

    public override string ToString() => X == Y
        ? string.Create(CultureInfo.InvariantCulture, $"{X:0.####} microns per pixel")
        : string.Create(CultureInfo.InvariantCulture, $"{X:0.####} x {Y:0.####} microns per pixel");
}
