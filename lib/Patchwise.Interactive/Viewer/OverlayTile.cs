using System.Buffers.Binary;

namespace Patchwise;

/// <summary>Transparent pictures of numbers, for tiles that a page lays over those of a slide.</summary>
static class OverlayTile
{
    /// <summary>Px of a line around what is of one number.</summary>
    internal const int Line = 2;

    /// <summary>Number n in color n - 1, opaque; 0 shows what is below.</summary>
    internal static byte[] Png(PixelSize size, ReadOnlySpan<int> numbers, ReadOnlySpan<uint> colors)
    {
        var pixels = new byte[4 * size.Area];
        for (var i = 0; i < numbers.Length; i++)
            if (numbers[i] > 0)
                BinaryPrimitives.WriteUInt32BigEndian(pixels.AsSpan(4 * i), colors[numbers[i] - 1]);
        return Raster.FromSamples(size.Width, size.Height, 4, pixels).ToPng();
    }

    /// <summary>0xRRGGBBAA of #rrggbb.</summary>
    internal static uint Color(string color, byte alpha = 255) =>
        (uint)(Convert.ToInt32(Palette.Checked(color)![1..], 16) << 8 | alpha);

    /// <summary>The numbers within a margin of <see cref="Line"/> px, those that are not at a border of theirs set to 0.</summary>
    /// <param name="wide">With the margin on all sides, so that lines go on over the edges of tiles.</param>
    internal static int[] Outlined(PixelSize size, ReadOnlySpan<int> wide)
    {
        var (lines, stride) = (new int[size.Area], size.Width + 2 * Line);
        for (var y = 0; y < size.Height; y++)
            for (var x = 0; x < size.Width; x++)
            {
                var at = (y + Line) * stride + x + Line;
                for (var d = 1; d <= Line && wide[at] > 0; d++)
                    if (wide[at - d] != wide[at] || wide[at + d] != wide[at] || wide[at - d * stride] != wide[at] || wide[at + d * stride] != wide[at])
                        lines[y * size.Width + x] = wide[at];
            }
        return lines;
    }
}
