namespace Patchwise;

/// <summary>
/// Two networks on the same patches, patch by patch: what both have right says nothing of which is better, so the test is of those that only one has right
/// (McNemar 1947), and the interval of the difference knows that the patches are the same (Newcombe 1998, method 10).
/// </summary>
public sealed class PairedComparison : ITabular
{
    enum Outcome { BothRight, OnlyFirst, OnlySecond, BothWrong, Same, Different }

    readonly PredictionTable _first;
    readonly Outcome[] _outcomes;
    readonly bool[] _counts;

    /// <summary>Whose patches those that count are, where some are of one; null: nobody knows of any.</summary>
    readonly string? _alike;

    /// <summary>Names of the models.</summary>
    public string First { get; }
    public string Second { get; }

    /// <summary>Patches whose class is known and that lie inside their image; the next four add up to it.</summary>
    public int Count { get; }
    public int BothRight { get; }
    public int OnlyFirstRight { get; }
    public int OnlySecondRight { get; }
    public int BothWrong { get; }

    /// <summary>The share of patches that the first has right less that of the second, from -1 to 1, with its 95 % interval; null without labels.</summary>
    public Estimate? Difference { get; }

    /// <summary>
    /// The exact two-sided probability of so uneven a division of the patches that only one has right, where both were equally good; null without labels.
    /// </summary>
    public double? PValue { get; }

    /// <summary>The share of patches, with a label or not, of which both say the same class.</summary>
    public double Agreement { get; }

    /// <summary>Of the patches that count those that a network was learned from, or copies (<see cref="Prediction.IsLearned"/>): of either.</summary>
    public int Learned { get; }

    PairedComparison(PredictionTable first, PredictionTable second)
    {
        (_first, First, Second) = (first, first.Model, second.Model == first.Model ? $"{second.Model} (second)" : second.Model);
        (_outcomes, _counts) = (new Outcome[first.Count], new bool[first.Count]);
        string Class(PredictionTable table, int number) => table.Classes[number].Name.Normalize();
        for (var row = 0; row < first.Count; row++)
        {
            var (one, other) = (first[row], second[row]);
            var same = Class(first, one.Class) == Class(second, other.Class);
            var (known, too) = (one.Label is { } a ? Class(first, a) : null, other.Label is { } b ? Class(second, b) : null);
            if (known is not null && too is not null && known != too)
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                    $"patch {row} is labelled {known} for {First} and {too} for {Second}: expected one label; predict the same labelled patches by both"));
            known ??= too;
            _outcomes[row] = known is null ? same ? Outcome.Same : Outcome.Different : (Class(first, one.Class) == known, Class(second, other.Class) == known)
                switch
            {
                (true, true) => Outcome.BothRight,
                (true, false) => Outcome.OnlyFirst,
                (false, true) => Outcome.OnlySecond,
                _ => Outcome.BothWrong,
            };
            _counts[row] = known is not null && first.IsInside(one);
            Learned += _counts[row] && (one.IsLearned || other.IsLearned) ? 1 : 0;
            Agreement += same ? 1.0 / first.Count : 0;
        }
        int Number(Outcome outcome) => _outcomes.Where((found, row) => _counts[row] && found == outcome).Count();
        (BothRight, OnlyFirstRight, OnlySecondRight, BothWrong) =
            (Number(Outcome.BothRight), Number(Outcome.OnlyFirst), Number(Outcome.OnlySecond), Number(Outcome.BothWrong));
        Count = BothRight + OnlyFirstRight + OnlySecondRight + BothWrong;
        var sources = first.Where((_, row) => _counts[row]).Select(row => row.Source).ToArray();
        var (patients, images) = (sources.Select(source => first.Sources[source].Patient).Distinct().ToArray(), sources.Distinct().Count());
        _alike = !patients.Contains(null) && patients.Length < Count ? $"of {Words.Count(patients.Length)} patient{(patients.Length == 1 ? "" : "s")}"
            : images < Count ? $"of {Words.Count(images)} image{(images == 1 ? "" : "s")}" : null;
        if (Count > 0)
            (Difference, PValue) = (Estimate.OfPairedShares(BothRight, OnlyFirstRight, OnlySecondRight, BothWrong), McNemar(OnlyFirstRight, OnlySecondRight));
    }

    /// <param name="first">Of the same patches in the same order as <paramref name="second"/>; their classes are matched by name.</param>
    /// <exception cref="BadInputException">They are of different patches, or state different labels: the message says which.</exception>
    public static PairedComparison Of(PredictionTable first, PredictionTable second)
    {
        if (first.Count == 0 || first.Count != second.Count)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{first.Count:N0} patches predicted by {first.Model}, {second.Count:N0} by {second.Model}: expected the same patches, one at least; predict "
                    + $"them by both, in the same order"));
        foreach (var (row, (one, other)) in first.Zip(second).Index())
            if (first.Sources[one.Source].Name != second.Sources[other.Source].Name || one.Level0 != other.Level0)
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                    $"patch {row} is of {first.Sources[one.Source].Name} at {one.Level0} for {first.Model}, and of {second.Sources[other.Source].Name} at "
                        + $"{other.Level0} for {second.Model}: expected the same patches in the same order"));
        return new(first, second);
    }

    /// <summary>2 times the lower tail of n fair coins, at most 1.</summary>
    static double McNemar(int one, int other)
    {
        var (n, few) = (one + other, Math.Min(one, other));
        double logarithm = -n * Math.Log(2), sum = 0;
        for (var k = 0; k <= few; k++)
        {
            sum += Math.Exp(logarithm);
            logarithm += Math.Log(n - k) - Math.Log(k + 1);
        }
        return Math.Min(1, 2 * sum);
    }

    /// <summary>The patches by who has them right (or, without labels, by whether both say the same), for a map of it.</summary>
    public PredictionTable Disagreement()
    {
        ClassInfo[] classes =
        [
            new("both right", "both right", "#bbbbbb"), new($"only {First} right", "only the first right", "#0072b2"),
            new($"only {Second} right", "only the second right", "#e69f00"), new("both wrong", "both wrong", "#000000"),
            new("same class", "both say the same class", "#dddddd"), new("different classes", "they say different classes", "#cc79a7"),
        ];
        return new($"{First} and {Second}", classes, _first.Sources,
            [.. _first.Select((row, i) => row with { Class = (int)_outcomes[i], Probability = 1, Label = null })], null);
    }

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable()
    {
        string Number(int count) => Count == 0 ? "" : count.ToString("N0", CultureInfo.InvariantCulture);
        var p = PValue is { } value ? value < 0.001 ? "below 0.001" : value.ToString("0.000", CultureInfo.InvariantCulture) : "";
        return new(["", ""],
        [
            ["both right", Number(BothRight)], [$"only {First} right", Number(OnlyFirstRight)], [$"only {Second} right", Number(OnlySecondRight)],
            ["both wrong", Number(BothWrong)], ["difference of accuracy (95 % interval)", Difference?.ToString() ?? ""],
            ["so uneven by chance (McNemar, exact)", p], ["same class", Words.Percent((int)Math.Round(Agreement * _first.Count), _first.Count)],
            .. Learned > 0 ? (string[][])[["learned from", $"{Words.Count(Learned)} of them, or copies, by one of the two, which knows their class: compare "
                + "on others"]] : [],
        ], string.Create(CultureInfo.InvariantCulture, $"{First} less {Second}, ")
            + (Count > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Count:N0} patches whose class is known") : "no patch has a label: only agreement")
            + (_counts.Count(counts => !counts) is > 0 and var rest && Count > 0 ? string.Create(CultureInfo.InvariantCulture, $", {rest:N0} left out") : "")
            + (_alike is null ? "" : $"; they are {_alike}, and those of one resemble each other: chance is uneven more often than the test says, and "
                + "the interval is too narrow"),
            [false, true]);
    }
}
