namespace Patchwise;

/// <summary>How well a score ranks slides of a label above the others (Hanley and McNeil 1982, "The meaning and use of the area under a ROC curve").</summary>
public sealed record RocCurve
{
    /// <summary>Slides of the label, the others, and how many groups they are from.</summary>
    public required int Positives { get; init; }
    public required int Negatives { get; init; }
    public required int Groups { get; init; }

    /// <summary>
    /// How probable it is that a slide of the label has a higher score than another, ties half: 0.5 is chance. The interval is where 95 % of bootstrap
    /// resamples lie that draw whole groups, since slides of one patient resemble each other. Null without slides of both kinds.
    /// </summary>
    public required Estimate? Auc { get; init; }

    /// <summary>Share of the others, and of the label's slides, whose score is at least a threshold: from (0, 0) to (1, 1), a point for each score.</summary>
    public required IReadOnlyList<double> FalsePositives { get; init; }
    public required IReadOnlyList<double> TruePositives { get; init; }

    /// <summary>Why there is no curve, or what to know of its interval; empty where there is nothing to say.</summary>
    public required string Note { get; init; }

    /// <param name="scores">One a slide, numbers.</param>
    /// <param name="positive">Whether a slide has the label.</param>
    /// <param name="groups">The patient of a slide, or what else makes slides alike; null: a slide is a group of its own.</param>
    /// <param name="resamples">Of the bootstrap, 100 to 100000.</param>
    /// <exception cref="BadInputException">A score is no number, or there are not as many of each.</exception>
    public static RocCurve Of(IReadOnlyList<double> scores, IReadOnlyList<bool> positive, IReadOnlyList<string?>? groups = null, int resamples = 2000,
        int seed = 0)
    {
        if (scores.Count != positive.Count || groups is not null && groups.Count != scores.Count)
            throw new BadInputException(Invariant($"{scores.Count} scores, {positive.Count} labels and {groups?.Count ?? 0} groups: ")
                + "expected one of each a slide");
        if (scores.Index().FirstOrDefault(one => !double.IsFinite(one.Item), (-1, 0)) is ( >= 0 and var bad, var score))
            throw new BadInputException(Invariant($"score {bad} is {score}: expected a number; leave out slides that have none"));
        int[] labels = [.. positive.Select(one => one ? 1 : 0)];
        // A slide without a group is one: its number is no other's name.
        int[] group = [.. Numbered(scores.Select((_, i) => (object?)groups?[i] ?? i))];
        var (ones, count) = (labels.Sum(), group.Length == 0 ? 0 : group.Max() + 1);
        var empty = new RocCurve
        {
            Positives = ones,
            Negatives = labels.Length - ones,
            Groups = count,
            Auc = null,
            FalsePositives = [],
            TruePositives = [],
            Note = "",
        };
        if (labels.Length == 0)
            return empty with { Note = "no slide has a label and a score" };
        if (ones == 0 || ones == labels.Length)
            return empty with { Note = Invariant($"all {labels.Length} slides are of one kind: there is nothing to tell apart") };
        var ranking = new Ranking([.. scores]);
        var auc = Bootstrap.Of(count, 1, (weights, result) =>
        {
            var each = new int[labels.Length];
            for (var i = 0; i < each.Length; i++)
                each[i] = weights[group[i]];
            result[0] = ranking.AreaUnderCurve(labels, 1, each);
        }, resamples, seed)[0];
        var (others, found) = ranking.Curve(labels, 1);
        var fewest = Math.Min(GroupsOf(1), GroupsOf(0));
        int GroupsOf(int label) => group.Where((_, i) => labels[i] == label).Distinct().Count();
        return empty with
        {
            Auc = auc,
            FalsePositives = others,
            TruePositives = found,
            Note = fewest < Bootstrap.FewRows / 2 ? Invariant($"one of the two kinds has {fewest} {(fewest == 1 ? "group" : "groups")} only: too few, ")
                + $"the interval is too narrow" : "",
        };
    }

    /// <summary>Equal things have equal numbers, from 0 as they come.</summary>
    static IEnumerable<int> Numbered(IEnumerable<object> things)
    {
        Dictionary<object, int> numbers = [];
        foreach (var thing in things)
        {
            if (!numbers.TryGetValue(thing, out var number))
                numbers[thing] = number = numbers.Count;
            yield return number;
        }
    }
}
