using System.Buffers.Binary;

namespace Patchwise;

/// <summary>Transparent pictures of numbers, for tiles that a page lays over those of a slide.</summary>
static class OverlayTile
{
    /// <summary>Px of a line around what is of one number; the outermost is dark, so that it is seen on any ground.</summary>
    internal const int Line = 3;

    /// <summary>The number of the dark edge of lines.</summary>
    internal const int Edge = int.MaxValue;

    const uint Dark = 0x202020FF;

    /// <summary>Number n in color n - 1, opaque; 0 shows what is below.</summary>
    internal static byte[] Png(PixelSize size, ReadOnlySpan<int> numbers, ReadOnlySpan<uint> colors)
    {
        var pixels = new byte[4 * size.Area];
        for (var i = 0; i < numbers.Length; i++)
            if (numbers[i] > 0)
                BinaryPrimitives.WriteUInt32BigEndian(pixels.AsSpan(4 * i), numbers[i] == Edge ? Dark : colors[numbers[i] - 1]);
        return Raster.FromSamples(size.Width, size.Height, 4, pixels).ToPng();
    }

    /// <summary>0xRRGGBBAA of #rrggbb.</summary>
    internal static uint Color(string color, byte alpha = 255) =>
        (uint)(Convert.ToInt32(Palette.Checked(color)![1..], 16) << 8 | alpha);

    /// <summary>The lines inside of what is of one number, each with its edge.</summary>
    /// <param name="wide">The numbers with a margin of <see cref="Line"/> px on all sides, so that lines go on over the edges of tiles.</param>
    /// <param name="filled">What is inside of the edges stays.</param>
    internal static int[] Outlined(PixelSize size, ReadOnlySpan<int> wide, bool filled = false)
    {
        var (lines, stride) = (new int[size.Area], size.Width + 2 * Line);
        for (var y = 0; y < size.Height; y++)
            for (var x = 0; x < size.Width; x++)
            {
                var (at, own) = ((y + Line) * stride + x + Line, wide[(y + Line) * stride + x + Line]);
                if (own == 0)
                    continue;
                var far = Line + 1;
                for (var d = Line; d > 0; d--)
                    if (wide[at - d] != own || wide[at + d] != own || wide[at - d * stride] != own || wide[at + d * stride] != own)
                        far = d;
                lines[y * size.Width + x] = far == 1 ? Edge : far <= Line || filled ? own : 0;
            }
        return lines;
    }
}
