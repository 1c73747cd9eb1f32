namespace Patchwise;

/// <summary>
/// Parts of the patches, each of which is predicted by what was trained on the others. Equal images are in one part, and so are those of one patient where
/// patients are known.
/// </summary>
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
        if (patches.Patients is { } patients)
            return OfPatients(patches, Joined(groups, patients), folds, seed);
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

    /// <summary>Numbers that equal images share and those of one patient, and so all that either joins.</summary>
    internal static int[] Joined(int[] groups, IReadOnlyList<string> patients)
    {
        int[] joined = [.. Enumerable.Range(0, groups.Length)];
        int Root(int i) => joined[i] == i ? i : joined[i] = Root(joined[i]);
        foreach (var same in groups.Index().GroupBy(one => one.Item, one => one.Index).Select(own => own.ToArray())
            .Concat(patients.Index().GroupBy(one => one.Item, one => one.Index).Select(own => own.ToArray())))
            foreach (var i in same)
                joined[Root(i)] = Root(same[0]);
        return [.. Enumerable.Range(0, groups.Length).Select(Root)];
    }

    /// <summary>Large patients first, each to the part that has least of its classes: so that each class is in several parts.</summary>
    static int[] OfPatients(LabelledPatches patches, int[] clusters, int? folds, int seed)
    {
        var classes = patches.Classes.Count;
        var rows = Enumerable.Range(0, clusters.Length).GroupBy(i => clusters[i]).Select(own => own.ToArray()).ToArray();
        var totals = patches.Labels.CountBy(label => label).ToDictionary();
        var shares = Array.ConvertAll(rows, own => own.CountBy(i => patches.Labels[i]).Select(one => (one.Key, Share: one.Value / (double)totals[one.Key]))
            .ToArray());
        foreach (var (label, known) in patches.Classes.Index())
            if (shares.Count(own => own.Any(one => one.Key == label)) < 2)
                throw new BadInputException($"the class {known.Name} of {patches.Name} has patches of one patient only: expected two patients or more, so that "
                    + "one can be learned from while another is tested; add some, take the class out, or state no patients (layout)");
        if (folds is not null && (folds < 2 || folds > rows.Length))
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{folds} folds of {rows.Length} patients: expected 2 to {rows.Length}"));
        var count = folds ?? (rows.Length <= Usual || clusters.Length <= MostLeaveOneOut ? rows.Length : Usual);
        var (parts, filled, sizes) = (new int[clusters.Length], new double[count, classes], new int[count]);
        foreach (var at in SeededOrder.Of(seed, rows.Length).OrderByDescending(at => shares[at].Max(one => one.Share)))
        {
            var part = Enumerable.Range(0, count).MinBy(part => (shares[at].Sum(one => one.Share * filled[part, one.Key]), sizes[part]));
            foreach (var (label, share) in shares[at])
                filled[part, label] += share;
            foreach (var i in rows[at])
                parts[i] = part;
            sizes[part] += rows[at].Length;
        }
        foreach (var (label, known) in patches.Classes.Index())
            if (Enumerable.Range(0, count).Any(part => filled[part, label] > 1 - 1e-9))
                throw new BadInputException($"all patients with patches of the class {known.Name} of {patches.Name} are in one of {count} folds: ask for more "
                    + "(folds), or add patients");
        return parts;
    }
}
