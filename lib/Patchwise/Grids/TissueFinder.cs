namespace Patchwise;

/// <summary>Finds tissue on a thumbnail (8-bit RGB); masks are one channel, 255 and 0.</summary>
sealed class TissueFinder(CancellationToken cancel)
{
    /// <summary>Scanners write black or white, nearly pure, where they did not look.</summary>
    const int Black = 16, White = 254;

    /// <summary>What is darker is no stained tissue: a frame, where it reaches the edge of the slide, or the ground of fluorescence.</summary>
    const int Dark = 64;

    /// <summary>Glass of a slide on which nothing else is seen is lighter than this.</summary>
    const int Glass = 176;

    /// <summary>Classes nearer than this are noise of the glass.</summary>
    const double LeastContrast = 12;

    /// <summary>Difference of channels that no glass has, and the share of what is not dark that has it on a stained slide.</summary>
    const int Color = 24;

    const double LeastColored = 0.02;

    /// <summary>
    /// Even is where five pixels each way differ by less, once noise is taken away; and what is lighter than stain is glass if this share of it is even. Of the
    /// embedded patches side by side, without glass, it is 0.01 (muscle) to 0.14 (fat), beside a strip of glass of a tenth 0.45, of the embedded slide 0.8.
    /// </summary>
    const int Even = 8;

    const double LeastGlass = 0.25;

    /// <summary>Likewise the share of one value and its neighbours: of the same patches 0.17 to 0.44, beside the strip 0.56, of the slide 0.92.</summary>
    const double LeastAlike = 0.5;

    /// <summary>A frame takes at least this share of a slide.</summary>
    const double LeastFrame = 0.01;

    internal Raster Otsu(Raster thumbnail)
    {
        var grey = thumbnail.Luminance();
        var threshold = Patchwise.Otsu.Of(Histogram(grey))?.Threshold ?? 0;
        return Where(grey, value => value < threshold);
    }

    /// <param name="saturation">See <see cref="TissueOptions.Saturation"/>.</param>
    /// <param name="glows">On a dark ground, as in fluorescence: what is bright is tissue then.</param>
    internal Raster Clean(Raster thumbnail, double saturation, out bool glows)
    {
        var (lights, stains) = Extremes(thumbnail);
        Span<byte> light = lights.Samples8, stain = stains.Samples8;
        glows = IsFluorescence(light, stain);
        if (glows)
        {
            var white = AtEdge(Where(stains, value => value >= White)).Samples8;
            for (var i = 0; i < light.Length; i++)
                light[i] &= (byte)~white[i];
            var counts = Histogram(lights);
            counts[0] -= white.Count((byte)255);
            return Contrast(counts) is { } lit ? Where(lights, value => value > lit) : new(lights.Width, lights.Height, 1);
        }

        // 255 stands for what is no tissue whatever the threshold, and is not counted.
        ReadOnlySpan<byte> never = Frame(lights).Samples8, pen = Each(thumbnail, Pen).Samples8;
        for (var i = 0; i < stain.Length; i++)
            if ((never[i] | pen[i]) != 0 || stain[i] >= White)
                stain[i] = 255;
        var dark = Darkest(stains);

        // What is neither dark nor to be left out is glass and pale tissue; the most frequent value of each channel is the glass's.
        var rest = new Raster(lights.Width, lights.Height, 1);
        for (var i = 0; i < stain.Length; i++)
            rest.Samples8[i] = stain[i] < 255 && stain[i] > dark ? (byte)255 : (byte)0;
        int Usual(Raster values) => Histogram(values, rest).Index().MaxBy(one => one.Item).Index;
        Raster[] channels = [.. Enumerable.Range(0, 3).Select(channel => Ranked(thumbnail.Channel(channel), Middle))];
        var (red, green, blue) = (Usual(channels[0]), Usual(channels[1]), Usual(channels[2]));
        for (var i = 0; i < stain.Length; i++)
            rest.Samples8[i] &= Pale(red - channels[0].Samples8[i], green - channels[1].Samples8[i], blue - channels[2].Samples8[i]);
        // The blur around a dark section is no pale tissue, nor what else is narrow.
        var pale = Ranked(Ranked(rest, Lowest), Highest).Samples8;
        for (var i = 0; i < stain.Length; i++)
            stain[i] = stain[i] < 255 && (stain[i] <= dark || pale[i] >= saturation) ? (byte)255 : (byte)0;
        return stains;
    }

    /// <summary>
    /// The level up to which what is not 255 is stained; -1 where nothing is. Otsu's threshold parts any image, also one that shows no glass: then what is
    /// above is pale tissue, of another value at every pixel, where glass is even. So it is cut again, until what is left is glass or nothing.
    /// </summary>
    int Darkest(Raster stains)
    {
        var histogram = Histogram(stains);
        histogram[255] = 0;
        if (Contrast(histogram) is not { } dark)
            return -1;
        long[]? even = null;
        while (!IsGlass())
        {
            histogram.AsSpan(0, dark + 1).Clear();
            if (Contrast(histogram) is not { } lighter)
                return 254;
            dark = lighter;
        }
        return dark;

        // Most glass has one value, also where it is seen in gaps only; other is even but for noise and dust, or as light falls off from its middle.
        bool IsGlass()
        {
            var (all, alike) = (Sum(histogram, dark + 1, 255), Enumerable.Range(dark + 1, 254 - dark).Max(from => Sum(histogram, from, from + Even + 1)));
            return alike >= LeastAlike * all || Sum(even ??= EvenOnes(stains), dark + 1, 255) >= LeastGlass * all;
        }

        static long Sum(long[] counts, int from, int to) => counts[from..Math.Min(to, 255)].Sum();
    }

    /// <summary>How many pixels of each value differ little from all around them, once noise is taken away.</summary>
    long[] EvenOnes(Raster values)
    {
        var (calm, counts) = (Ranked(values, Middle), new long[256]);
        ReadOnlySpan<byte> own = values.Samples8, lowest = Ranked(calm, Lowest).Samples8, highest = Ranked(calm, Highest).Samples8;
        for (var i = 0; i < own.Length; i++)
            counts[own[i]] += highest[i] - lowest[i] < Even ? 1 : 0;
        return counts;
    }

    /// <summary>Otsu's threshold; null where it parts what hardly differs.</summary>
    static int? Contrast(long[] histogram) => Patchwise.Otsu.Of(histogram) is { } found && found.MeanAbove - found.MeanBelow >= LeastContrast
        ? found.Threshold : null;

    /// <summary>Of light any channel counts, of stain the one that it darkens most.</summary>
    (Raster Lights, Raster Stains) Extremes(Raster thumbnail) => (Each(thumbnail, Most), Each(thumbnail, Least));

    /// <summary>Whether a slide glows on a dark ground instead of letting light through.</summary>
    internal bool IsFluorescence(Raster thumbnail) => Extremes(thumbnail) is var (lights, stains) && IsFluorescence(lights.Samples8, stains.Samples8);

    /// <summary>
    /// Whether most of what is not white is dark, and the rest is not what light leaves that went through a slide: color in which no channel is missing, or
    /// glass.
    /// </summary>
    static bool IsFluorescence(ReadOnlySpan<byte> light, ReadOnlySpan<byte> stain)
    {
        var (dark, rest, colored) = (0L, new long[256], 0L);
        for (var i = 0; i < light.Length; i++)
            if (light[i] < Dark)
                dark++;
            else if (stain[i] < White)
            {
                rest[stain[i]]++;
                colored += light[i] - stain[i] >= Color ? 1 : 0;
            }
        var all = rest.Sum();
        return dark > all && Median(rest) < (colored >= LeastColored * all ? Dark : Glass);
    }

    /// <summary>Of the values 0 to 255 by how often each occurs; 255 where none does.</summary>
    internal static int Median(long[] histogram)
    {
        var (all, above, median) = (histogram.Sum(), histogram[255], 255);
        while (median > 0 && 2 * above < all)
            above += histogram[--median];
        return median;
    }

    /// <summary>
    /// What was never scanned: black, and a dark part at the slide's edge; with a pixel around, in which a smaller image mixes the two.
    /// </summary>
    Raster Frame(Raster lights)
    {
        var (width, height) = (lights.Width, lights.Height);
        var grown = new Raster(width, height, 1);
        ReadOnlySpan<byte> light = lights.Samples8, dark = AtEdge(Where(lights.Crop(lights.Bounds), value => value < Dark)).Samples8;
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                if (light[y * width + x] <= Black || dark[y * width + x] != 0)
                    for (var row = Math.Max(0, y - 1); row <= Math.Min(height - 1, y + 1); row++)
                        grown.Samples8[(row * width + Math.Max(0, x - 1))..(row * width + Math.Min(width, x + 2))].Fill(255);
        return grown;
    }

    Raster AtEdge(Raster mask)
    {
        var result = new Raster(mask.Width, mask.Height, 1);
        Set(result, mask, 255, found => found.Pixels >= LeastFrame * mask.Size.Area
            && (found.Box.X0 == 0 || found.Box.Y0 == 0 || found.Box.X1 == mask.Width || found.Box.Y1 == mask.Height));
        return result;
    }

    const int Lowest = 0, Middle = 2, Highest = 4;

    /// <summary>
    /// One of five pixels of the row in the order of their values, then of five such of the column. The middle one takes noise away and leaves edges, the
    /// lowest and then the highest take away what is narrower.
    /// </summary>
    Raster Ranked(Raster raster, int rank) => Ranked(Ranked(raster, rank, down: false), rank, down: true);

    Raster Ranked(Raster from, int rank, bool down)
    {
        var (width, height) = (from.Width, from.Height);
        var result = new Raster(width, height, 1, clear: false);
        Parallel.For(0, height, new ParallelOptions { CancellationToken = cancel }, y =>
        {
            Span<byte> five = stackalloc byte[5], source = from.Samples8, row = result.Samples8.Slice(y * width, width);
            for (var x = 0; x < width; x++)
            {
                for (var i = 0; i < 5; i++)
                    five[i] = source[down ? Math.Clamp(y + i - 2, 0, height - 1) * width + x : y * width + Math.Clamp(x + i - 2, 0, width - 1)];
                five.Sort();
                row[x] = five[rank];
            }
        });
        return result;
    }

    static byte Most(byte r, byte g, byte b) => Math.Max(r, Math.Max(g, b));

    static byte Least(byte r, byte g, byte b) => Math.Min(r, Math.Min(g, b));

    /// <summary>
    /// How much more one channel is darkened than another, against the glass. Blue and green ink darken red far more than green; hematoxylin alone, as behind
    /// brown stain of antibodies, by a quarter at most.
    /// </summary>
    static byte Pale(int red, int green, int blue) => 4 * red > 5 * green + 24 ? (byte)0
        : (byte)Math.Min(255, Math.Max(red, Math.Max(green, blue)) - Math.Min(red, Math.Min(green, blue)));

    /// <summary>
    /// Ink of green and blue pens: no stain of tissue has more green than red by so much. Red and black ink look like blood and pigment, and stay.
    /// </summary>
    static byte Pen(byte r, byte g, byte b) => g - r >= 30 && Math.Max(g, b) - r >= 50 ? (byte)255 : (byte)0;

    /// <summary>255 where <see cref="Pen"/> is.</summary>
    internal Raster Ink(Raster thumbnail) => Each(thumbnail, Pen);

    Raster Each(Raster colors, Func<byte, byte, byte, byte> of)
    {
        var result = new Raster(colors.Width, colors.Height, 1, clear: false) { Mpp = colors.Mpp };
        for (var y = 0; y < colors.Height; y++)
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> from = colors.Samples8.Slice(y * colors.Stride, colors.Stride);
            foreach (ref var value in result.Samples8.Slice(y * colors.Width, colors.Width))
            {
                value = of(from[0], from[1], from[2]);
                from = from[3..];
            }
        }
        return result;
    }

    /// <param name="among">Where this is 0, pixels do not count; null: all do.</param>
    static long[] Histogram(Raster grey, Raster? among = null)
    {
        var counts = new long[256];
        ReadOnlySpan<byte> values = grey.Samples8, counted = among is null ? [] : among.Samples8;
        for (var i = 0; i < values.Length; i++)
            if (among is null || counted[i] != 0)
                counts[values[i]]++;
        return counts;
    }

    static Raster Where(Raster grey, Func<byte, bool> keep)
    {
        var table = Enumerable.Range(0, 256).Select(value => keep((byte)value) ? (byte)255 : (byte)0).ToArray();
        foreach (ref var value in grey.Samples8)
            value = table[value];
        return grey;
    }

    internal void DropSpecks(Raster mask, double least) => Set(mask, mask, 0, found => found.Pixels < least);

    /// <summary>Fills enclosed background of fewer pixels than <paramref name="least"/>; background at the edge is not enclosed.</summary>
    internal void FillHoles(Raster mask, double least)
    {
        var background = new Raster(mask.Width, mask.Height, 1, clear: false);
        for (var i = 0; i < mask.Samples8.Length; i++)
            background.Samples8[i] = (byte)~mask.Samples8[i];
        Set(mask, background, 255, found => found.Pixels < least && found.Box is { X0: > 0, Y0: > 0 } box && box.X1 < mask.Width && box.Y1 < mask.Height);
    }

    void Set(Raster mask, Raster objects, byte value, Func<RegionBasics, bool> which)
    {
        var found = new Labelling(objects, cancel: cancel);
        for (var i = 0; i < found.Count; i++)
            if (which(RegionBasics.Of(found[i])))
                foreach (var run in found[i])
                    mask.Samples8.Slice(run.Y * mask.Width + run.X0, run.Length).Fill(value);
    }
}
