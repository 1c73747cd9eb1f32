using System.Buffers;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>
/// Separable resampling in single precision, output row by output row:
/// <code>
///   source rows --Sum--> one wide row --Spread--> one output row --Round--> target
/// </code>
/// Products are added in one fixed order and never fused, so that results are the same on every machine and for any number of cores.
/// </summary>
static class Resampling
{
    /// <summary>Floats behind a row that kernels may read or overwrite with anything.</summary>
    internal const int Slack = 4;

    /// <summary>Below this many output samples a second thread costs more than it brings.</summary>
    const int WorthAThread = 1 << 15;

    /// <summary>Eight rows of floats must fit in one array.</summary>
    const int LongestRow = 1 << 27;

    internal static void Run(Raster source, Raster target, ResizeMethod method, bool alone = false)
    {
        var (across, down) = Taps(source.Size, target.Size, source.Channels, method);
        Fill(source, 0, target, 0, across, down, alone);
    }

    /// <summary>
    /// As if the whole source were there, of which <paramref name="rows"/> gives the rows y0 up to y1. The result comes from top to bottom in rasters of its
    /// full width, each good until the next. No strip of either has more than <paramref name="pixels"/> pixels, or as many as one row of the result takes.
    /// </summary>
    internal static void InStrips(PixelSize source, PixelSize target, ResizeMethod method, int pixels, Func<int, int, Raster> rows, Action<Raster> result)
    {
        var (across, down) = Taps(source, target, 4, method);
        Raster? part = null;
        for (int start = 0, end; start < target.Height; start = end)
        {
            var first = down.First[start];
            for (end = start + 1; end < target.Height && (long)(down.First[end] + down.Count - first) * source.Width <= pixels
                && (end + 1L - start) * target.Width <= pixels; end++) ;
            var strip = rows(first, down.First[end - 1] + down.Count);
            if (part?.Height != end - start)
                part = new(target.Width, end - start, strip.Channels, strip.Bits, clear: false);
            Fill(strip, first, part, start, across, down, alone: false);
            result(part);
        }
    }

    static (ResampleTaps Across, ResampleTaps Down) Taps(PixelSize source, PixelSize target, int channels, ResizeMethod method)
    {
        if ((long)Math.Max(source.Width, target.Width) * channels > LongestRow)
            throw new BadInputException($"resize from {source} to {target} px: expected at most {LongestRow} samples a row");
        var shrinks = target.Width <= source.Width && target.Height <= source.Height;
        return (ResampleTaps.Of(method, source.Width, target.Width, shrinks), ResampleTaps.Of(method, source.Height, target.Height, shrinks));
    }

    /// <param name="above">Rows of the whole source above those of <paramref name="source"/>.</param>
    /// <param name="start">Rows of the whole result above those of <paramref name="target"/>.</param>
    static void Fill(Raster source, int above, Raster target, int start, ResampleTaps across, ResampleTaps down, bool alone) =>
        InBands(target.Height, Math.Max(target.Size.Area, source.Size.Area) * source.Channels, alone, (y0, y1) =>
        {
            if (source.Bits == 8)
                Band<byte>(source, above, target, start, across, down, start + y0, start + y1);
            else
                Band<ushort>(source, above, target, start, across, down, start + y0, start + y1);
        });

    /// <summary>Runs <paramref name="band"/> for runs of rows that together are all <paramref name="rows"/>, on all cores if the work is worth it.</summary>
    /// <param name="alone">This thread is one of several that resize images at the same time: helpers would only take the cores from the others.</param>
    internal static void InBands(int rows, long work, bool alone, Action<int, int> band)
    {
        var bands = (int)Math.Min(Math.Min(rows, Environment.ProcessorCount * 4L), work / WorthAThread);
        if (bands <= 1 || alone || Environment.ProcessorCount == 1)
            band(0, rows);
        else
            Parallel.For(0, bands, i => band((int)((long)rows * i / bands), (int)((i + 1L) * rows / bands)));
    }

    static void Band<T>(Raster source, int above, Raster target, int start, ResampleTaps across, ResampleTaps down, int y0, int y1) where T : unmanaged
    {
        var pixels = MemoryMarshal.Cast<byte, T>((ReadOnlySpan<byte>)source.Data);
        var (wideLength, narrowLength) = (source.Width * source.Channels, target.Width * target.Channels);
        var wide = ArrayPool<float>.Shared.Rent(wideLength + Slack);
        var narrow = ArrayPool<float>.Shared.Rent(narrowLength + Slack);
        for (var y = y0; y < y1; y++)
        {
            // Of an area no more rows than it covers: of 2.7 pixels there are four at most, mostly three.
            ResamplingKernels.Sum(pixels[((down.First[y] - above) * wideLength)..], wideLength, down.WeightsOf(y).TrimEnd(0), wide.AsSpan(0, wideLength));
            ResamplingKernels.Spread(wide, narrow, across, source.Channels);
            ResamplingKernels.Round<T>(narrow, MemoryMarshal.Cast<byte, T>(target.Data.Slice((y - start) * target.Stride, target.Stride)));
        }
        ArrayPool<float>.Shared.Return(wide);
        ArrayPool<float>.Shared.Return(narrow);
    }
}
