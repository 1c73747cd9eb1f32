namespace Patchwise;

/// <summary>The objects that are tested, the same at every setting, and what is asked of them.</summary>
/// <param name="Source">All of the classes that are asked for: what else there is decides on no magnification, side or field.</param>
/// <param name="Objects">As many of each class as there are, ordered by image.</param>
/// <param name="Labels">Of each object the number of its class.</param>
/// <param name="Groups">Of each object the number of its group.</param>
/// <param name="Fields">Fields of view to try, px, ascending.</param>
/// <param name="Notes">What was left out.</param>
sealed record SignalSample(SignalObjects Source, SignalObject[] Objects, string[] Classes, int[] Labels, int[] Groups, int[] Fields, List<string> Notes)
{
    const int MostOfImage = 12, LeastObjects = 15, LeastGroupsOfClass = 3, LeastGroups = 5, MostClasses = 255;
    static readonly double[] Multiples = [1, 1.5, 2, 4];

    /// <exception cref="BadInputException">They cannot be tested: too few objects, classes or groups, or no room around them.</exception>
    internal static SignalSample Of(SignalObjects all, SignalOptions options)
    {
        List<string> notes = [];
        var labelled = all.Where(one => !string.IsNullOrWhiteSpace(one.Class)).Distinct().ToArray();
        if (labelled.Length == 0)
            throw new BadInputException($"none of the {all.Count:N0} objects of {all.Name} has a class: expected labelled objects, such as masks whose values "
                + "are classes, or a table with a column class");
        if (all.Count(one => string.IsNullOrWhiteSpace(one.Class)) is > 0 and var unlabelled)
            notes.Add($"{unlabelled:N0} of {all.Count:N0} objects have no class and were left out");
        if (options.Classes is { } asked)
        {
            var found = labelled.Select(one => one.Class).Distinct().Order(StringComparer.Ordinal).ToArray();
            if (asked.FirstOrDefault(name => !found.Contains(name)) is { } unknown)
                throw new BadInputException($"Classes: no object of {all.Name} is of the class '{unknown}': expected some of "
                    + $"{string.Join(", ", found.Take(12).Select(name => $"'{name}'"))}{(found.Length > 12 ? " and others" : "")} (Classes, --classes)");
            var others = labelled.Count(one => !asked.Contains(one.Class));
            labelled = Array.FindAll(labelled, one => asked.Contains(one.Class));
            if (found.Length - asked.Distinct().Count() is > 0 and var unasked)
                notes.Add($"{others:N0} objects of {unasked} other class{(unasked == 1 ? "" : "es")} were left out, as asked");
        }
        all = all.Only(labelled);
        var fields = FieldsOf(all, labelled, options, notes);
        var roomy = labelled.Where(one => all.HasRoom(one, fields[^1])).ToArray();
        if (roomy.Length < labelled.Length)
            notes.Add($"{labelled.Length - roomy.Length:N0} of {labelled.Length:N0} objects were left out, whose field of {fields[^1]} px crosses the border");

        var classes = labelled.Select(one => one.Class).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (classes.Length is < 2 or > MostClasses)
            throw new BadInputException($"{all.Name} has {classes.Length} class{(classes.Length == 1 ? $", {classes[0]}" : "es")}: expected 2 to {MostClasses} "
                + "to tell apart");
        Words.CheckApart(all.Name, "classes", classes);
        Words.CheckApart(all.Name, "groups", labelled.Where(one => one.Group != one.Image).Select(one => one.Group));
        if (labelled.Select(one => one.Group).Distinct().Count() is < LeastGroups and var few)
            throw new BadInputException($"{few} group{(few == 1 ? "" : "s")} (patients, or images where none are stated): expected {LeastGroups} or more, "
                + "since what is learned from some is tested on others; add images, or state groups");
        // In a random order, and of each class and image the first.
        var order = SeededOrder.Of(options.Seed, roomy.Length).Select(i => roomy[i]).ToArray();
        var offered = Array.ConvertAll(classes, name => order.Where(one => one.Class == name).GroupBy(one => one.Image)
            .SelectMany(image => image.Take(MostOfImage)).ToHashSet());
        foreach (var (name, own) in classes.Zip(offered))
        {
            var (objects, groups) = (own.Count, own.Select(one => one.Group).Distinct().Count());
            if (objects < LeastObjects || groups < LeastGroupsOfClass)
                throw new BadInputException($"too few objects: the class {name} has {objects} that can be tested (at most {MostOfImage} of an image, with room "
                    + $"for a field of {fields[^1]} px), in {groups} group{(groups == 1 ? "" : "s")}: expected {LeastObjects} or more, in {LeastGroupsOfClass} "
                    + "groups or more; label more, try smaller fields, or leave the class out (Classes, --classes)");
        }
        // Small classes give all they have, the others the same number each.
        var (left, quota) = (options.Objects, new int[classes.Length]);
        foreach (var (rank, k) in Enumerable.Range(0, classes.Length).OrderBy(k => offered[k].Count).Index())
            left -= quota[k] = Math.Min(offered[k].Count, left / (classes.Length - rank));
        if (quota.Min() < LeastObjects)
            throw new BadInputException($"Objects: {options.Objects} are {quota.Min()} of each of {classes.Length} classes: expected {LeastObjects} or more "
                + $"of each: state Objects = {LeastObjects * classes.Length} or more (--sample)");
        var images = all.Images.Keys.Index().ToDictionary(image => image.Item, image => image.Index);
        SignalObject[] chosen = [.. classes.Index().SelectMany(one => order.Where(offered[one.Index].Contains).Take(quota[one.Index]))
            .OrderBy(one => images[one.Image]).ThenBy(one => one.Y).ThenBy(one => one.X)];
        if (chosen.Length < options.Objects)
            notes.Add($"{options.Objects:N0} objects were to be tested, and {chosen.Length:N0} could be: at most {MostOfImage} of a class from an image count");
        if (chosen.All(one => one.IsCentre))
            notes.Add("only centres are known: the side of the objects was stated, not measured");
        if (chosen.All(one => one.Group == one.Image))
            notes.Add("each image is a group; where several are of one patient, state groups, or the accuracies are too good");
        if (all.Magnification is { } frame)
        {
            var finer = chosen.DistinctBy(one => one.Image).Where(one => all.ScaleOf(one) > 1 + 1e-9).Select(one => all.Images[one.Image]).ToArray();
            if (finer.Length > 0)
                notes.Add(Invariant($"{finer.Length:N0} of {chosen.DistinctBy(one => one.Image).Count():N0} images have more than {frame} (up to ")
                    + $"{new Magnification(finer.Max(image => image.Magnification!.Value.Power))}) and were brought down to it, the lowest, so that fields "
                    + "compare: what more they show was not tried");
        }
        var groupNumbers = chosen.Select(one => one.Group).Distinct().Index().ToDictionary(group => group.Item, group => group.Index);
        return new(all, chosen, classes, Array.ConvertAll(chosen, one => Array.IndexOf(classes, one.Class)),
            Array.ConvertAll(chosen, one => groupNumbers[one.Group]), fields, notes);
    }

    internal static bool IsFlat(Raster image)
    {
        var bytes = image.AsBytes();
        return bytes[image.Channels..].SequenceEqual(bytes[..^image.Channels]);
    }

    /// <summary>
    /// As this, with groups that hold the same pixels in one: an image under two names would be learned from and tested on, whatever the groups are called.
    /// </summary>
    /// <param name="crops">Of the objects.</param>
    /// <param name="digestOf">Of an image; null: there is none.</param>
    /// <exception cref="BadInputException">Too few groups are left of a class.</exception>
    internal SignalSample Joined(Raster[] crops, Func<string, ulong?> digestOf)
    {
        int[] into = [.. Enumerable.Range(0, Groups.Max() + 1)];
        int Root(int group) => into[group] == group ? group : into[group] = Root(into[group]);
        var first = new Dictionary<ulong, int>();
        (SignalObject, SignalObject)? such = null;
        void Join(int i, ulong digest)
        {
            if (first.TryAdd(digest, i) || Root(Groups[i]) == Root(Groups[first[digest]]))
                return;
            such ??= (Objects[first[digest]], Objects[i]);
            into[Root(Groups[i])] = Root(Groups[first[digest]]);
        }
        foreach (var (i, one) in Objects.Index())
        {
            if (digestOf(one.Image) is { } digest)
                Join(i, digest);
            if (!IsFlat(crops[i]))
                Join(i, Orientation.Digest(crops[i]));
        }
        if (such is not { } pair)
            return this;
        var numbers = Groups.Select(Root).Distinct().Index().ToDictionary(group => group.Item, group => group.Index);
        var joined = this with { Groups = Array.ConvertAll(Groups, group => numbers[Root(group)]) };
        var told = Invariant($"{into.Length - numbers.Count:N0} of {into.Length:N0} groups hold the same pixels as others, perhaps turned or mirrored, ")
            + $"such as {pair.Item1.Group} and {pair.Item2.Group}"
            + (pair.Item1.Image == pair.Item1.Group ? "" : $" ({pair.Item1.Image} and {pair.Item2.Image})");
        foreach (var (k, name) in Classes.Index())
            if (joined.Groups.Where((_, i) => Labels[i] == k).Distinct().Count() is < LeastGroupsOfClass and var left)
                throw new BadInputException($"{told}: so the class {name} lies in {left} group{(left == 1 ? "" : "s")}, expected {LeastGroupsOfClass} or more; "
                    + "leave copies out, and add other images");
        Notes.Add($"{told}: each counts as one group with its copy");
        return joined;
    }

    static int[] FieldsOf(SignalObjects all, SignalObject[] labelled, SignalOptions options, List<string> notes)
    {
        if (options.Fields is { } given)
            return [.. given.Distinct().Order()];
        var side = all.Side;
        int[] wanted = [.. Multiples.Select(multiple => (int)Math.Round(multiple * side))];
        int[] kept = [.. wanted.Where(field => 2 * labelled.Count(one => all.HasRoom(one, field)) >= labelled.Length)];
        if (kept.Length == 0)
            throw new BadInputException($"most objects lie nearer than {side / 2} px to the border, so that a field of {side} px has no room: "
                + "state smaller Fields");
        if (kept.Length < wanted.Length)
            notes.Add($"fields of {string.Join(", ", wanted.Except(kept))} px were not tried: most objects lie too near the border");
        return kept;
    }

    /// <summary>The settings to try: all that show the network something of their own.</summary>
    internal SignalSetting[] Settings(SignalOptions options, ISignalFeatures features)
    {
        var inputs = features.Inputs(options.Inputs);
        if (inputs.Count == 0)
            throw new BadInputException($"{features.Name} takes none of the inputs {string.Join(", ", options.Inputs)} px: state larger Inputs, such as 128");
        SignalSetting[] settings = [.. options.Factors.Append(1).Distinct().OrderDescending().SelectMany(factor => Fields.SelectMany(field =>
        {
            var all = inputs.Distinct().Order().Select(input => new SignalSetting(factor, field, input)).ToArray();
            var own = Array.FindAll(all, one => one.Patch < 2 * one.Input && one.Input <= MostEnlarged * one.Patch);
            return own.Length > 0 ? own : [all.MinBy(one => Math.Abs(Math.Log(one.Input / (double)one.Patch)))];
        }))];
        return settings.Length < SignalOptions.MostSettings || options.Large ? settings : throw new BadInputException(
            $"{settings.Length + 1} settings ({options.Factors.Count} factors, {Fields.Length} fields, {inputs.Count} inputs) take long: expected at most "
            + $"{SignalOptions.MostSettings}, or Large = true");
    }

    /// <summary>More enlargement adds nothing; a patch of twice the input or more is what half the magnification shows.</summary>
    const double MostEnlarged = 6;

    /// <summary>Ways of dividing the groups into parts: for each and each object the number of its part.</summary>
    internal int[][] Divisions(SignalOptions options)
    {
        var groups = Groups.Max() + 1;
        var parts = Math.Min(options.Folds, groups);
        // With a group in each part there is one way only.
        return [.. Enumerable.Range(0, parts == groups ? 1 : options.Repeats).Select(repeat => Divide(Labels, Groups, parts, options.Seed + repeat))];
    }

    /// <summary>For each object the share of the divisions in which it was given its class.</summary>
    internal double[] Right(SignalGiven given) =>
        [.. Labels.Select((label, i) => given.Classes.Count(one => one[i] == label) / (double)given.Classes.Length)];

    /// <summary>
    /// Divides the groups into parts, each with its share of every class: large groups first, each to the part that has least of its classes; those of about
    /// equal size in a random order.
    /// </summary>
    /// <returns>For each object the number of its part.</returns>
    internal static int[] Divide(int[] labels, int[] groups, int parts, int seed)
    {
        var (count, classes) = (groups.Max() + 1, labels.Max() + 1);
        var sizes = new double[count, classes];
        var totals = new double[classes];
        for (var i = 0; i < labels.Length; i++)
            totals[labels[i]]++;
        for (var i = 0; i < labels.Length; i++)
            sizes[groups[i], labels[i]] += 1 / totals[labels[i]];
        var (filled, part) = (new double[parts, classes], new int[count]);
        var members = new int[parts];
        double Sum(int group) => Enumerable.Range(0, classes).Sum(k => sizes[group, k]);
        foreach (var group in SeededOrder.Of(seed, count).OrderByDescending(group => Math.Round(Math.Log2(Sum(group)))))
        {
            part[group] = Enumerable.Range(0, parts).MinBy(p =>
                (Math.Round(Enumerable.Range(0, classes).Sum(k => sizes[group, k] * filled[p, k]), 12), members[p]));
            members[part[group]]++;
            for (var k = 0; k < classes; k++)
                filled[part[group], k] += sizes[group, k];
        }
        return Array.ConvertAll(groups, group => part[group]);
    }

    /// <summary>
    /// How well the classes are known from the group alone: the balanced accuracy of telling each object to be what most others of its group are.
    /// </summary>
    internal double KnownFromGroup()
    {
        var counts = new int[Groups.Max() + 1, Classes.Length];
        foreach (var (label, group) in Labels.Zip(Groups))
            counts[group, label]++;
        var right = Labels.Zip(Groups, (label, group) =>
        {
            int Others(int k) => counts[group, k] - (k == label ? 1 : 0);
            return Others(label) > 0 && Enumerable.Range(0, Classes.Length).All(k => k == label || Others(k) < Others(label)) ? 1.0 : 0;
        });
        return SignalScores.Balanced([.. right], Labels);
    }

    /// <summary>What the network sees at a setting of a crop that holds its field: the magnification taken to, then the input.</summary>
    internal static Raster Seen(Raster crop, SignalSetting setting)
    {
        var start = (crop.Width - setting.Field) / 2;
        var field = crop.Width == setting.Field ? crop : crop.Crop(Box.Of(new(setting.Field, setting.Field)).Shift(start, start));
        return Resized(Resized(field, setting.Patch), setting.Input);
    }

    /// <summary>Brought down by area, enlarged by cubic interpolation; on this thread, as others do the same.</summary>
    internal static Raster Resized(Raster image, int side) =>
        image.Width == side ? image : image.Resize(new(side, side), side < image.Width ? ResizeMethod.Area : ResizeMethod.Cubic, alone: true);
}
