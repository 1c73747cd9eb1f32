using System.Globalization;
using System.Text;

namespace Patchwise.Benchmarks;

/// <summary>The table that README shows.</summary>
static class Table
{
    internal static string Markdown(IReadOnlyList<Comparison> rows)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd}, {Processor()}, {Environment.ProcessorCount} cores, .NET {Environment.Version}; medians of {rows[0].Ours.Length} paired runs, lowest and highest ratio of the pairs in brackets.");
        text.AppendLine();
        text.AppendLine("| work | beside | ours | theirs | times faster | peak memory, ours / theirs |");
        text.AppendLine("|---|---|--:|--:|--:|--:|");
        foreach (var row in rows)
        {
            var (median, lowest, highest) = row.Times;
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {row.Work} | {row.Peer} | {Seconds(row.OurMedian)} | {Seconds(row.PeerMedian)} | {median:0.0} ({lowest:0.0} to {highest:0.0}) | {row.OurPeak >> 20} / {row.PeerPeak >> 20} MiB |");
        }
        return text.ToString();
    }

    static string Seconds(double seconds) => seconds < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0.#} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");

    static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
}
