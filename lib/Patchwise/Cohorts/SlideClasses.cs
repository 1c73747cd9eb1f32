using System.Collections;

namespace Patchwise;

/// <summary>
/// The classes of one slide of a cohort. Of a thousand classes a slide has few: those that no patch is of differ in their mean probability only, so a slide
/// takes eight bytes a class and not eighty; what it shares with other slides of its network is kept once.
/// </summary>
/// <param name="known">Of all slides of its network.</param>
sealed class SlideClasses(SlideClasses.Network known, IReadOnlyList<ClassSummary> all) : IReadOnlyList<ClassSummary>
{
    /// <summary>The classes of a network, and where each stands.</summary>
    internal sealed class Network(ClassInfo[] classes)
    {
        internal ClassInfo[] Classes { get; } = classes;

        internal Dictionary<string, int> Places { get; } =
            classes.Index().DistinctBy(one => one.Item.Name).ToDictionary(one => one.Item.Name, one => one.Index);
    }

    readonly double[] _probabilities = [.. all.Select(one => one.MeanProbability)];

    /// <summary>What a class that no patch is of has.</summary>
    readonly Estimate _nowhere = Nowhere(all);

    /// <summary>All others, by their place.</summary>
    readonly Dictionary<int, (int Count, Estimate Share)> _found = all.Index()
        .Where(one => one.Item.Count != 0 || one.Item.Share != Nowhere(all)).ToDictionary(one => one.Index, one => (one.Item.Count, one.Item.Share));

    static Estimate Nowhere(IReadOnlyList<ClassSummary> all) => all.FirstOrDefault(one => one.Count == 0)?.Share ?? default;

    internal Network Of => known;

    public int Count => _probabilities.Length;

    public ClassSummary this[int index] => _found.TryGetValue(index, out var found)
        ? new(known.Classes[index], found.Count, found.Share, _probabilities[index]) : new(known.Classes[index], 0, _nowhere, _probabilities[index]);

    /// <summary>Null where the network has no such class.</summary>
    internal ClassSummary? Named(string name) => known.Places.TryGetValue(name, out var place) ? this[place] : null;

    public IEnumerator<ClassSummary> GetEnumerator() => Enumerable.Range(0, Count).Select(index => this[index]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
