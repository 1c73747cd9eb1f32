namespace Patchwise.Benchmarks;

/// <summary>One row of the table: a work done by us and by a tool that a user would pick instead.</summary>
/// <param name="Target">How many times faster we want to be.</param>
/// <param name="AtMost">Seconds that our side may take, where that is the target instead.</param>
/// <param name="Limit">What the work cannot do without; null where no simple figure bounds it.</param>
/// <param name="Alone">The part of our work that the rest should hide behind; its share of our time is shown in the place of the limit's.</param>
sealed record Row(string Work, string Peer, Func<Side> Ours, Func<Side> Theirs, double Target, Limit? Limit = null, Func<Side>? Alone = null,
    double? AtMost = null);

/// <summary>Bytes that must be moved through memory, or multiply-adds that must be done.</summary>
sealed record Limit(double Bytes = 0, double MultiplyAdds = 0);

/// <summary>
/// How fast this machine moves and multiplies, measured: bytes read and written a second by a copy of large arrays, multiply-adds a second by a matrix product,
/// both on all cores.
/// </summary>
sealed record Ceilings(double BytesPerSecond, double MultiplyAddsPerSecond)
{
    internal static Ceilings Measure(int runs, Func<string, Side> start)
    {
        double Fastest(string work)
        {
            using var side = start(work);
            return Enumerable.Range(0, runs).Min(_ => side.Seconds());
        }
        return new(Work.CopyBytes / Fastest("copy"), Networks.PeakMultiplyAdds / Fastest("matrix product"));
    }

    internal double Seconds(Limit limit) => Math.Max(limit.Bytes / BytesPerSecond, limit.MultiplyAdds / MultiplyAddsPerSecond);
}

/// <summary>Seconds of both sides over paired runs, and their peak memory in bytes.</summary>
sealed record Comparison(Row Row, double[] Ours, double[] Theirs, double[] Alone, long OurPeak, long PeerPeak)
{
    /// <summary>Runs both in turn, so that a change in the machine's speed hits both.</summary>
    internal static Comparison Run(Row row, int pairs)
    {
        Console.Error.WriteLine($"{row.Work}, beside {row.Peer}");
        using Side a = row.Ours(), b = row.Theirs();
        using var part = row.Alone?.Invoke();
        var (ourSeconds, peerSeconds, alone) = (new double[pairs], new double[pairs], new double[part is null ? 0 : pairs]);
        for (var i = 0; i < pairs; i++)
        {
            (ourSeconds[i], peerSeconds[i]) = (a.Seconds(), b.Seconds());
            if (part is not null)
                alone[i] = part.Seconds();
        }
        return new(row, ourSeconds, peerSeconds, alone, a.PeakBytes(), b.PeakBytes());
    }

    internal double OurMedian => Median(Ours);
    internal double PeerMedian => Median(Theirs);

    /// <summary>How many times faster than the peer, pair by pair: the median, and the lowest and highest of the pairs.</summary>
    internal (double Median, double Lowest, double Highest) Times
    {
        get
        {
            var ratios = Ours.Zip(Theirs, (a, b) => b / a).ToArray();
            return (Median(ratios), ratios.Min(), ratios.Max());
        }
    }

    /// <summary>What the part alone takes of the whole, pair by pair: the median; null where there is no part.</summary>
    internal double? ShareAlone => Alone.Length == 0 ? null : Median([.. Alone.Zip(Ours, (part, whole) => part / whole)]);

    internal static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
