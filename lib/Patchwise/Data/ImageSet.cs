namespace Patchwise;

/// <summary>Images with masks of their objects, or with a table of these, ordered by path.</summary>
public sealed class ImageSet : ITabular
{
    readonly IReadOnlyList<SetProblem> _problems;
    readonly Lazy<SetReport> _report;

    /// <summary>The id in the manifest, or the folder's name.</summary>
    public string Name { get; }

    public string Folder { get; }

    /// <summary>Null for a folder of one's own.</summary>
    public string? Licence { get; }

    public IReadOnlyList<SetImage> Images { get; }

    /// <summary>Of all images, as a table states them; null where masks hold them.</summary>
    internal IReadOnlyList<SetObject>? Objects { get; private init; }

    /// <summary>What a reader should know of the table of objects.</summary>
    internal IReadOnlyList<string> ObjectNotes { get; private init; } = [];

    /// <summary>
    /// What is wrong, file by file: no partner, unequal sizes, unreadable (these images are left out), masks without objects (kept).
    /// The first call decodes every mask.
    /// </summary>
    public SetReport Report => _report.Value;

    ImageSet(string name, string folder, string? licence, IReadOnlyList<SetImage> images, IReadOnlyList<SetProblem> problems)
    {
        (Name, Folder, Licence, Images, _problems) = (name, folder, licence, images, problems);
        _report = new(() => new SetReport(images.Count, [.. problems, .. CheckMasks()]));
    }

    /// <summary>
    /// Opens an entry of the manifest that is on this machine, or a folder (write ./name where a folder is called as an id is). Images and masks
    /// are paired by the folder's index.csv, with the columns image and mask, or else by their names.
    /// </summary>
    /// <param name="magnification">Of all images; goes before the index, the manifest and the files' own tags.</param>
    /// <param name="mpp">Microns per pixel of all images; where no magnification is given too, it is taken as 10 / mpp.</param>
    /// <param name="maskPattern">
    /// A mask's name after its image's, without extensions: "{name}_mask" beside the image or in a folder beside, below or above, "masks/{name}" in such a
    /// folder, "{name}_HE:{name}_objects" where the image's name has a part of its own. Null: as masks are usually called (mask, label, seg, cp_masks, gt and
    /// the like before or behind the name, or as the folder's name); where that can be read in two ways, both are named and neither is taken.
    /// </param>
    /// <param name="masks">Their threshold, page or channel, where they need one.</param>
    /// <exception cref="BadInputException">No such folder or id, no pair in it, or two ways to pair; the message says what was found.</exception>
    public static ImageSet Open(string folderOrId, double? magnification = null, double? mpp = null, string? maskPattern = null,
        MaskReading masks = default) => OpenWith(Manifest.TryLoad(), folderOrId, magnification, mpp, maskPattern, masks);

    internal static ImageSet OpenWith(Manifest? manifest, string folderOrId, double? magnification = null, double? mpp = null, string? maskPattern = null,
        MaskReading masks = default)
    {
        var given = new KnownResolution(MagnificationSource.Parameter, magnification, mpp);
        given.Check();
        var (folder, entry) = Manifest.Open(manifest, folderOrId, DataKind.ImagesWithMasks, "a folder of images and masks");
        var problems = new List<SetProblem>();
        var hasIndex = File.Exists(Path.Combine(folder, SetFiles.IndexName));
        if (hasIndex && maskPattern is not null)
            throw new BadInputException($"{folder} has an {SetFiles.IndexName}, which says what belongs together: leave maskPattern out, or rename the file");
        var found = hasIndex
            ? SetFiles.ByIndex(folder, problems)
            : SetFiles.ByPattern(folder, maskPattern, problems);
        var images = new List<SetImage>();
        var fromManifest = OfManifest(entry);
        foreach (var (pair, name) in found.Zip(Names(folder, found)))
            if (Read(folder, pair, name, given, fromManifest, problems) is { } image)
                images.Add(image with { Reading = masks });
        if (images.Count == 0)
            throw new BadInputException($"{folder} holds no image with a mask: expected masks called "
                + $"{maskPattern ?? "after their images, such as {name}_mask, mask_{name}, {name}_label or masks/{name}"}, or an {SetFiles.IndexName}; say how "
                + $"they are called with maskPattern, such as maskPattern: \"{{name}}_objects\"; a table of objects is opened by OpenObjects, on the "
                + "command line by --objects. "
                + string.Join("; ", problems.Take(3).Select(p => $"{p.File}: {p.What}")) + (problems.Count > 3 ? $"; and {problems.Count - 3} more" : ""));
        return new ImageSet(entry?.Id ?? Path.GetFileName(folder), folder, entry?.Licence, images, problems);
    }

    /// <summary>
    /// Opens an entry of the manifest, or a folder of images, whose objects a table states: a CSV file with a line for each, which has its image, its centre (x
    /// and y, from 0 in the middle of the first pixel) or its box (x0, y0 inside, x1, y1 outside), its class and perhaps its group. The case and order of the
    /// columns are free. An image is called by its path below the folder, its name, or its name without extension. Images without objects are left out.
    /// </summary>
    /// <param name="objects">Of centres the side must be stated.</param>
    /// <param name="magnification">As in <see cref="Open"/>.</param>
    /// <param name="mpp">As in <see cref="Open"/>.</param>
    /// <exception cref="BadInputException">
    /// No such folder or id, no table, or one that cannot be understood: a column missing, no number, an object outside its image or twice, two spellings of a
    /// class; the message names line and column.
    /// </exception>
    public static ImageSet OpenObjects(string folderOrId, ObjectReading objects = default, double? magnification = null, double? mpp = null) =>
        OpenObjectsWith(Manifest.TryLoad(), folderOrId, objects, magnification, mpp);

    internal static ImageSet OpenObjectsWith(Manifest? manifest, string folderOrId, ObjectReading reading, double? magnification = null, double? mpp = null)
    {
        var given = new KnownResolution(MagnificationSource.Parameter, magnification, mpp);
        given.Check();
        var (folder, entry) = Manifest.Open(manifest, folderOrId, DataKind.ImagesWithObjects, "a folder of images and a table of their objects");
        var file = ObjectFile.Find(folder, reading.File);
        var table = ObjectFile.Read(file, reading);
        var all = SetFiles.Walk(folder);
        var pathOf = ObjectFile.PathsOf(table, file, folder, all);
        var used = pathOf.Values.ToHashSet();
        var problems = all.Where(path => !used.Contains(path))
            .Select(path => new SetProblem(SetFiles.Relative(folder, path), $"no object in {Path.GetFileName(file)}", true)).ToList();
        List<FoundImage> found = [.. all.Where(used.Contains).Select(path => new FoundImage(path))];
        var images = new List<SetImage>();
        var fromManifest = OfManifest(entry);
        foreach (var (one, name) in found.Zip(Names(folder, found)))
            if (Read(folder, one, name, given, fromManifest, problems) is { } image)
                images.Add(image);
        if (images.Count == 0)
            throw new BadInputException($"none of the images of {file} can be read: "
                + string.Join("; ", problems.TakeLast(3).Select(p => $"{p.File}: {p.What}")));
        var byPath = images.ToDictionary(image => image.ImagePath);
        return new(entry?.Id ?? Path.GetFileName(folder), folder, entry?.Licence, images, problems)
        {
            Objects = table.On(image => byPath.GetValueOrDefault(pathOf[image])),
            ObjectNotes = table.Notes,
        };
    }

    static KnownResolution OfManifest(ManifestEntry? entry) => new(MagnificationSource.Manifest, entry?.Resolution?.Magnification, entry?.Resolution?.Mpp,
        entry?.Resolution is { Basis: Basis.Assumed } r ? r.Note is null ? "assumed" : $"assumed: {r.Note}" : null);

    /// <summary>What <see cref="Report"/> says without decoding a mask, in a line for what is left out and one for all else.</summary>
    internal IEnumerable<string> Notes => _problems.GroupBy(one => one.Excluded).OrderByDescending(group => group.Key).Select(group =>
        (group.Key ? $"{Words.Count(group.Count())} file{(group.Count() == 1 ? " is" : "s are")} left out of {Name}: " : $"{Name}: ") + string.Join("; ",
            group.Take(2).Select(one => $"{one.File}: {one.What}")) + (group.Count() > 2 ? $"; and {group.Count() - 2} more (Report)" : ""));

    /// <summary>The same set with something done to every mask whenever it is loaded.</summary>
    internal ImageSet WithMasks(Func<Mask, Mask> how, string word) => Objects is not null
        ? throw new BadInputException($"{Name} has a table of objects and no masks, so that nothing can be done to these: expected a set with masks")
        : new(Name, Folder, Licence, [.. Images.Select(image => image with { Changed = (how, word) })], _problems);

    /// <summary>The magnification of all images; null where one is not known or they differ.</summary>
    public Magnification? Magnification => Images.All(i => i.Magnification == Images[0].Magnification) ? Images[0].Magnification : null;

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable()
    {
        var sizes = Images.CountBy(i => i.Size).OrderByDescending(s => s.Value).ThenBy(s => s.Key.Area).ToList();
        var powers = Images.CountBy(i => (i.Magnification, i.MagnificationSource, i.MagnificationNote)).OrderByDescending(s => s.Value).ToList();
        // A table that is only looked at decodes nothing, unless the report has been asked for.
        var known = _report.IsValueCreated ? Report.Problems : _problems;
        List<string[]> rows =
        [
            ["images", Objects is null ? $"{Images.Count} with masks{(Images[0].Changed is { } changed ? $", {changed.Word}" : "")}" : $"{Images.Count}"],
            ["sizes", Joined(sizes.Select(s => ($"{s.Key} px", s.Value)))],
            ["magnification", Joined(powers.Select(p => (InWords(p.Key.Magnification, p.Key.MagnificationSource, p.Key.MagnificationNote), p.Value)))],
            ["problems", known.Count == 0 ? "none" : $"{known.Count} (see Report)"],
        ];
        if (Objects is not null)
        {
            var groups = Objects.Select(one => one.Group).Distinct().Count();
            rows.Insert(1, ["objects", string.Create(CultureInfo.InvariantCulture,
                $"{Objects.Count:N0}{(Objects[0].Side is not null ? " centres" : "")} of {Objects.Select(one => one.Class).Distinct().Count()} classes, ")
                + (Objects[0].Group is null ? "each image a group" : $"{groups} group{(groups == 1 ? "" : "s")}")]);
            rows.AddRange(ObjectNotes.Select(note => (string[])["note", note]));
        }
        if (Licence is not null)
            rows.Add(["licence", Licence]);
        return new TextTable(["", ""], rows, Name);
    }

    static string Joined(IEnumerable<(string Text, int Count)> values)
    {
        var all = values.ToList();
        return all.Count == 1 ? all[0].Text : string.Join(", ", all.Take(4).Select(v => $"{v.Text} ({v.Count})"))
            + (all.Count > 4 ? $" and {all.Count - 4} more" : "");
    }

    static string InWords(Magnification? magnification, MagnificationSource source, string? note) => magnification is null
        ? "not known"
        : $"{magnification} ({InWords(source)}{(note is null ? "" : ", " + note)})";

    static string InWords(MagnificationSource source) => source switch
    {
        MagnificationSource.Parameter => "given",
        MagnificationSource.Index => "from the index",
        MagnificationSource.Manifest => "from the manifest",
        _ => "from the files",
    };

    static SetImage? Read(string folder, FoundImage pair, string name, KnownResolution given, KnownResolution manifest, List<SetProblem> problems)
    {
        var reading = pair.Image;
        try
        {
            var info = Raster.ReadInfo(pair.Image);
            var mask = (pair as FoundPair)?.Mask;
            reading = mask ?? reading;
            if (mask is not null && Mask.ReadSize(mask) is var size && size != info.Size)
            {
                problems.Add(new(SetFiles.Relative(folder, mask),
                    $"{size} px, but its image {SetFiles.Relative(folder, pair.Image)} is {info.Size} px", true));
                return null;
            }
            var sources = new[]
            {
                given, new(MagnificationSource.Index, pair.Magnification, pair.Mpp), manifest,
                new(MagnificationSource.File, info.Magnification?.Power, null) { MppXY = info.Mpp },
            };
            var first = sources.FirstOrDefault(s => s.Magnification is not null || s.MppXY is not null);
            if (info.Orientation is > 1 and <= 8 && (mask is null || !SetFiles.IsImage(mask) || Raster.ReadInfo(mask).Orientation != info.Orientation))
                problems.Add(new(SetFiles.Relative(folder, pair.Image), Invariant($"turned, as its orientation {info.Orientation} ")
                    + $"asks, while {(mask is null ? "the table of objects is taken" : "its mask stays")} as it is: look whether they fit", false));
            var scale = sources.FirstOrDefault(s => s.MppXY is not null);
            var mpp = scale?.MppXY;
            foreach (var odd in ScaleCheck.Of(first?.Power, mpp, isOneSource: first == scale && first?.Source == MagnificationSource.File))
                problems.Add(new(SetFiles.Relative(folder, pair.Image), odd, false));
            if (scale is { Source: not MagnificationSource.File } && info.Mpp is { } stated && ScaleCheck.Differs(mpp!.Value.X, stated.X))
                problems.Add(new(SetFiles.Relative(folder, pair.Image), $"{mpp} {InWords(scale.Source)}, but the file states {stated}: one of the two is wrong",
                    false));
            if ((scale ?? first)?.Source == MagnificationSource.File && info.Odd is { } described)
                problems.Add(new(SetFiles.Relative(folder, pair.Image), described, false));
            return new SetImage(name, pair.Image, mask, info.Size, info.Channels, first?.Power, mpp,
                first?.Source ?? MagnificationSource.Unknown, first?.Words);
        }
        catch (PatchwiseException error)
        {
            problems.Add(new(SetFiles.Relative(folder, reading), $"cannot be read: {error.Message}", true));
            return null;
        }
    }

    /// <summary>The shortest of stem, path without extension, and path that is unique for each image.</summary>
    static List<string> Names(string folder, IReadOnlyList<FoundImage> pairs)
    {
        var names = pairs.Select(p => p.Name ?? NamedFile.StemOf(p.Image)).ToList();
        foreach (var longer in (Func<string, string>[])[p => Path.ChangeExtension(SetFiles.Relative(folder, p), null), p => SetFiles.Relative(folder, p)])
        {
            var doubled = names.CountBy(n => n).Where(n => n.Value > 1).Select(n => n.Key).ToHashSet();
            for (var i = 0; i < names.Count; i++)
                if (doubled.Contains(names[i]))
                    names[i] = longer(pairs[i].Image);
        }
        return names;
    }

    IEnumerable<SetProblem> CheckMasks()
    {
        if (Objects is not null)
            return [];
        var problems = new SetProblem?[Images.Count];
        Parallel.For(0, Images.Count, new(), i =>
        {
            string? what;
            try
            {
                var mask = Images[i].LoadMask();
                what = !mask.Codes.Data.ContainsAnyExcept((byte)0) ? "a mask without objects" : mask.Notes.Count > 0 ? string.Join("; ", mask.Notes) : null;
            }
            catch (PatchwiseException error)
            {
                what = $"cannot be read: {error.Message}";
            }
            problems[i] = what is null ? null : new(SetFiles.Relative(Folder, Images[i].MaskPath!), what, false);
        });
        return problems.OfType<SetProblem>();
    }

    sealed record KnownResolution(MagnificationSource Source, double? Magnification, double? Mpp, string? Note = null)
    {
        internal Mpp? MppXY { get; init; } = Mpp is { } mpp ? new Mpp(mpp) : null;

        internal Magnification? Power => Magnification is not { } power ? MppXY?.GuessMagnification()
            : Source == MagnificationSource.File ? new Magnification(power) : power;

        internal string? Words => Magnification is not null || MppXY is null ? Note : string.Join(", ", ((string?[])[$"10 / {MppXY}", Note]).OfType<string>());

        internal void Check() => _ = Power;
    }
}
