namespace Patchwise;

/// <summary>Numbers in ascending order.</summary>
public sealed class Distribution
{
    readonly double[] _sorted;

    public Distribution(IEnumerable<double> values) => _sorted = [.. values.Order()];

    public int Count => _sorted.Length;
    public double Largest => _sorted[^1];
    public double Mean => _sorted.Average();
    public IReadOnlyList<double> Values => _sorted;

    /// <summary>How many are at most <paramref name="limit"/>.</summary>
    public int UpTo(double limit)
    {
        var (low, high) = (0, _sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _sorted[middle] <= limit ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    /// <summary>The percentile, interpolated between neighbours as numpy does by default; there must be a number.</summary>
    public double Percentile(double percent)
    {
        var at = percent / 100 * (_sorted.Length - 1);
        var below = Math.Min((int)at, Math.Max(_sorted.Length - 2, 0));
        return _sorted[below] + (at - below) * (_sorted[Math.Min(below + 1, _sorted.Length - 1)] - _sorted[below]);
    }
}
