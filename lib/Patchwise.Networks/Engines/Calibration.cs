using System.Numerics.Tensors;

namespace Patchwise;

/// <summary>Shows the values of a tensor for one patch, and its shape: batch, channel, then what there is of y and x.</summary>
delegate void TensorSeen(string name, ReadOnlySpan<float> values, long[] shape);

/// <summary>Of each channel of a tensor the mean, and that of what its bytes stand for.</summary>
sealed record ChannelMeans(double[] Real, double[] Bytes);

/// <summary>What range of values the bytes of each tensor are to stand for, from patches that go through the network in float32.</summary>
/// <param name="each">Runs all patches and shows these tensors of each.</param>
sealed class Calibration(Action<IReadOnlyList<string>, TensorSeen> each, int patches)
{
    const int Bins = 2048;

    /// <summary>Shares of a range that are tried for each of its ends.</summary>
    static readonly double[] Shares = [.. Enumerable.Range(5, 76).Select(i => i / 80.0)];

    internal Dictionary<string, ByteScale> Scales(IReadOnlyList<string> tensors)
    {
        var ranges = new Dictionary<string, (float Low, float High)>();
        each(tensors, (name, values, _) =>
        {
            var (low, high) = ranges.GetValueOrDefault(name, (float.PositiveInfinity, float.NegativeInfinity));
            ranges[name] = (Math.Min(low, TensorPrimitives.Min(values)), Math.Max(high, TensorPrimitives.Max(values)));
        });
        var counts = tensors.ToDictionary(name => name, _ => new long[Bins]);
        each(tensors, (name, values, _) =>
        {
            var (own, low) = (counts[name], ranges[name].Low);
            var scale = Bins / Math.Max(ranges[name].High - low, 1e-12f);
            foreach (var value in values)
                own[Math.Clamp((int)((value - low) * scale), 0, Bins - 1)]++;
        });
        return tensors.ToDictionary(name => name, name => Least(counts[name], ranges[name].Low, ranges[name].High));
    }

    internal Dictionary<string, ChannelMeans> Means(IReadOnlyList<string> tensors, IReadOnlyDictionary<string, ByteScale> scales)
    {
        var means = new Dictionary<string, ChannelMeans>();
        each(tensors, (name, values, shape) =>
        {
            // The batch may hold several patches, and several turned copies of each.
            var (rows, channels, scale) = ((int)shape[0], (int)shape[1], scales[name]);
            var (own, size) = (means.TryGetValue(name, out var known) ? known : means[name] = new(new double[channels], new double[channels]),
                values.Length / rows / channels);
            var (least, most, each, share) = (-scale.Zero, 255 - scale.Zero, 1 / scale.Step, 1.0 / size / rows / patches);
            for (var row = 0; row < rows * channels; row++)
            {
                var (sum, steps) = (0.0, 0L);
                foreach (var value in values.Slice(row * size, size))
                {
                    sum += value;
                    steps += Math.Clamp((int)MathF.Round(value * each), least, most);
                }
                own.Real[row % channels] += sum * share;
                own.Bytes[row % channels] += steps * (double)scale.Step * share;
            }
        });
        return means;
    }

    /// <summary>The range, within that of all values, whose bytes err least in the square: cutting off a little gains in all other values.</summary>
    internal static ByteScale Least(ReadOnlySpan<long> counts, float low, float high)
    {
        if (!float.IsFinite(low) || !float.IsFinite(high))
            throw new PatchwiseException($"the network computes values from {low} to {high} on these patches, which no bytes stand for: use it in float32");
        // How many, their sum and sum of squares up to each bin: so that a range is judged by a few sums.
        var (bins, width) = (counts.Length, (high - (double)low) / counts.Length);
        double[] number = new double[bins + 1], sum = new double[bins + 1], square = new double[bins + 1];
        for (var i = 0; i < bins; i++)
        {
            var value = low + (i + 0.5) * width;
            (number[i + 1], sum[i + 1], square[i + 1]) = (number[i] + counts[i], sum[i] + counts[i] * value, square[i] + counts[i] * value * value);
        }
        double Error(double from, double to)
        {
            int Bin(double value) => (int)Math.Clamp(Math.Round((value - low) / Math.Max(width, 1e-30)), 0, bins);
            double Beyond(int first, int last, double end) => square[last] - square[first] - 2 * end * (sum[last] - sum[first])
                + end * end * (number[last] - number[first]);
            return number[bins] * Math.Pow((to - from) / 255, 2) / 12 + Beyond(0, Bin(from), from) + Beyond(Bin(to), bins, to);
        }
        var (least, best, from, to) = (double.PositiveInfinity, (From: 0.0, To: 0.0), Math.Min(low, 0.0), Math.Max(high, 0.0));
        foreach (var lower in from < 0 ? Shares : [1])
            foreach (var upper in Shares)
                if (Error(from * lower, to * upper) is var error && error < least)
                    (least, best) = (error, (from * lower, to * upper));
        return ByteScale.Of((float)best.From, (float)best.To);
    }
}
