using System.Globalization;
using System.Text;

namespace Patchwise.Benchmarks;

/// <summary>The table that README shows.</summary>
static class Table
{
    internal static string Markdown(IReadOnlyList<Comparison> rows, Ceilings ceilings)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd}, {Processor()}, {Environment.ProcessorCount} cores, .NET {Environment.Version}; medians of {rows[0].Ours.Length} paired runs, lowest and highest ratio of the pairs in brackets.");
        text.AppendLine(CultureInfo.InvariantCulture, $"The limit is what this machine takes to move the bytes ({ceilings.BytesPerSecond / 1e9:0.0} GB/s in a copy) or to do the multiplications ({2 * ceilings.MultiplyAddsPerSecond / 1e9:0} GFLOP/s in a matrix product) that the work cannot do without.");
        text.AppendLine();
        text.AppendLine("| work | beside | ours | theirs | times faster | target | share of the limit | peak memory, ours / theirs |");
        text.AppendLine("|---|---|--:|--:|--:|--:|--:|--:|");
        foreach (var row in rows)
        {
            var (median, lowest, highest) = row.Times;
            var share = row.Row.Limit is { } limit ? string.Create(CultureInfo.InvariantCulture, $"{ceilings.Seconds(limit) / row.OurMedian:P0}")
                : row.ShareAlone is { } alone ? string.Create(CultureInfo.InvariantCulture, $"{alone:P0} of the network alone") : "";
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {row.Row.Work} | {row.Row.Peer} | {Seconds(row.OurMedian)} | {Seconds(row.PeerMedian)} | {median:0.0#} ({lowest:0.0} to {highest:0.0}) | {row.Row.Target:0.##}, {(median >= row.Row.Target ? "met" : "**missed**")} | {share} | {row.OurPeak >> 20} / {row.PeerPeak >> 20} MiB |");
        }
        return text.ToString();
    }

    /// <summary>How the seconds of a work grow with its size: the slope of their logarithms, 1 for twice the time at twice the work.</summary>
    internal static string Growth(string work, IReadOnlyList<(double Size, double Seconds)> measured)
    {
        var (x, y) = (measured.Select(m => Math.Log(m.Size)).ToArray(), measured.Select(m => Math.Log(m.Seconds)).ToArray());
        var (meanX, meanY) = (x.Average(), y.Average());
        var slope = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
        return string.Create(CultureInfo.InvariantCulture, $"- {work} at {string.Join(", ", measured.Select(m => $"{m.Size:0.##}"))} times the work: {string.Join(", ", measured.Select(m => Seconds(m.Seconds)))}; log-log slope {slope:0.00}");
    }

    static string Seconds(double seconds) => seconds < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0.#} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");

    static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
}
