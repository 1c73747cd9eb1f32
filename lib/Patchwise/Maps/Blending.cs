namespace Patchwise;

/// <summary>Colors laid over an image.</summary>
static class Blending
{
    /// <summary>
    /// A copy of an RGB image with a color over each pixel that the map gives a number: number n takes color n, null leaves the pixel, as does a number beyond
    /// the colors.
    /// </summary>
    internal static Raster Lay(Raster image, Raster map, string?[] colors, double alpha)
    {
        // For each color, channel and value of the image what becomes of it.
        var mixed = Array.ConvertAll(colors, color => color is null ? null : Mix(Convert.FromHexString(color.AsSpan(1)), alpha));
        var result = new Raster(image.Width, image.Height, 3, clear: false) { Mpp = image.Mpp };
        Parallel.For(0, image.Height, y =>
        {
            ReadOnlySpan<byte> from = image.Samples8.Slice(y * image.Stride, image.Stride);
            var to = result.Samples8.Slice(y * image.Stride, image.Stride);
            from.CopyTo(to);
            var numbers8 = map.Bits == 8 ? map.Samples8.Slice(y * map.Width, map.Width) : default;
            var numbers16 = map.Bits == 16 ? map.Samples16.Slice(y * map.Width, map.Width) : default;
            for (var x = 0; x < image.Width; x++)
            {
                var number = map.Bits == 8 ? numbers8[x] : numbers16[x];
                if (number >= mixed.Length || mixed[number] is not { } table)
                    continue;
                for (var c = 0; c < 3; c++)
                    to[3 * x + c] = table[256 * c + from[3 * x + c]];
            }
        });
        return result;
    }

    /// <summary>An RGB image without its colors.</summary>
    internal static Raster Grey(Raster image)
    {
        var result = new Raster(image.Width, image.Height, 3, clear: false) { Mpp = image.Mpp };
        ReadOnlySpan<byte> from = image.Samples8;
        for (var i = 0; i < from.Length; i += 3)
            result.Samples8.Slice(i, 3).Fill((byte)((from[i] * 299 + from[i + 1] * 587 + from[i + 2] * 114 + 500) / 1000));
        return result;
    }

    static byte[] Mix(byte[] color, double alpha)
    {
        var table = new byte[3 * 256];
        for (var i = 0; i < table.Length; i++)
            table[i] = (byte)Math.Clamp(Math.Round(color[i / 256] * alpha + i % 256 * (1 - alpha)), 0, 255);
        return table;
    }
}
