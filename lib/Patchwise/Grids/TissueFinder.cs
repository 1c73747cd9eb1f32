namespace Patchwise;

/// <summary>Finds tissue on a thumbnail (8-bit RGB); masks are one channel, 255 and 0.</summary>
static class TissueFinder
{
    /// <summary>Scanners write black or white, nearly pure, where they did not look.</summary>
    const int Black = 16, White = 254;

    /// <summary>A slide of which more than half is darker than this shows light, not stain.</summary>
    const int Dark = 64;

    /// <summary>Classes nearer than this are noise of the glass.</summary>
    const double LeastContrast = 12;

    /// <summary>Grey strictly below Otsu's threshold over all pixels.</summary>
    internal static Raster Otsu(Raster thumbnail)
    {
        var grey = Each(thumbnail, Grey);
        var threshold = Patchwise.Otsu.Of(Histogram(grey))?.Threshold ?? 0;
        return Where(grey, value => value < threshold);
    }

    internal static Raster Clean(Raster thumbnail)
    {
        // Of light any channel counts, of stain the one that it darkens most.
        var light = Each(thumbnail, (r, g, b) => Math.Max(r, Math.Max(g, b)));
        var histogram = Histogram(light);
        var dark = 0L;
        for (var v = 0; v < Dark; v++)
            dark += histogram[v];
        if (2 * dark > light.Size.Area)
            return Patchwise.Otsu.Of(histogram) is { } lit && lit.MeanAbove - lit.MeanBelow >= LeastContrast ? Where(light, value => value > lit.Threshold)
                : new(light.Width, light.Height, 1);

        // 255 stands for what is no tissue whatever the threshold, and is not counted.
        var stain = Each(thumbnail, (r, g, b) => Math.Max(r, Math.Max(g, b)) <= Black || IsPen(r, g, b) ? (byte)255 : Math.Min(r, Math.Min(g, b)));
        histogram = Histogram(stain);
        histogram.AsSpan(White).Clear();
        return Patchwise.Otsu.Of(histogram) is { } found && found.MeanAbove - found.MeanBelow >= LeastContrast ? Where(stain, value => value <= found.Threshold)
            : new(stain.Width, stain.Height, 1);
    }

    /// <summary>
    /// Ink of green and blue pens: no stain of tissue has more green than red by so much. Red and black ink look like blood and pigment, and stay.
    /// </summary>
    static bool IsPen(byte r, byte g, byte b) => g - r >= 30 && Math.Max(g, b) - r >= 50;

    /// <summary>As OpenCV makes grey of RGB.</summary>
    static byte Grey(byte r, byte g, byte b) => (byte)((r * 9798 + g * 19235 + b * 3735 + (1 << 14)) >> 15);

    static Raster Each(Raster colors, Func<byte, byte, byte, byte> of)
    {
        var result = new Raster(colors.Width, colors.Height, 1, clear: false) { Mpp = colors.Mpp };
        ReadOnlySpan<byte> from = colors.Samples8;
        foreach (ref var value in result.Samples8)
        {
            value = of(from[0], from[1], from[2]);
            from = from[3..];
        }
        return result;
    }

    static long[] Histogram(Raster grey)
    {
        var counts = new long[256];
        foreach (var value in grey.Samples8)
            counts[value]++;
        return counts;
    }

    static Raster Where(Raster grey, Func<byte, bool> keep)
    {
        var table = Enumerable.Range(0, 256).Select(value => keep((byte)value) ? (byte)255 : (byte)0).ToArray();
        foreach (ref var value in grey.Samples8)
            value = table[value];
        return grey;
    }

    /// <summary>Clears objects of fewer pixels than <paramref name="least"/>.</summary>
    internal static void DropSpecks(Raster mask, double least) => Set(mask, mask, 0, found => found.Pixels < least);

    /// <summary>Fills enclosed background of fewer pixels than <paramref name="least"/>; background at the edge is not enclosed.</summary>
    internal static void FillHoles(Raster mask, double least)
    {
        var background = new Raster(mask.Width, mask.Height, 1, clear: false);
        for (var i = 0; i < mask.Samples8.Length; i++)
            background.Samples8[i] = (byte)~mask.Samples8[i];
        Set(mask, background, 255, found => found.Pixels < least && found.Box is { X0: > 0, Y0: > 0 } box && box.X1 < mask.Width && box.Y1 < mask.Height);
    }

    static void Set(Raster mask, Raster objects, byte value, Func<RegionBasics, bool> which)
    {
        var labelling = new Labelling(objects);
        var basics = RegionBasics.Of(labelling);
        var spans = RegionBasics.SpansOf(labelling, out var ends);
        for (var i = 0; i < basics.Length; i++)
            if (which(basics[i]))
                foreach (var span in spans.AsSpan((i == 0 ? 0 : ends[i - 1])..ends[i]))
                    mask.Samples8.Slice(span.Y * mask.Width + span.X0, span.Length).Fill(value);
    }
}
