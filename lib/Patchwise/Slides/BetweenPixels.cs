using System.Numerics;
using System.Runtime.CompilerServices;

namespace Patchwise;

/// <summary>
/// A box of a level whose corner lies between pixels, mixed as OpenSlide has it mixed by pixman: each pixel of the four that it lies on, in single precision,
/// with what lies beyond the first pixel in steps of 1/65536. Each tile is painted by itself, the last first, on what is there (operator saturate): a pixel
/// that lies on two or four tiles is rounded as often.
/// </summary>
static class BetweenPixels
{
    /// <summary>OpenSlide paints larger boxes in parts of this side, each of which begins elsewhere between the pixels.</summary>
    internal const int Most = 4096;

    const float Unit = 1 / 255f;

    /// <summary>The pixel that a place of the level lies on, or behind, and what lies beyond it in 1/65536.</summary>
    internal static (int Pixel, int Beyond) Of(double place)
    {
        var whole = (long)Math.Round(place * 65536);
        return ((int)(whole >> 16), (int)(whole & 65535));
    }

    /// <param name="around">Three channels; a column and a row more than the result.</param>
    /// <param name="corner">Of it in the level.</param>
    /// <param name="beyond">In 1/65536 of a pixel.</param>
    /// <returns>Four channels where rounding leaves a pixel on four tiles that is not wholly opaque, as OpenSlide gives it.</returns>
    internal static Raster Mixed(Raster around, (int X, int Y) corner, (int X, int Y) beyond, PixelSize tile)
    {
        var mixed = new Raster(around.Width - 1, around.Height - 1, 3, clear: false);
        var (x, y) = (beyond.X / 65536f, beyond.Y / 65536f);
        ReadOnlySpan<float> weights = [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
        int[] seams = [.. Enumerable.Range(0, mixed.Width).Where(column => beyond.X > 0 && (corner.X + column + 1) % tile.Width == 0)];
        List<(int Place, byte Opacity)> clear = [];
        void Paint(ReadOnlySpan<float> upper, ReadOnlySpan<float> lower, int row, int i, ReadOnlySpan<float> weights, bool across, bool down)
        {
            var (value, opacity) = Painted(upper, lower, i, weights, across, down);
            Row(mixed, row)[i] = value;
            if (opacity < 255 && i % 3 == 0)
                clear.Add((row * mixed.Width + i / 3, opacity));
        }
        var (upper, lower) = (new float[3 * around.Width], new float[3 * around.Width]);
        Real(Row(around, 0), lower);
        for (var row = 0; row < mixed.Height; row++)
        {
            (upper, lower) = (lower, upper);
            Real(Row(around, row + 1), lower);
            if (beyond.Y > 0 && (corner.Y + row + 1) % tile.Height == 0)
                for (var i = 0; i < 3 * mixed.Width; i++)
                    Paint(upper, lower, row, i, weights, across: seams.AsSpan().BinarySearch(i / 3) >= 0, down: true);
            else
            {
                Mix(upper, lower, weights, Row(mixed, row));
                foreach (var column in seams)
                    for (var i = 3 * column; i < 3 * column + 3; i++)
                        Paint(upper, lower, row, i, weights, across: true, down: false);
            }
        }
        if (clear.Count == 0)
            return mixed;
        var argb = new uint[mixed.Size.Area];
        for (var i = 0; i < argb.Length; i++)
            argb[i] = 0xFF000000 | (uint)mixed.Samples8[3 * i] << 16 | (uint)mixed.Samples8[3 * i + 1] << 8 | mixed.Samples8[3 * i + 2];
        foreach (var (place, opacity) in clear)
            argb[place] = argb[place] & 0xFFFFFF | (uint)opacity << 24;
        return ArgbPixels.ToRaster(argb, mixed.Size);
    }

    static Span<byte> Row(Raster raster, int row) => raster.Data.Slice(row * raster.Stride, 3 * raster.Width);

    static void Real(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        for (var i = 0; i < bytes.Length; i++)
            values[i] = bytes[i] * Unit;
    }

    static void Mix(ReadOnlySpan<float> upper, ReadOnlySpan<float> lower, ReadOnlySpan<float> weights, Span<byte> to)
    {
        var (i, n) = (0, Vector<int>.Count);
        Vector<float> a = new(weights[0]), b = new(weights[1]), c = new(weights[2]), d = new(weights[3]);
        for (; i + 4 * n <= to.Length; i += 4 * n)
            Vector.AsVectorByte(Vector.Narrow(
                Vector.Narrow(Bytes(upper[i..], lower[i..], a, b, c, d), Bytes(upper[(i + n)..], lower[(i + n)..], a, b, c, d)),
                Vector.Narrow(Bytes(upper[(i + 2 * n)..], lower[(i + 2 * n)..], a, b, c, d), Bytes(upper[(i + 3 * n)..], lower[(i + 3 * n)..], a, b, c, d))))
                .CopyTo(to[i..]);
        for (; i < to.Length; i++)
            to[i] = Byte(upper[i] * weights[0] + upper[i + 3] * weights[1] + lower[i] * weights[2] + lower[i + 3] * weights[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector<int> Bytes(ReadOnlySpan<float> upper, ReadOnlySpan<float> lower, Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d)
    {
        var value = new Vector<float>(upper) * a + new Vector<float>(upper[3..]) * b + new Vector<float>(lower) * c + new Vector<float>(lower[3..]) * d;
        var whole = Vector.ConvertToInt32(value * 256f);
        return whole - (whole >> 8);
    }

    /// <summary>A value, times its opacity, of a pixel that lies on several tiles.</summary>
    static (byte Value, byte Opacity) Painted(ReadOnlySpan<float> upper, ReadOnlySpan<float> lower, int i, ReadOnlySpan<float> weights, bool across, bool down)
    {
        ReadOnlySpan<float> values = [upper[i], upper[i + 3], lower[i], lower[i + 3]];
        byte value = 0, opacity = 0;
        // The tile below on the right first: each has those of the four that lie on it.
        for (var tile = 3; tile >= 0; tile--)
        {
            if ((tile & 1) == 1 && !across || (tile & 2) == 2 && !down)
                continue;
            var (source, own) = (0f, 0f);
            for (var k = 0; k < 4; k++)
                if ((!across || (k & 1) == (tile & 1)) && (!down || (k & 2) == (tile & 2)))
                    (source, own) = (source + values[k] * weights[k], own + weights[k]);
            var (there, covered) = (value * Unit, opacity * Unit);
            var share = own == 0 ? 1 : Math.Clamp((1 - covered) / own, 0, 1);
            (value, opacity) = (Byte(Math.Min(1, source * share + there)), Byte(Math.Min(1, own * share + covered)));
        }
        return (value, opacity);
    }

    /// <summary>As pixman counts: in 256 steps, of which the last two are one.</summary>
    static byte Byte(float value) => (int)(value * 256) is var whole ? (byte)(whole - (whole >> 8)) : default;
}
