namespace Patchwise;

/// <summary>Parts of the patches, each of which is predicted by what was trained on the others. Equal images are in one part.</summary>
static class Folds
{
    /// <summary>From this many patches on ten parts take the place of leaving out one at a time, which would train as often as there are patches.</summary>
    internal const int MostLeaveOneOut = 200, Usual = 10;

    /// <summary>For each patch the number of its part. Classes are spread evenly over the parts.</summary>
    /// <param name="groups">For each patch a number that equal images share.</param>
    /// <param name="folds">Null: every image by itself up to <see cref="MostLeaveOneOut"/>, else <see cref="Usual"/>.</param>
    /// <exception cref="BadInputException">
    /// A class has no patch, or only one image so that none is left to learn it from; equal images have different classes.
    /// </exception>
    internal static int[] Of(LabelledPatches patches, int[] groups, int? folds, int seed)
    {
        var (labels, first) = (patches.Labels, new Dictionary<int, int>());
        for (var i = 0; i < groups.Length; i++)
            if (!first.TryAdd(groups[i], i) && labels[first[groups[i]]] != labels[i])
                throw new BadInputException(
                    $"{patches.Files[first[groups[i]]]} and {patches.Files[i]} are the same image, perhaps turned or mirrored, in different classes: leave "
                        + $"one of them out");
        var members = patches.Classes.Select((_, label) => first.Values.Where(i => labels[i] == label).Select(i => groups[i]).ToArray()).ToArray();
        foreach (var (label, known) in patches.Classes.Index())
            if (members[label].Length < 2)
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                    $"the class {known.Name} of {patches.Name} has {members[label].Length} different patch{(members[label].Length == 1 ? "" : "es")}: "
                        + $"expected 2 or more, so that one can be learned from while another is tested; add some, or take the class out"));
        if (members.Length < 2)
            throw new BadInputException($"{patches.Name} has the class {patches.Classes[0].Name} only: expected two classes or more to tell apart");
        if (folds is not null && (folds < 2 || folds > first.Count))
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{folds} folds of {first.Count} different patches: expected 2 to {first.Count}"));
        var count = folds ?? (first.Count <= MostLeaveOneOut ? first.Count : Usual);
        var (part, next) = (new Dictionary<int, int>(), 0);
        foreach (var (label, own) in members.Index())
            foreach (var at in SeededOrder.Of(seed, own.Length))
                part[own[at]] = next++ % count;
        return [.. groups.Select(group => part[group])];
    }
}
