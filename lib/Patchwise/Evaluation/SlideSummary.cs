namespace Patchwise;

/// <param name="Count">Patches whose most probable class it is.</param>
/// <param name="Share">Of the patches that count, with its interval, see <see cref="SlideSummary"/>; NaN where there are none.</param>
/// <param name="MeanProbability">Over these patches; NaN where probabilities were not kept.</param>
public sealed record ClassSummary(ClassInfo Class, int Count, Estimate Share, double MeanProbability)
{
    public string Name => Class.Name;
}

/// <summary>
/// The predictions of one slide in a few numbers, of the patches that lie wholly inside it. Neighbouring patches are of one gland or one band of muscle:
/// they are not as many independent cases as there are patches. So intervals are of blocks of neighbours, as of clusters of a survey: the slide is cut into
/// squares of which about twelve hold patches, and the interval is that of clusters (<see cref="Estimate"/>). Where a class is nowhere or everywhere, each
/// block is one case. It tells how the share would vary from one part of such tissue to another, not between sections or patients.
/// </summary>
public sealed record SlideSummary : ITabular
{
    /// <summary>
    /// Of fewer the variance is hardly known, of more they resemble their neighbours: on made-up tissue of 60 x 60 patches that is alike over 4 of them nine
    /// to sixteen hold the truth in 94 to 92 of 100 slides, 30 in 91; over 8 of them in 89 to 83, and 75; intervals of single patches in 16.
    /// </summary>
    const int MostBlocks = 12;

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Patches wholly inside the slide, which all numbers are of.</summary>
    public required int Count { get; init; }

    /// <summary>Patches over the edge, of which the network saw padding: they are left out.</summary>
    public required int OverEdge { get; init; }

    /// <summary>Squares of neighbouring patches that the intervals are of.</summary>
    public required int Blocks { get; init; }

    /// <summary>In the order of the model's classes.</summary>
    public required IReadOnlyList<ClassSummary> Classes { get; init; }

    /// <summary>Mean over patches of the highest probability; NaN where there are none.</summary>
    public required double MeanConfidence { get; init; }

    /// <summary>Share of the patches whose highest probability is below <see cref="Limit"/>; NaN where there are none.</summary>
    public required double LowConfidence { get; init; }

    public required double Limit { get; init; }

    /// <param name="lowConfidence">A patch whose highest probability is below it is of low confidence, 0 to 1.</param>
    /// <exception cref="BadInputException">The predictions are not of one slide or tile, or a probability is none.</exception>
    public static SlideSummary Of(PredictionTable predictions, double lowConfidence)
    {
        if (lowConfidence is not (>= 0 and <= 1))
            throw new BadInputException(Invariant($"lowConfidence: {lowConfidence}: expected a probability from 0 to 1, such as 0.5"));
        if (predictions.Sources is not [{ Frame: not null }])
            throw new BadInputException($"a summary is of one slide or tile, and these predictions are of {predictions.Sources.Count} "
                + "sources: expected those of one (OfSource)");
        int[] rows = [.. Enumerable.Range(0, predictions.Count).Where(row => predictions.IsInside(predictions[row]))];
        foreach (var row in rows)
            if (predictions[row] is var one && (one.Probability is not (>= 0 and <= 1.0001f) || (uint)one.Class >= (uint)predictions.Classes.Count))
                throw new BadInputException(Invariant($"row {row} has the class {one.Class} with the probability {one.Probability}: expected one of ")
                    + Invariant($"{predictions.Classes.Count} classes, 0 to 1; the weights or the input of the model are damaged"));
        var blocks = BlocksOf([.. rows.Select(row => predictions[row].Level0)]);
        var count = blocks.Length == 0 ? 0 : blocks.Max() + 1;
        var sizes = new int[count];
        foreach (var block in blocks)
            sizes[block]++;
        double Mean(Func<int, double> of) => rows.Length == 0 ? double.NaN : rows.Average(of);
        return new()
        {
            Model = predictions.Model,
            Count = rows.Length,
            OverEdge = predictions.Count - rows.Length,
            Blocks = count,
            Classes = [.. predictions.Classes.Select((known, k) =>
            {
                var parts = new int[count];
                foreach (var (i, row) in rows.Index())
                    parts[blocks[i]] += predictions[row].Class == k ? 1 : 0;
                return new ClassSummary(known, parts.Sum(), Estimate.OfClusters(parts, sizes),
                    predictions.HasProbabilities ? Mean(row => predictions.Probabilities(row)[k]) : double.NaN);
            })],
            MeanConfidence = Mean(row => predictions[row].Probability),
            LowConfidence = Mean(row => predictions[row].Probability < (float)lowConfidence ? 1 : 0),
            Limit = lowConfidence,
        };
    }

    /// <summary>The block of each patch, from 0: squares that are as small as twelve of them hold the middles of all.</summary>
    static int[] BlocksOf(Box[] patches)
    {
        if (patches.Length == 0)
            return [];
        var (left, top) = (patches.Min(box => box.X0), patches.Min(box => box.Y0));
        var side = Math.Max(1, patches.Min(box => box.Side) * Math.Sqrt(patches.Length / (double)MostBlocks));
        for (; ; side *= 1.2)
        {
            Dictionary<(int, int), int> numbers = [];
            var blocks = new int[patches.Length];
            for (var i = 0; i < patches.Length && numbers.Count <= MostBlocks; i++)
            {
                var at = ((int)(((long)patches[i].X0 - left + patches[i].Width / 2) / side), (int)(((long)patches[i].Y0 - top + patches[i].Height / 2) / side));
                if (!numbers.TryGetValue(at, out blocks[i]))
                    numbers[at] = blocks[i] = numbers.Count;
            }
            if (numbers.Count <= MostBlocks)
                return blocks;
        }
    }

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable()
    {
        static string Number(double value) => double.IsNaN(value) ? "not known" : Invariant($"{value:0.000}");
        return new(["class", "patches", "share (95 % interval of blocks)", "mean probability"],
            [.. Classes.Select(one => (string[])[one.Name, Invariant($"{one.Count:N0}"), one.Share.HasInterval ? one.Share.Percent : "not known",
                Number(one.MeanProbability)])],
            Invariant($"{Count:N0} patches predicted by {Model}") + (OverEdge > 0 ? Invariant($", {OverEdge:N0} over the edge left out") : "")
                + Invariant($", in {Blocks} blocks; mean confidence {Number(MeanConfidence)}")
                + (Count == 0 ? "" : Invariant($", below {Limit:0.##} for {100 * LowConfidence:0.#} %")), [false, true, true, true]);
    }
}
