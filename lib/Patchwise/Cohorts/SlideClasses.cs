using System.Collections;

namespace Patchwise;

/// <summary>
/// The classes of one slide of a cohort. Of a thousand classes a slide has few: those that no patch is of differ in their mean probability only, so a slide
/// takes eight bytes a class and not eighty; what it shares with other slides of its network is kept once.
/// </summary>
sealed class SlideClasses : IReadOnlyList<ClassSummary>
{
    /// <summary>The classes of a network, and where each stands.</summary>
    internal sealed class Network(ClassInfo[] classes)
    {
        internal ClassInfo[] Classes { get; } = classes;

        internal string Names { get; } = string.Join('\n', classes.Select(one => one.Name));

        internal Dictionary<string, int> Places { get; } =
            classes.Index().DistinctBy(one => one.Item.Name).ToDictionary(one => one.Item.Name, one => one.Index);
    }

    readonly Network _known;
    readonly double[] _probabilities;

    /// <summary>What a class that no patch is of has.</summary>
    readonly Estimate _nowhere;

    /// <summary>All others, by their place.</summary>
    readonly Dictionary<int, (int Count, Estimate Share)> _found;

    /// <param name="known">Of all slides of its network.</param>
    internal SlideClasses(Network known, IReadOnlyList<ClassSummary> all)
    {
        (_known, _probabilities) = (known, [.. all.Select(one => one.MeanProbability)]);
        _nowhere = all.FirstOrDefault(one => one.Count == 0)?.Share ?? default;
        _found = all.Index().Where(one => one.Item.Count != 0 || one.Item.Share != _nowhere)
            .ToDictionary(one => one.Index, one => (one.Item.Count, one.Item.Share));
    }

    /// <summary>Of all classes, in their order.</summary>
    internal string Names => _known.Names;

    /// <summary>All classes that any slide has, one of each name.</summary>
    internal static IEnumerable<ClassInfo> OfAll(IEnumerable<SlideResult> slides) => slides.Select(slide => slide.Classes).OfType<SlideClasses>()
        .Select(one => one._known).Distinct().SelectMany(network => network.Classes).DistinctBy(one => one.Name);

    public int Count => _probabilities.Length;

    public ClassSummary this[int index] => _found.TryGetValue(index, out var found)
        ? new(_known.Classes[index], found.Count, found.Share, _probabilities[index]) : new(_known.Classes[index], 0, _nowhere, _probabilities[index]);

    /// <summary>Null where the network has no such class.</summary>
    internal ClassSummary? Named(string name) => _known.Places.TryGetValue(name, out var place) ? this[place] : null;

    public IEnumerator<ClassSummary> GetEnumerator() => Enumerable.Range(0, Count).Select(index => this[index]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
