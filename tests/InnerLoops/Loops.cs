using BenchmarkDotNet.Attributes;

namespace Patchwise.InnerLoops;

/// <summary>Rows of pixels on one thread, with data that stays in the cache: times are for each sample of the result.</summary>
public class Resampling
{
    const int Pixels = 1024, Rows = 64, Channels = 3, Samples = Pixels * Channels;

    readonly byte[] _rows = new byte[8 * 2 * Samples];
    readonly float[] _wide = new float[2 * Samples + Patchwise.Resampling.Slack], _narrow = new float[Samples + Patchwise.Resampling.Slack];
    readonly float[] _weights = [0.1f, -0.1f, 0.3f, 0.2f, 0.2f, 0.3f, -0.1f, 0.1f];
    readonly byte[] _target = new byte[Samples];
    readonly Raster _source = new(2 * Pixels, 2 * Rows, Channels), _half = new(Pixels, Rows, Channels);
    ResampleTaps _taps = null!;

    /// <summary>2: linear, 4: cubic, 8: Lanczos.</summary>
    [Params(2, 4, 8)]
    public int Taps { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        new Random(1).NextBytes(_rows);
        _taps = ResampleTaps.Of(Taps switch { 2 => ResizeMethod.Linear, 4 => ResizeMethod.Cubic, _ => ResizeMethod.Lanczos }, 2 * Pixels, Pixels,
            shrinks: true);
    }

    [Benchmark(OperationsPerInvoke = 2 * Samples)]
    public void SumOfRows() => ResamplingKernels.Sum<byte>(_rows, 2 * Samples, _weights.AsSpan(0, Taps), _wide.AsSpan(0, 2 * Samples));

    [Benchmark(OperationsPerInvoke = Samples)]
    public void Spread() => ResamplingKernels.Spread(_wide, _narrow, _taps, Channels);

    [Benchmark(OperationsPerInvoke = Samples)]
    public void Round() => ResamplingKernels.Round(_narrow, _target.AsSpan());

    [Benchmark(OperationsPerInvoke = Rows * Samples)]
    public void Half() => HalfResampling.Run(_source, _half, alone: true);

    [Benchmark(OperationsPerInvoke = Rows * Samples)]
    public void Nearest() => _source.Resize(_half.Size, ResizeMethod.Nearest, alone: true);
}

/// <summary>Times are for each pixel.</summary>
public class Regions
{
    const int Side = 1024;

    readonly Raster _mask = new(Side, Side, 1);

    [GlobalSetup]
    public void Setup()
    {
        // Discs of 20 px, one a square of 32 px.
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
                if ((x % 32 - 16) * (x % 32 - 16) + (y % 32 - 16) * (y % 32 - 16) < 100)
                    _mask.Samples8[y * Side + x] = (byte)(1 + (x / 32 + y / 32) % 255);
    }

    [Benchmark(OperationsPerInvoke = Side * Side)]
    public int Labels() => new Labelling(_mask).Count;

    [Benchmark(OperationsPerInvoke = Side * Side)]
    public int Basics() => RegionTable.Measure(_mask, properties: RegionProperties.Basic).Count;

    [Benchmark(OperationsPerInvoke = Side * Side)]
    public int AllProperties() => RegionTable.Measure(_mask, properties: RegionProperties.All).Count;
}

/// <summary>Measures of the clarity test on crops of 128 px, and the conversion of a slide's words. Times are for each pixel.</summary>
public class Images
{
    const int Side = 128;

    readonly byte[] _a = new byte[Side * Side], _b = new byte[Side * Side];
    readonly bool[] _all = [.. Enumerable.Repeat(true, Side * Side)];
    readonly uint[] _argb = new uint[Side * Side];
    readonly double[] _scales = [0.75, 0.5, 0.25, 0.125], _shares = new double[4];

    [GlobalSetup]
    public void Setup()
    {
        new Random(1).NextBytes(_a);
        new Random(2).NextBytes(_b);
        _argb.AsSpan().Fill(0xFF_80_40_20);
    }

    [Benchmark(OperationsPerInvoke = Side * Side)]
    public double StructuralSimilarity() => Ssim.Of(_a, _b, _all, Side, Side);

    [Benchmark(OperationsPerInvoke = Side * Side)]
    public void SpectralShares() => SpectralShare.Of(_a, _all, Side, Side, _scales, _shares);

    [Benchmark(OperationsPerInvoke = Side * Side)]
    public int WordsToPixels() => ArgbPixels.ToRaster(_argb, new(Side, Side)).Width;
}
