namespace Patchwise;

/// <summary>Width and height in pixels.</summary>
public readonly record struct PixelSize(int Width, int Height)
{
    /// <summary>Number of pixels.</summary>
    public long Area => (long)Width * Height;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width} x {Height}");
}

/// <summary>A half-open box of pixels: (X0, Y0) is its first pixel, (X1, Y1) lies one past its last. The owner says in which frame.</summary>
public readonly record struct Box(int X0, int Y0, int X1, int Y1)
{
    public int Width => X1 - X0;
    public int Height => Y1 - Y0;
    public PixelSize Size => new(Width, Height);
    public bool IsEmpty => X1 <= X0 || Y1 <= Y0;

    /// <summary>The longer of width and height.</summary>
    public int Side => Math.Max(Width, Height);

    public static Box Of(PixelSize size) => new(0, 0, size.Width, size.Height);

    public bool Contains(Box other) => other.X0 >= X0 && other.Y0 >= Y0 && other.X1 <= X1 && other.Y1 <= Y1;

    public Box Intersect(Box other) =>
        new(Math.Max(X0, other.X0), Math.Max(Y0, other.Y0), Math.Min(X1, other.X1), Math.Min(Y1, other.Y1));

    public Box Shift(int dx, int dy) => new(X0 + dx, Y0 + dy, X1 + dx, Y1 + dy);

    /// <summary>This box grown by <paramref name="margin"/> px on all four sides.</summary>
    public Box Grow(int margin) => new(X0 - margin, Y0 - margin, X1 + margin, Y1 + margin);

    /// <summary>The square of <paramref name="side"/> px with this box in its middle.</summary>
    internal Box Around(int side) => new((X0 + X1 - side) >> 1, (Y0 + Y1 - side) >> 1, ((X0 + X1 - side) >> 1) + side, ((Y0 + Y1 - side) >> 1) + side);

    /// <summary>The square of <paramref name="side"/> px around a point, counted from the corner of the first pixel, to whole px.</summary>
    internal static Box Around(double x, double y, int side) =>
        Of(new(side, side)).Shift((int)Math.Floor(x - side / 2.0), (int)Math.Floor(y - side / 2.0));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({X0}, {Y0})-({X1}, {Y1})");
}
