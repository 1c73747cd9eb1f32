using System.Globalization;
using System.Text;

namespace Patchwise.Benchmarks;

/// <summary>
/// The table of RESULTS.md: a line for each row, with the day it was measured. Rows that were not measured this time stay, as long as the machine is the same.
/// </summary>
static class Table
{
    const string Head = "| work | beside | ours | theirs | times faster | target | share of the limit | peak memory, ours / theirs | measured |";

    /// <param name="before">The table as it was.</param>
    /// <param name="rows">All that there are, in their order.</param>
    /// <param name="growth">Lines of <see cref="Growth"/>.</param>
    internal static string Markdown(string before, IEnumerable<Row> rows, IReadOnlyList<Comparison> measured, Ceilings ceilings, IReadOnlyList<string> growth)
    {
        var machine = string.Create(CultureInfo.InvariantCulture, $"{Processor()}, {Environment.ProcessorCount} cores, .NET {Environment.Version}.");
        var kept = before.Contains(machine, StringComparison.Ordinal) ? before.Split('\n').Select(line => line.Trim()).ToList() : [];
        var lines = kept.Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line != Head).GroupBy(Key).ToDictionary(same => same.Key,
            same => same.First());
        foreach (var row in measured)
            if (Line(row, ceilings) is var line)
                lines[Key(line)] = line;
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{machine} Medians of paired runs, lowest and highest ratio of the pairs in brackets.");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"The limit is what this machine takes to move the bytes ({ceilings.BytesPerSecond / 1e9:0.0} GB/s in a copy) or to do the multiplications "
                + $"({2 * ceilings.MultiplyAddsPerSecond / 1e9:0} GFLOP/s in a matrix product) that the work cannot do without.");
        text.AppendLine().AppendLine(Head).AppendLine("|---|---|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var row in rows)
            if (lines.TryGetValue(Key($"| {row.Work} | {row.Peer} |"), out var line))
                text.AppendLine(line);
        text.AppendLine();
        // A line's work stands before its sizes.
        var grown = kept.Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Concat(growth).GroupBy(line => line.Split(" at ")[0])
            .ToDictionary(same => same.Key, same => same.Last());
        foreach (var (work, _) in Rows.Growing)
            if (grown.TryGetValue($"- {work}", out var line))
                text.AppendLine(line);
        return text.ToString();
    }

    /// <summary>The first two cells, which no two rows share.</summary>
    static string Key(string line) => string.Join('|', line.Split('|')[1..3]);

    static string Line(Comparison row, Ceilings ceilings)
    {
        var (median, lowest, highest) = row.Times;
        var share = row.Row.Limit is { } limit ? string.Create(CultureInfo.InvariantCulture, $"{ceilings.Seconds(limit) / row.OurMedian:P0}")
            : row.ShareAlone is { } alone ? string.Create(CultureInfo.InvariantCulture, $"{alone:P0} of the network alone") : "";
        var met = row.Row.AtMost is { } most ? row.OurMedian <= most : median >= row.Row.Target;
        var target = row.Row.AtMost is { } seconds ? $"at most {Seconds(seconds)}" : row.Row.Target.ToString("0.##", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {row.Row.Work} | {row.Row.Peer} | {Seconds(row.OurMedian)} | {Seconds(row.PeerMedian)} | {median:0.0#} ({lowest:0.0#} to {highest:0.0#}), "
                + $"{row.Ours.Length} pairs "
            + $"| {target}, {(met ? "met" : "**missed**")} | {share} | {row.OurPeak >> 20} / {row.PeerPeak >> 20} MiB | {DateTime.UtcNow:yyyy-MM-dd} |");
    }

    /// <summary>How the seconds of a work grow with its size: the slope of their logarithms, 1 for twice the time at twice the work.</summary>
    internal static string Growth(string work, IReadOnlyList<(double Size, double Seconds)> measured)
    {
        var (x, y) = (measured.Select(m => Math.Log(m.Size)).ToArray(), measured.Select(m => Math.Log(m.Seconds)).ToArray());
        var (meanX, meanY) = (x.Average(), y.Average());
        var slope = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
        return string.Create(CultureInfo.InvariantCulture,
            $"- {work} at {string.Join(", ", measured.Select(m => $"{m.Size:0.##}"))} times the work: "
                + $"{string.Join(", ", measured.Select(m => Seconds(m.Seconds)))}; log-log slope {slope:0.00}");
    }

    static string Seconds(double seconds) => seconds < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0.#} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");

    static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
        ?? "unknown processor";
}
