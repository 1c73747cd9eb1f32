using CsvHelper;
using CsvHelper.Configuration;

namespace Patchwise;

/// <summary>An image as found, before it is read.</summary>
record FoundImage(string Image, string? Name = null, double? Magnification = null, double? Mpp = null);

/// <summary>An image and its mask.</summary>
sealed record FoundPair(string Image, string Mask, string? Name = null, double? Magnification = null, double? Mpp = null)
    : FoundImage(Image, Name, Magnification, Mpp);

/// <summary>Which files of a folder are images and which are their masks.</summary>
public static class SetFiles
{
    internal const string IndexName = "index.csv";

    internal static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".jp2", ".j2k"];

    /// <summary>Pairs by name, ordered by path; what has no partner, or several, is added to <paramref name="problems"/>.</summary>
    /// <param name="given">Null: as masks are usually called, where that can be understood in one way only.</param>
    internal static List<FoundPair> ByPattern(string folder, string? given, List<SetProblem> problems)
    {
        NamedFile[] files = [.. All(folder).Where(IsMask).Select(file => NamedFile.Of(file, folder))];
        if (files.Length == 0)
            throw new BadInputException($"{folder} holds no images: expected files that end in {string.Join(" ", Extensions)}{OtherFiles(folder)}");
        foreach (var around in (NamedFile[][])[[], Around(folder, given)])
        {
            NamedFile[] all = [.. files, .. around];
            var folders = all.SelectMany(file => file.Folder.Split('/')).Distinct();
            var readings = (given is not null ? [new(given)] : MaskPattern.Usual(folders))
                .Where(pattern => Array.Exists(all, file => pattern.NameOfMask(file) is not null))
                .Select(pattern => Pairing.Of(pattern, folder, files, around)).Where(reading => reading.Pairs.Count > 0).ToList();
            if (readings.Count == 0)
                continue;
            foreach (var (i, one) in readings.Index())
                if (readings.Skip(i + 1).FirstOrDefault(one.Contradicts) is { } other)
                    throw new BadInputException(
                        $"{folder}: masks can be told from images in two ways, {one.InWords(folder)} and {other.InWords(folder)}: choose one, "
                            + $"such as maskPattern: \"{one.Pattern}\"");
            var pairs = readings.SelectMany(reading => reading.Pairs).Distinct().OrderBy(pair => pair.Image, StringComparer.Ordinal).ToList();
            var paired = FilesOf(pairs).Select(file => Relative(folder, file)).ToHashSet();
            problems.AddRange(readings.SelectMany(reading => reading.Problems).Where(problem => !paired.Contains(problem.File))
                .DistinctBy(problem => problem.File));
            return pairs;
        }
        problems.AddRange(Pairing.Of(new(given ?? "{name}_mask"), folder, files, []).Problems);
        return [];
    }

    /// <summary>The images of a folder, less those that are masks of others by their names, and how many these are.</summary>
    /// <param name="isClass">Whether a folder's name is that of a class: what lies in it is no mask only for that.</param>
    public static (IReadOnlyList<string> Images, int Masks) WithoutMasks(string folder, Func<string, bool>? isClass = null)
    {
        var all = Walk(folder);
        if (!all.Any(file => MaskPattern.IsMentioned(Relative(folder, file))))
            return (all, 0);
        try
        {
            var masks = ByPattern(folder, null, []).Select(pair => pair.Mask).Where(mask => isClass is null || MaskPattern.IsMentioned(NamedFile.StemOf(mask))
                || !isClass(Path.GetFileName(Path.GetDirectoryName(mask)!))).ToHashSet(StringComparer.Ordinal);
            string[] images = [.. all.Where(file => !masks.Contains(file))];
            return (images, all.Count - images.Length);
        }
        catch (BadInputException)
        {
            // They can be told in several ways: then nothing is known.
            return (all, 0);
        }
    }

    /// <summary>
    /// Of files in one folder those that are called as the masks of others ("a_mask.png" beside "a.svs"), or as the pictures that 'patchwise predict' draws of
    /// them (.map.png, .overlay.png).
    /// </summary>
    public static IReadOnlySet<string> OfOthers(IReadOnlyCollection<string> files)
    {
        var named = files.Select(file => new NamedFile(file, "", NamedFile.StemOf(file))).ToArray();
        var stems = named.Select(file => file.Stem).ToHashSet(StringComparer.OrdinalIgnoreCase);
        bool IsDrawn(string stem) => ((string[])[".map", ".overlay"]).Any(ending => stem.EndsWith(ending, StringComparison.Ordinal)
            && stems.Contains(stem[..^ending.Length]));
        var others = named.Where(file => IsImage(file.Path) && IsDrawn(file.Stem)).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var mentioned = named.Where(file => IsImage(file.Path) && MaskPattern.IsMentioned(file.Stem)).ToArray();
        foreach (var pattern in mentioned.Length == 0 ? [] : MaskPattern.Usual([]))
        {
            var masks = mentioned.Select(file => (file.Path, Name: pattern.NameOfMask(file))).Where(mask => mask.Name is not null).ToArray();
            if (masks.Length == 0)
                continue;
            var images = named.SelectMany(file => pattern.NamesOfImage(file).Select(name => (Name: name, file.Path)))
                .ToLookup(image => image.Name, image => image.Path, StringComparer.OrdinalIgnoreCase);
            others.UnionWith(masks.Where(mask => images[mask.Name!].Any(image => image != mask.Path)).Select(mask => mask.Path));
        }
        return others;
    }

    static readonly string[] Columns = ["image", "mask", "name", "magnification", "mpp"];

    /// <summary>In the names of other columns: somebody meant one of ours. "image" has one of them.</summary>
    static readonly string[] ScaleWords = ["magni", "mpp", "micron", "power", "resolution", "objective"];

    static IEnumerable<string> FilesOf(IEnumerable<FoundPair> pairs) => pairs.SelectMany(pair => (string[])[pair.Image, pair.Mask]);

    /// <summary>Where the masks of a folder may lie that holds images only: in folders of masks beside it, and in the one that it lies in.</summary>
    static NamedFile[] Around(string folder, string? given)
    {
        try
        {
            return Path.GetDirectoryName(folder) is not { } parent ? []
                : [.. Directory.EnumerateDirectories(parent).Where(beside => beside != folder && (MaskPattern.IsMaskFolder(Path.GetFileName(beside))
                    || given?.Contains($"{Path.GetFileName(beside)}/", StringComparison.OrdinalIgnoreCase) == true)).SelectMany(All)
                    .Concat(Directory.EnumerateFiles(parent)).Where(IsMask).Select(file => NamedFile.Of(file.Replace('\\', '/'), folder))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    sealed record Pairing(MaskPattern Pattern, List<FoundPair> Pairs, List<SetProblem> Problems)
    {
        /// <summary>Whether a file of one's pairs is something else to the other.</summary>
        internal bool Contradicts(Pairing other) => FilesOf(Pairs.Except(other.Pairs)).Intersect(FilesOf(other.Pairs), StringComparer.Ordinal).Any();

        /// <param name="around">Files outside of the folder, of which only masks count.</param>
        internal static Pairing Of(MaskPattern pattern, string folder, NamedFile[] files, NamedFile[] around)
        {
            var (pairs, problems, told) = (new List<FoundPair>(), new List<SetProblem>(), new HashSet<string>(StringComparer.Ordinal));
            var masks = files.Concat(around).Where(file => pattern.NameOfMask(file) is not null)
                .ToLookup(file => pattern.NameOfMask(file)!, StringComparer.Ordinal);
            foreach (var image in files.Where(file => pattern.NameOfMask(file) is null && IsImage(file.Path)))
            {
                var near = pattern.NamesOfImage(image).Select(name => masks[name].Select(mask => (mask.Path, Distance: pattern.Distance(image, mask)))
                    .Where(one => one.Distance is not null).GroupBy(one => one.Distance!.Value, one => one.Path).MinBy(group => group.Key)?.ToList())
                    .FirstOrDefault(found => found is not null) ?? [];
                told.UnionWith(near);
                if (near is [var only])
                    pairs.Add(new(image.Path, only));
                else
                    problems.Add(new(Relative(folder, image.Path), near.Count == 0 ? "no mask"
                        : $"{near.Count} masks: {string.Join(", ", near.Select(mask => Relative(folder, mask)))}; expected one", true));
            }
            problems.AddRange(files.Where(file => pattern.NameOfMask(file) is not null && !told.Contains(file.Path))
                .Select(mask => new SetProblem(Relative(folder, mask.Path), "a mask without an image", true)));
            foreach (var shared in pairs.GroupBy(pair => pair.Mask).Where(group => group.Count() > 1).ToList())
            {
                // What lies in a folder of masks is not the image, where there is another.
                var images = shared.GroupBy(pair => Relative(folder, pair.Image).Split('/').SkipLast(1).Any(MaskPattern.IsMaskFolder))
                    .OrderBy(group => group.Key).First().ToList();
                if (images.Count > 1)
                    problems.Add(new(Relative(folder, shared.Key),
                        $"the mask of {images.Count} images: {string.Join(", ", images.Select(pair => Relative(folder, pair.Image)))}; expected one", true));
                pairs.RemoveAll(pair => pair.Mask == shared.Key && (images.Count > 1 || pair != images[0]));
            }
            return new(pattern, pairs, problems);
        }

        internal string InWords(string folder) => string.Create(CultureInfo.InvariantCulture,
            $"'{Pattern}' ({Pairs.Count} pairs, such as {Relative(folder, Pairs[0].Image)} with {Relative(folder, Pairs[0].Mask)})");
    }

    /// <summary>
    /// Pairs from the columns image and mask of the folder's index; the columns name, magnification and mpp may be there, others are not read. The case of
    /// their names is free.
    /// </summary>
    internal static List<FoundPair> ByIndex(string folder, List<SetProblem> problems)
    {
        var path = Path.Combine(folder, IndexName);
        var pairs = new List<FoundPair>();
        try
        {
            using var csv = new CsvReader(new StringReader(InputFile.ReadText(path, "cannot be read as a table")),
                new CsvConfiguration(CultureInfo.InvariantCulture)
                {
                    TrimOptions = TrimOptions.Trim,
                    PrepareHeaderForMatch = match => match.Header.ToLowerInvariant(),
                });
            if (!csv.Read() || !csv.ReadHeader() || csv.HeaderRecord?.Contains("image", StringComparer.OrdinalIgnoreCase) != true)
                throw new BadInputException($"{path}: no column 'image' (found {string.Join(", ", csv.HeaderRecord ?? [])}): expected the columns image and "
                    + "mask, or no file of that name");
            string[] meant = [.. csv.HeaderRecord.Where(column => !Columns.Contains(column.Trim(), StringComparer.OrdinalIgnoreCase)
                && ScaleWords.Any(word => column.Contains(word, StringComparison.OrdinalIgnoreCase)))];
            if (meant.Length > 0)
                problems.Add(new(IndexName, $"not read, though it looks like a scale: {string.Join(", ", meant)}; expected {string.Join(", ", Columns)}",
                    false));
            while (csv.Read())
            {
                var line = $"{path}, line {csv.Parser.RawRow.ToString(CultureInfo.InvariantCulture)}";
                if (Text("image") is not { } image)
                    throw new BadInputException($"{line}: the column 'image' is empty");
                var mask = Text("mask");
                var (imagePath, maskPath) = (SafePath.Join(folder, image, line), mask is null ? null : SafePath.Join(folder, mask, line));
                var (magnification, mpp) = (Number("magnification"), Number("mpp"));
                if ((!File.Exists(imagePath) ? image : maskPath is not null && !File.Exists(maskPath) ? mask : null) is { } missing)
                    problems.Add(new(missing, "named in the index but not there", true));
                else if (maskPath is null)
                    problems.Add(new(image, "no mask", true));
                else if (pairs.Exists(pair => pair.Image == imagePath))
                    problems.Add(new(image, "named twice in the index; the first counts", false));
                else if (pairs.Find(pair => pair.Mask == maskPath) is { } other)
                    problems.Add(new(image, $"its mask {mask} is that of {Relative(folder, other.Image)} in the index: expected one of its own", true));
                else
                    pairs.Add(new(imagePath, maskPath, Text("name"), magnification, mpp));

                string? Text(string column) => csv.TryGetField<string>(column, out var text) && !string.IsNullOrEmpty(text) ? text : null;

                double? Number(string column) => Text(column) is not { } text ? null
                    : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number > 0 ? number
                    : throw new BadInputException($"{line}: {column} '{text}': expected a number above 0");
            }
        }
        catch (CsvHelperException error)
        {
            throw new BadInputException($"{path} cannot be read as a table: {CsvFile.Fault(error)}", error);
        }
        return pairs;
    }

    internal static string Relative(string folder, string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    /// <summary>Image files in this folder and below, ordered by path. Hidden ones are passed over; a folder that links lead to again is read once.</summary>
    public static IReadOnlyList<string> Walk(string folder) => [.. All(folder).Where(IsImage)];

    /// <summary>How many other files in these folders and below there are of each extension, as in "3 .txt, 1 .xml"; empty where there are none.</summary>
    public static string LeftOut(params string[] folders) => Counted(folders.SelectMany(All).Where(file => !IsImage(file)));

    /// <summary>How many files there are of each extension.</summary>
    public static string Counted(IEnumerable<string> files) => string.Join(", ", files.CountBy(file => Path.GetExtension(file).ToLowerInvariant())
        .OrderBy(one => one.Key, StringComparer.Ordinal)
        .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Value} {(one.Key == "" ? "without extension" : one.Key)}")));

    /// <summary>Whether a name ends as those of images do that can be read.</summary>
    public static bool IsImage(string file) => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a name ends as those of masks do: of images, and of arrays of numbers (which Cellpose's _seg.npy is not).</summary>
    public static bool IsMask(string file) => IsImage(file)
        || (file.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) && !file.EndsWith("_seg.npy", StringComparison.OrdinalIgnoreCase));

    static List<string> All(string folder)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return InputFile.Read<List<string>>(folder, () => [.. Below(new(folder)).Order(StringComparer.Ordinal)], "cannot be searched for images");

        IEnumerable<string> Below(DirectoryInfo at) => !seen.Add((at.ResolveLinkTarget(returnFinalTarget: true) ?? at).FullName) ? []
            : at.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = FileAttributes.Hidden, IgnoreInaccessible = false })
                .Where(item => !IsHidden(item.Name)).SelectMany(item => item is DirectoryInfo below ? Below(below) : [item.FullName.Replace('\\', '/')]);
    }

    /// <summary>What systems lay beside a user's files: names with a point in front, what a Mac puts into archives, thumbnails of a disk station.</summary>
    internal static bool IsHidden(string path) => Path.GetFileName(path) is ['.', ..] or "__MACOSX" or "@eaDir";

    internal static string OtherFiles(string folder) => Counted(All(folder)) is { Length: > 0 } found ? $"; found {found}" : "; it is empty";
}
