using System.Globalization;

namespace Patchwise.Benchmarks;

/// <summary>
/// The tables of RESULTS.md, one for each kind of processor: a line for each row, with the day it was measured. Rows that were not measured this time stay.
/// </summary>
static class Table
{
    const string Head = "| work | beside | ours | theirs | times faster | target | share of the limit | peak memory, ours / theirs | measured |";

    /// <summary>Before the name of a processor.</summary>
    const string Title = "### ";

    /// <param name="before">The tables as they were.</param>
    /// <param name="rows">All that there are, in their order.</param>
    /// <param name="growth">Lines of <see cref="Growth"/>.</param>
    internal static string Markdown(string before, IEnumerable<Row> rows, IReadOnlyList<Comparison> measured, Ceilings ceilings, IReadOnlyList<string> growth)
    {
        var machine = string.Create(CultureInfo.InvariantCulture, $"{Title}{Processor()}, {Environment.ProcessorCount} cores");
        var sections = before.Split('\n').SkipWhile(line => !line.StartsWith(Title, StringComparison.Ordinal))
            .TakeWhile(line => !line.StartsWith("<!--", StringComparison.Ordinal)).Aggregate(new List<List<string>>(), (all, line) =>
            {
                if (line.StartsWith(Title, StringComparison.Ordinal))
                    all.Add([]);
                all[^1].Add(line.Trim());
                return all;
            });
        var mine = sections.FindIndex(section => section[0] == machine);
        if (mine < 0)
        {
            mine = sections.Count;
            sections.Add([machine]);
        }
        sections[mine] = Section(sections[mine], rows, measured, ceilings, growth);
        return string.Join('\n', sections.Select(section => string.Join('\n', section).Trim() + "\n"));
    }

    static List<string> Section(List<string> kept, IEnumerable<Row> rows, IReadOnlyList<Comparison> measured, Ceilings ceilings, IReadOnlyList<string> growth)
    {
        var lines = kept.Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line != Head).GroupBy(Key).ToDictionary(same => same.Key,
            same => same.First());
        foreach (var row in measured)
            if (Line(row, ceilings) is var line)
                lines[Key(line)] = line;
        // A line's work stands before its sizes.
        var grown = kept.Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Concat(growth).GroupBy(line => line.Split(" at ")[0])
            .ToDictionary(same => same.Key, same => same.Last());
        return
        [
            kept[0], "",
            $".NET {Environment.Version}. Medians of paired runs, lowest and highest ratio of the pairs in brackets.",
            string.Create(CultureInfo.InvariantCulture,
                $"The limit is what this machine takes to move the bytes ({ceilings.BytesPerSecond / 1e9:0.0} GB/s in a copy) or to do the multiplications ")
                + string.Create(CultureInfo.InvariantCulture,
                    $"({2 * ceilings.MultiplyAddsPerSecond / 1e9:0} GFLOP/s in a matrix product) that the work cannot do without."),
            "", Head, "|---|---|--:|--:|--:|--:|--:|--:|--:|",
            .. rows.Select(row => lines.GetValueOrDefault(Key($"| {row.Work} | {row.Peer} |"))).OfType<string>(), "",
            .. Rows.Growing.Select(growing => grown.GetValueOrDefault($"- {growing.Work}")).OfType<string>(),
        ];
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

    /// <summary>Its name and, where that names several generations ("AMD EPYC"), their numbers.</summary>
    static string Processor()
    {
        var known = File.ReadLines("/proc/cpuinfo").TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2)).ToDictionary(
            pair => pair[0].Trim(), pair => pair.ElementAtOrDefault(1)?.Trim() ?? "");
        var name = known.GetValueOrDefault("model name", "unknown processor");
        return name.Any(char.IsDigit) || !known.TryGetValue("cpu family", out var family) ? name : $"{name} (family {family}, model {known["model"]})";
    }
}
