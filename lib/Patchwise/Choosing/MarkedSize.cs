namespace Patchwise;

/// <summary>
/// A patch size and its color: yellow, green, orange and red as in the original script, in shades that people with any color vision tell apart; then others.
/// </summary>
public sealed record MarkedSize(int Size, string Color)
{
    static readonly string[] Colors = ["#e6c72e", "#66ccb3", "#e6712e", "#b2004a", "#0000ff", "#4c1f00", "#9382d9", "#330080"];

    /// <summary>The area of the circle that touches the sides of the patch.</summary>
    public double Circle => Math.PI * Size * Size / 4;

    internal static MarkedSize[] Of(IReadOnlyList<int> sizes) =>
        [.. sizes.Distinct().OrderDescending().Select((size, i) => new MarkedSize(size, Colors[i % Colors.Length]))];
}
