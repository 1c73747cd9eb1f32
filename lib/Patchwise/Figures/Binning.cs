using System.Globalization;

namespace Patchwise;

/// <summary>Counting of values between equally spaced edges.</summary>
static class Binning
{
    internal static BinsMark Count(double[] values, int bins, double? from, double? to, string name, string? color)
    {
        var what = Checked.Series("histogram", name);
        var low = Checked.Number(from ?? (values.Length > 0 ? values.Min() : 0), $"{what}: from");
        var high = Checked.Number(to ?? (values.Length > 0 ? values.Max() : low + 1), $"{what}: to");
        if (from is not null && to is not null && low >= high)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{what} from {low} to {high}: expected the lower limit first"));
        if (high <= low)
            (low, high) = from is not null ? (low, low + 1) : to is not null ? (high - 1, high) : (low - 0.5, low + 0.5);
        double[] edges = [.. Enumerable.Range(0, bins + 1).Select(i => i == bins ? high : low + (high - low) * i / bins)];
        var counts = new int[bins];
        var (below, above) = (0, 0);
        foreach (var value in values)
            if (value < low)
                below++;
            else if (value > high)
                above++;
            else
            {
                var bin = Math.Min(bins - 1, (int)((value - low) / (high - low) * bins));
                // The division may round across an edge; the edges as drawn decide.
                while (bin > 0 && value < edges[bin])
                    bin--;
                while (bin < bins - 1 && value >= edges[bin + 1])
                    bin++;
                counts[bin]++;
            }
        return new(name, color, edges, counts, below, above);
    }
}
