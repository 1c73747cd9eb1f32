using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>Puts decoded rows of samples where they belong in the raster.</summary>
/// <param name="longest">Pixels of the longest row.</param>
sealed class TiffRows(LibTiff.Document document, TiffLayout layout, int longest)
{
    readonly byte[] _colors = layout.IsPalette ? Colors(LibTiff.Palette(document, layout.Bits)) : [];
    readonly byte[] _indices = layout.IsPalette ? new byte[longest] : [];
    readonly int _samples = layout.Planes ? 1 : layout.Samples;

    /// <summary>Entries of 16 bits, of which some writers fill only the lower 8.</summary>
    static byte[] Colors(ushort[] entries)
    {
        var shift = entries.Max() > byte.MaxValue ? 8 : 0;
        return [.. entries.Select(entry => (byte)(entry >> shift))];
    }

    /// <summary>A row of samples of one plane, from pixel x0 of row y of the raster.</summary>
    internal void Place(ReadOnlySpan<byte> row, int plane, Raster raster, int x0, int y, int count)
    {
        var to = raster.Data.Slice(y * raster.Stride + x0 * raster.Channels * (raster.Bits / 8), count * raster.Channels * (raster.Bits / 8));
        if (layout.IsPalette)
            PlaceColors(row, to, count, raster.Channels);
        else if (layout.Bits < 8)
            PlaceSmall(row, to, count);
        else if (layout.Bits == 8)
            PlaceSamples(row, to, plane, count);
        else
            PlaceSamples(MemoryMarshal.Cast<byte, ushort>(row), MemoryMarshal.Cast<byte, ushort>(to), plane, count);
    }

    void PlaceSamples<T>(ReadOnlySpan<T> from, Span<T> to, int plane, int count)
    {
        if (_samples == layout.Sources.Length && !layout.Planes)
        {
            from[..(count * _samples)].CopyTo(to);
            return;
        }
        for (var c = 0; c < layout.Sources.Length; c++)
            if (!layout.Planes || layout.Sources[c] == plane)
                for (int i = 0, source = layout.Planes ? 0 : layout.Sources[c], target = c; i < count; i++, source += _samples, target += layout.Sources.Length)
                    to[target] = from[source];
    }

    void PlaceSmall(ReadOnlySpan<byte> row, Span<byte> to, int count)
    {
        PackedSamples.Unpack(row, layout.Bits, to[..count]);
        var scale = (byte)(byte.MaxValue / ((1 << layout.Bits) - 1));
        foreach (ref var sample in to[..count])
            sample *= scale;
    }

    void PlaceColors(ReadOnlySpan<byte> row, Span<byte> to, int count, int channels)
    {
        var indices = _indices.AsSpan(0, count);
        PackedSamples.Unpack(row, layout.Bits, indices);
        if (channels == 1)
        {
            indices.CopyTo(to);
            return;
        }
        var entries = _colors.Length / 3;
        for (var x = 0; x < count; x++)
            for (var c = 0; c < 3; c++)
                to[3 * x + c] = _colors[c * entries + indices[x]];
    }
}
