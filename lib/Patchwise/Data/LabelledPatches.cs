using System.Text.RegularExpressions;

namespace Patchwise;

/// <summary>Patches with a known class, each an image file: a folder of class folders. In the order of the classes, then by path.</summary>
public sealed partial class LabelledPatches : ITabular
{
    /// <summary>The id in the manifest, or the folder's name.</summary>
    public string Name { get; }

    public string Folder { get; }

    /// <summary>Full paths.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>For each file the number of its class in <see cref="Classes"/>.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>
    /// For each file whose it is, as a layout says; null: not known. Patches of one patient resemble each other, so that a classifier is tested on others.
    /// </summary>
    public IReadOnlyList<string>? Patients { get; private init; }

    /// <summary>In the manifest's order, or of a folder of one's own by name.</summary>
    public IReadOnlyList<ClassInfo> Classes { get; }

    /// <summary>Of all patches, as given or as the manifest states it; null: as the files do.</summary>
    public Mpp? Mpp { get; private init; }

    /// <summary>Null for a folder of one's own.</summary>
    public string? Licence { get; private init; }

    /// <summary>Who made them; null for a folder of one's own.</summary>
    public string? Source { get; private init; }

    /// <summary>Files in the class folders that are no images, counted by extension, or masks of others; empty: none.</summary>
    public string LeftOut { get; private init; } = "";

    /// <summary>The parts that the folder is divided into, such as train and val, whose patches are taken together; empty: it is not.</summary>
    public IReadOnlyList<string> Parts { get; private init; } = [];

    /// <summary>Names of folders that lie in several class folders, which hold no image themselves: perhaps these are the classes, of patients.</summary>
    public IReadOnlyList<string> Shared { get; private init; } = [];

    public int Count => Files.Count;

    LabelledPatches(string name, string folder, IReadOnlyList<ClassInfo> classes, IReadOnlyList<string> files, IReadOnlyList<int> labels) =>
        (Name, Folder, Classes, Files, Labels) = (name, folder, classes, files, labels);

    /// <summary>
    /// Opens an entry of the manifest that is on this machine, or a folder that holds a folder of images for each class, or parts (train, val, test, fold1)
    /// that do, which are taken together: open one of them for itself. A folder without images is a class without patches. No image is decoded.
    /// </summary>
    /// <param name="mpp">Microns per pixel of all patches, where manifest and files state none or a wrong one.</param>
    /// <param name="layout">
    /// Where in an image's path its class and its patient are named, where that is another than a folder a class: "{patient}/{class}", or
    /// "{class}/{patient}_*" for files that begin with the patient. A star stands for anything within one name.
    /// </param>
    /// <exception cref="BadInputException">No such folder or id, or no image in its class folders; the message says what was found.</exception>
    public static LabelledPatches Open(string folderOrId, double? mpp = null, string? layout = null) =>
        OpenWith(Manifest.TryLoad(), folderOrId, mpp, layout);

    internal static LabelledPatches OpenWith(Manifest? manifest, string folderOrId, double? mpp = null, string? layout = null)
    {
        var (folder, entry) = Manifest.Open(manifest, folderOrId, DataKind.LabelledPatches, "a folder that holds a folder of images for each class");
        var (name, known) = (entry?.Id ?? Path.GetFileName(folder), (mpp ?? entry?.Resolution?.Mpp) is { } stated ? new Mpp(stated) : (Mpp?)null);
        return layout is null ? Read(name, folder, entry, known) : Read(name, folder, entry, known, new PathLayout(layout));
    }

    static LabelledPatches Read(string name, string folder, ManifestEntry? entry, Mpp? mpp, PathLayout layout)
    {
        var (images, masks) = SetFiles.WithoutMasks(folder);
        var found = images.Select(file => (File: file, At: layout.Find(Path.GetRelativePath(folder, file)))).ToLookup(one => one.At is not null);
        if (!found[true].Any())
            throw new BadInputException(images.Count == 0 ? $"{folder} holds no images: expected those of patches, laid out as {layout}"
                : $"none of the {Words.Count(images.Count)} images in {folder} lies as the layout {layout} says, such as "
                    + $"{Path.GetRelativePath(folder, images[0])}: expected where in their paths class and patient are named");
        var placed = found[true].Select(one => (one.File, one.At!.Value.Class, one.At.Value.Patient)).ToArray();
        Words.CheckApart(folder, "classes", placed.Select(one => one.Class));
        Words.CheckApart(folder, "patients", placed.Select(one => one.Patient));
        var classes = ClassesOf(entry, placed.Select(one => one.Class).Distinct(), folder, name, "the class");
        var ordered = placed.Select(one => (one.File, one.Patient, Label: classes.Index().First(known => known.Item.Name.Normalize() == one.Class).Index))
            .OrderBy(one => one.Label).ThenBy(one => one.File, StringComparer.Ordinal).ToArray();
        var others = found[false].Select(one => one.File).ToArray();
        return new(name, folder, classes, Array.ConvertAll(ordered, one => one.File), Array.ConvertAll(ordered, one => one.Label))
        {
            Mpp = mpp,
            Licence = entry?.Licence,
            Source = entry?.Source,
            Patients = ordered[0].Patient is null ? null : Array.ConvertAll(ordered, one => one.Patient!),
            LeftOut = string.Join(", ", new[] { masks > 0 ? Invariant($"{masks} masks of others") : "",
                others.Length == 0 ? ""
                : Invariant($"{others.Length} image{(others.Length == 1 ? "" : "s")} in other places, such as {Path.GetRelativePath(folder, others[0])}") }
                .Where(one => one != "")),
        };
    }

    /// <summary>The manifest's, or those found in order.</summary>
    /// <param name="kind">What names one.</param>
    static IReadOnlyList<ClassInfo> ClassesOf(ManifestEntry? entry, IEnumerable<string> found, string folder, string name, string kind)
    {
        string[] names = [.. found.Order(StringComparer.Ordinal)];
        var classes = entry is { Classes: { Count: > 0 } known } ? known
            : [.. names.Select((one, index) => new ClassInfo(one, one, Palette.Distinct(index)))];
        return Array.Find(names, one => classes.All(own => own.Name.Normalize() != one)) is { } other
            ? throw new BadInputException(
                $"{folder} holds {kind} {other}, which is no class of {name}: expected {string.Join(", ", classes.Select(one => one.Name))}") : classes;
    }

    /// <param name="entry">Whose classes are the folders; null, or of none: each folder is one.</param>
    static LabelledPatches Read(string name, string folder, ManifestEntry? entry, Mpp? mpp)
    {
        var root = ClassFolders(folder);
        // An archive may hold the class folders in a folder of its own.
        while (root is [var only] && ClassFolders(only) is { Count: > 0 } below)
            root = below;
        // Many sets come divided, each part with a folder a class: train/TUM, val/TUM.
        List<string> parts = root.Count > 1 && root.TrueForAll(IsPart) ? root.FindAll(path => ClassFolders(path).Count > 0) : [];
        var without = parts.Count == 0 ? [] : root.Except(parts).ToArray();
        if (parts.Count > 0)
            root = [.. parts.SelectMany(ClassFolders)];
        if (root.DistinctBy(path => path.Normalize()).Count() < root.Count)
            throw new BadInputException($"{folder} holds folders whose names differ only in how Unicode writes a letter: rename one of them");
        var named = root.ToLookup(path => Path.GetFileName(path).Normalize());
        var names = named.Select(one => one.Key).Order(StringComparer.Ordinal).ToList();
        Words.CheckApart(folder, "folders", names);
        var classes = ClassesOf(entry, names, folder, name, "the folder");
        var (files, labels) = (new List<string>(), new List<int>());
        var masks = 0;
        foreach (var (label, one) in classes.Index())
            foreach (var path in named[one.Name.Normalize()])
            {
                var (images, besides) = SetFiles.WithoutMasks(path);
                files.AddRange(images);
                masks += besides;
                labels.AddRange(Enumerable.Repeat(label, files.Count - labels.Count));
            }
        if (files.Count == 0)
            throw new BadInputException(
                $"{folder} holds no labelled patches: expected a folder for each class with files that end in {string.Join(" ", SetFiles.Extensions)}; "
                + (names.Count > 0 ? $"the folders {string.Join(", ", names.Take(8))} hold none" : $"it has no folders{SetFiles.OtherFiles(folder)}"));
        return new(name, folder, classes, files, labels)
        {
            Mpp = mpp,
            Licence = entry?.Licence,
            Source = entry?.Source,
            Parts = [.. parts.Select(path => Path.GetFileName(path))],
            Shared = entry is { Classes.Count: > 0 } || root.Exists(path => InputFile.Read(path, () => Directory.EnumerateFiles(path).Any(SetFiles.IsImage)))
                ? [] : [.. root.SelectMany(path => ClassFolders(path).Select(below => (Path.GetFileName(path), Below: Path.GetFileName(below)))).Distinct()
                    .CountBy(one => one.Below).Where(below => below.Value > 1).Select(below => below.Key).Order(StringComparer.Ordinal)],
            LeftOut = string.Join(", ", new[] { SetFiles.LeftOut([.. root]), masks > 0 ? Invariant($"{masks} masks of others") : "",
                without.Length == 0 ? "" : $"{string.Join(", ", without.Select(path => Path.GetFileName(path)))}, without class folders" }
                .Where(one => one != "")),
        };
    }

    static List<string> ClassFolders(string folder) => InputFile.Read<List<string>>(folder, () =>
        [.. Directory.EnumerateDirectories(folder).Where(path => !SetFiles.IsHidden(path)).Order(StringComparer.Ordinal)],
        "cannot be searched for class folders");

    static bool IsPart(string path) => PartName().IsMatch(Path.GetFileName(path));

    [GeneratedRegex("^((train|training|trn|val|valid|validation|dev|test|testing|tst)([ _-]?(set|data))?|(fold|split)[ _-]?[0-9]+)$", RegexOptions.IgnoreCase)]
    private static partial Regex PartName();

    /// <summary>The same patches with their labels in the order of a model's classes, which are matched by name.</summary>
    /// <exception cref="BadInputException">The model lacks a class that has patches.</exception>
    public LabelledPatches As(IReadOnlyList<ClassInfo> classes)
    {
        var names = classes.Select(other => other.Name.Normalize()).ToList();
        var places = Classes.Select(one => names.IndexOf(one.Name.Normalize())).ToArray();
        if (Labels.FirstOrDefault(label => places[label] < 0, -1) is >= 0 and var lacking)
            throw new BadInputException(
                $"the class {Classes[lacking].Name} of {Name} is none of the model's: it tells "
                    + $"{string.Join(", ", classes.Take(12).Select(one => one.Name))}{(classes.Count > 12 ? " and others" : "")}; rename the folder, or "
                    + $"choose another model");
        return With(classes, [.. Enumerable.Range(0, Count)], [.. Labels.Select(label => places[label])]);
    }

    /// <param name="at">Which of these files.</param>
    LabelledPatches With(IReadOnlyList<ClassInfo> classes, int[] at, IReadOnlyList<int> labels) =>
        new(Name, Folder, classes, Array.ConvertAll(at, i => Files[i]), labels)
        {
            Mpp = Mpp,
            Licence = Licence,
            Source = Source,
            LeftOut = LeftOut,
            Parts = Parts,
            Shared = Shared,
            Patients = Patients is null ? null : Array.ConvertAll(at, i => Patients[i]),
        };

    /// <summary>
    /// Two parts with the same classes: what one trains on and what one tests on. Each class is divided by itself, with at least one patch in each part where
    /// it has two. Where patients are known each is in one part only, and the parts are as near to the share of each class as such a division comes. Copies of
    /// an image are not looked for: <c>LinearHead.Split</c> keeps them together.
    /// </summary>
    /// <param name="share">Of each class that goes to the second part, rounded.</param>
    /// <param name="groups">For each patch a number that those share which are to be in one part; null: its patient, or where none is known its own.</param>
    /// <exception cref="BadInputException">
    /// A share that is not between 0 and 1, a seed below 0; or the patients cannot be divided so that both parts have each class.
    /// </exception>
    public (LabelledPatches Kept, LabelledPatches Held) Split(double share = 1 / 3.0, int seed = 7, IReadOnlyList<int>? groups = null)
    {
        if (groups is not null && groups.Count != Count)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{groups.Count} groups of {Count} patches: expected one of each"));
        if (groups is null && Patients is { } patients)
        {
            var numbers = patients.Distinct().Index().ToDictionary(one => one.Item, one => one.Index);
            groups = [.. patients.Select(patient => numbers[patient])];
        }
        var single = groups is null || groups.Distinct().Count() == Count;
        if (!(share > 0 && share < 1))
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"a share of {share}: expected between 0 and 1, such as 0.33"));
        var held = single ? new bool[Count] : HeldGroups(groups!, share, seed);
        foreach (var members in !single ? [] : Enumerable.Range(0, Count).GroupBy(i => Labels[i]).Select(group => group.ToArray()))
            foreach (var place in SeededOrder.Of(seed, members.Length).Take(members.Length < 2 ? 0
                : Math.Clamp((int)Math.Round(share * members.Length), 1, members.Length - 1)))
                held[members[place]] = true;
        LabelledPatches Part(bool second) => Some([.. Enumerable.Range(0, Count).Where(i => held[i] == second)]);
        return (Part(false), Part(true));
    }

    /// <summary>
    /// Some of the patches, as many of each class as there are and as evenly from its patients, or where these are not known from all its files.
    /// </summary>
    /// <param name="most">Patches to keep; null, or no fewer than there are: all.</param>
    /// <exception cref="BadInputException">Fewer than two of each class that has any are asked for, or a seed below 0.</exception>
    public LabelledPatches Sample(int? most, int seed = 7)
    {
        var classes = Labels.Distinct().Count();
        if (most < 2 * classes)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"a sample of {most} patches of {classes} classes: expected {2 * classes} or more (sample)"));
        if (most is not { } wanted || wanted >= Count)
            return this;
        var order = SeededOrder.Of(seed, Count);
        // Of each class the first of all its patients, then the second; of all classes the first, then the second.
        int[] chosen = [.. order.GroupBy(i => Labels[i])
            .SelectMany(own => own.GroupBy(i => Patients?[i]).SelectMany(patient => patient.Index()).OrderBy(one => one.Index).Select(one => one.Item).Index())
            .OrderBy(one => one.Index).Select(one => one.Item).Take(wanted)];
        return Some([.. chosen.Order()]);
    }

    LabelledPatches Some(int[] at) => With(Classes, at, Array.ConvertAll(at, i => Labels[i]));

    /// <summary>
    /// Whole groups, of patients or copies, for the second part: in several random orders the first is taken, and of the others each that
    /// brings the classes nearer to their share; the order that ends nearest is kept.
    /// </summary>
    bool[] HeldGroups(IReadOnlyList<int> groups, double share, int seed)
    {
        const int Orders = 50;
        int[] Counts(IEnumerable<int> rows)
        {
            var counts = new int[Classes.Count];
            foreach (var i in rows)
                counts[Labels[i]]++;
            return counts;
        }
        var all = Enumerable.Range(0, Count);
        var (totals, found) = (Counts(all), all.GroupBy(i => groups[i]).Select(own => (Number: own.Key, Counts: Counts(own))).ToArray());
        double Missed(int[] of) => of.Zip(totals).Where(one => one.Second > 0).Sum(one => Math.Pow((double)one.First / one.Second - share, 2));
        bool IsInBoth(int[] of) => of.Zip(totals).All(one => one.Second == 0 || (one.First > 0 && one.First < one.Second));
        (HashSet<int> Held, int[] Counts) InOrder(int order)
        {
            var (held, counts) = (new HashSet<int>(), new int[totals.Length]);
            foreach (var at in SeededOrder.Of((int)(((long)seed + order) & int.MaxValue), found.Length))
                if (counts.Zip(found[at].Counts, (have, more) => have + more).ToArray() is var then && (held.Count == 0 || Missed(then) < Missed(counts)))
                    (_, counts) = (held.Add(found[at].Number), then);
            return (held, counts);
        }
        var best = Enumerable.Range(0, Orders).Select(InOrder).Where(one => IsInBoth(one.Counts)).OrderBy(one => Missed(one.Counts))
            .FirstOrDefault();
        return best.Held is { } held ? [.. groups.Select(held.Contains)] : throw new BadInputException(
            $"the {Words.Count(found.Length)} patients of {Name} (or images, some of which are copies) cannot be divided so that both parts have patches of "
                + "each class: add patients of the classes that few have, or state no patients (layout)");
    }

    /// <summary>Some patches of each class, a row a class; decodes those that are shown.</summary>
    /// <param name="each">Patches a class.</param>
    public Gallery Gallery(int each = 5, int seed = 0)
    {
        if (each is < 1 or > 100)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{each} patches of each class: expected 1 to 100"));
        var gallery = new Gallery("Labelled patches, some of each class");
        foreach (var (index, one) in Classes.Index())
        {
            var files = Files.Where((_, i) => Labels[i] == index).ToArray();
            var chosen = SeededOrder.Of(seed, files.Length).Take(each).Select(i => files[i]);
            gallery = gallery.Row(one.Title == one.Name ? one.Name : $"{one.Name}: {one.Title}",
                files.Length == 0 ? [GalleryCell.Empty("none")]
                    : [.. chosen.Select(file =>
                    {
                        var pixels = Raster.Load(file);
                        pixels.Mpp = Mpp ?? pixels.Mpp;
                        return new GalleryCell(pixels, Path.GetFileNameWithoutExtension(file));
                    })]);
        }
        return gallery;
    }

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => new(["class", "title", "patches"],
        [.. Classes.Index().Select(one => (string[])[one.Item.Name, one.Item.Title,
            string.Create(CultureInfo.InvariantCulture, $"{Labels.Count(label => label == one.Index):N0}")]),
            ["all", "", string.Create(CultureInfo.InvariantCulture, $"{Count:N0}")]],
        string.Create(CultureInfo.InvariantCulture,
            $"{Name}: {Count:N0} patches{(Mpp is { } mpp ? FormattableString.Invariant($" at {mpp.X} mpp") : "")}{(Licence is null ? "" : $", {Licence}")}")
                + (Patients?.Distinct().ToArray() is not { } patients ? "" : $"; {Words.Count(patients.Length)} patient{(patients.Length == 1 ? "" : "s")}, "
                    + $"such as {string.Join(", ", patients.Take(3))}")
                + (Parts.Count == 0 ? "" : $"; {string.Join(", ", Parts)} taken together")
                + (Shared.Count == 0 ? "" : $"; classes are the outer folders, while {string.Join(", ", Shared.Take(4))}"
                    + $"{(Shared.Count > 4 ? " and others" : "")} lie in several: if these are the classes, say so (layout: {{patient}}/{{class}})")
                + (LeftOut == "" ? "" : $"; left out: {LeftOut}"),
                [false, false, true]);
}
