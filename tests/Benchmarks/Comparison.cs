namespace Patchwise.Benchmarks;

/// <summary>Seconds of both sides over paired runs, and their peak memory in bytes.</summary>
sealed record Comparison(string Work, string Peer, double[] Ours, double[] Theirs, long OurPeak, long PeerPeak)
{
    /// <summary>Runs both in turn, so that a change in the machine's speed hits both.</summary>
    internal static Comparison Run(string work, string peer, int pairs, Func<Side> ours, Func<Side> theirs)
    {
        using Side a = ours(), b = theirs();
        var (ourSeconds, peerSeconds) = (new double[pairs], new double[pairs]);
        for (var i = 0; i < pairs; i++)
            (ourSeconds[i], peerSeconds[i]) = (a.Seconds(), b.Seconds());
        return new(work, peer, ourSeconds, peerSeconds, a.PeakBytes(), b.PeakBytes());
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

    static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
