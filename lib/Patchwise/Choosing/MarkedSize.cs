namespace Patchwise;

/// <summary>
/// A patch size and its color: yellow, green, orange and red as in the original script, in shades that people with any color vision tell apart; then others.
/// </summary>
public sealed record MarkedSize(int Size, string Color)
{
    static readonly string[] Colors = ["#e0b400", "#009e73", "#e66f00", "#c2185b", "#0072b2", "#56b4e9", "#6f6f6f", "#7b4ab8"];

    /// <summary>The area of the circle that touches the sides of the patch.</summary>
    public double Circle => Math.PI * Size * Size / 4;

    internal static MarkedSize[] Of(IReadOnlyList<int> sizes) =>
        [.. sizes.Distinct().OrderDescending().Select((size, i) => new MarkedSize(size, Colors[i % Colors.Length]))];
}
