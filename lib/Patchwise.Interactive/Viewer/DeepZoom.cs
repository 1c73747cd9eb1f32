using System.Numerics;

namespace Patchwise;

/// <summary>
/// The pyramid of tiles that a page asks for: level <see cref="Last"/> is the slide's level 0, each before it half as large, rounded up.
/// Tiles lie side by side, and those of the last column and row are as small as what is left.
/// </summary>
/// <param name="Tile">Sides of a tile, px.</param>
readonly record struct DeepZoom(PixelSize Slide, int Tile = DeepZoom.Usual)
{
    internal const int Usual = 256;

    internal int Last => Slide.Width > 1 || Slide.Height > 1 ? BitOperations.Log2((uint)Math.Max(Slide.Width, Slide.Height) - 1) + 1 : 0;

    /// <summary>The level that is one tile; where the slide's shorter side would vanish in it, the first in which it does not.</summary>
    internal int First => Math.Max(Math.Min(BitOperations.Log2((uint)Tile), Last), Last - BitOperations.Log2((uint)Math.Min(Slide.Width, Slide.Height)));

    /// <summary>How often level 0 is halved.</summary>
    internal int Halvings(int level) => Last - level;

    internal Resolution At(int level) => Resolution.Baseline(Math.ScaleB(1, -Halvings(level)));

    internal PixelSize Size(int level) => new(Halved(Slide.Width, Halvings(level)), Halved(Slide.Height, Halvings(level)));

    static int Halved(int length, int times) => (int)((length + (1L << times) - 1) >> times);

    /// <summary>In px of the level; null where there is no such tile.</summary>
    internal Box? TileAt(int level, int x, int y)
    {
        if (level < First || level > Last || x > int.MaxValue / Tile - 1 || y > int.MaxValue / Tile - 1)
            return null;
        var box = Box.Of(new(Tile, Tile)).Shift(x * Tile, y * Tile).Intersect(Box.Of(Size(level)));
        return box.IsEmpty ? null : box;
    }
}
