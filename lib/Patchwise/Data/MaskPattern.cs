namespace Patchwise;

/// <summary>A file with its name without extension, in one form of Unicode; .ome.tif is one extension.</summary>
/// <param name="Folder">Where it lies below "/above/set": what the folders from there upwards are called says nothing of it.</param>
readonly record struct NamedFile(string Path, string Folder, string Stem)
{
    /// <param name="path">Of a file in the set's folder, or in the one above that.</param>
    /// <param name="set">The set's folder.</param>
    internal static NamedFile Of(string path, string set)
    {
        var place = SetFiles.Relative(set, path);
        place = place.StartsWith("../", StringComparison.Ordinal) ? $"/above{place[2..]}" : $"/above/set/{place}";
        return new(path, place[..place.LastIndexOf('/')], StemOf(path));
    }

    internal static string StemOf(string path)
    {
        var stem = System.IO.Path.GetFileNameWithoutExtension(path);
        return (stem.EndsWith(".ome", StringComparison.OrdinalIgnoreCase) ? stem[..^4] : stem).Normalize();
    }
}

/// <summary>
/// How a mask is called after its image, without extensions and capitals: "{name}_mask", or with the folder that it lies in, "masks/{name}". Where the image
/// has more in its name than {name}, its own pattern comes first: "{name}_HE:{name}_objects".
/// </summary>
sealed class MaskPattern
{
    static readonly string[] Words = ["mask", "masks", "label", "labels", "lbl", "seg", "segmentation", "segmentations", "cp_masks", "gt", "groundtruth",
        "ground_truth", "annotation", "annotations", "instances"];

    static readonly string[] ImageWords = ["img", "image", "images", "im", "raw", "orig", "original"];

    static readonly string[] Signs = ["_", "-", ".", " ", ""];

    readonly string _text, _folder;
    readonly (string Before, string After) _mask;

    /// <summary>What images have around the name; null: nothing, or one of <see cref="ImageWords"/>.</summary>
    readonly (string Before, string After)? _image;

    /// <summary>Image and mask have no name of their own but that of their folder.</summary>
    readonly bool _isNameless;

    internal MaskPattern(string pattern)
    {
        var sides = pattern.Split(':');
        var slash = sides[^1].LastIndexOf('/');
        (_text, _folder) = (pattern, slash < 0 ? "" : sides[^1][..slash]);
        _isNameless = sides.Length == 2 && slash < 0 && !pattern.Contains("{name}", StringComparison.Ordinal) && sides[0] != sides[1];
        if (sides.Length > 2 || sides.Any(side => SafePath.Fault(side) is not null) || (sides.Length == 2 && sides[0].Contains('/')))
            throw Fault();
        _mask = Around(sides[^1][(slash + 1)..]);
        _image = sides.Length == 2 ? Around(sides[0]) : null;
        if (_folder == "" && _mask == (_image ?? ("", "")))
            throw Fault();

        (string, string) Around(string side) => _isNameless ? (side, "") : side.Split("{name}") is [var before, var after] ? (before, after) : throw Fault();
        BadInputException Fault() => new($"mask pattern '{pattern}': expected a name with one {{name}} in it, such as {{name}}_mask, with a folder, such as "
            + "masks/{name}, or with the image's own pattern before it, such as {name}_HE:{name}_objects");
    }

    /// <summary>The patterns that are looked for where none is given.</summary>
    /// <param name="folders">Names of the folders that there are.</param>
    internal static IEnumerable<MaskPattern> Usual(IEnumerable<string> folders) => Words.SelectMany(word => Signs.SelectMany(sign =>
        (string[])[$"{{name}}{sign}{word}", $"{word}{sign}{{name}}"]).Concat([$"image:{word}", $"img:{word}"]))
        .Concat(folders.Where(IsMaskFolder).Distinct(StringComparer.OrdinalIgnoreCase).Select(folder => $"{folder}/{{name}}"))
        .Select(pattern => new MaskPattern(pattern));

    /// <summary>Whether a path has a word for masks anywhere in it.</summary>
    internal static bool IsMentioned(string path) => Array.Exists(Words, word => path.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a folder of this name holds masks, as its words say.</summary>
    internal static bool IsMaskFolder(string name) =>
        name.Split('_', '-', '.', ' ').Append(name).Any(word => Words.Contains(word, StringComparer.OrdinalIgnoreCase));

    /// <summary>The {name} of a file if it is a mask, or null.</summary>
    internal string? NameOfMask(NamedFile file) =>
        _folder == "" || $"{file.Folder}/".Contains($"/{_folder}/", StringComparison.OrdinalIgnoreCase) ? Inner(file.Stem, _mask) : null;

    /// <summary>What {name} may be of an image, the likeliest first.</summary>
    internal IEnumerable<string> NamesOfImage(NamedFile file)
    {
        if (_image is { } image)
            return Inner(file.Stem, image) is { } only ? [only] : [];
        // Some programs keep the image's extension in the mask's name.
        return ((string?[])[file.Stem, Path.GetFileName(file.Path).Normalize(), .. ImageWords.SelectMany(word => Signs.SelectMany(sign =>
            (string?[])[Inner(file.Stem, (word + sign, "")), Inner(file.Stem, ("", sign + word))]))]).OfType<string>();
    }

    string? Inner(string stem, (string Before, string After) around) =>
        stem.Length >= around.Before.Length + around.After.Length + (_isNameless ? 0 : 1)
        && stem.StartsWith(around.Before, StringComparison.OrdinalIgnoreCase) && stem.EndsWith(around.After, StringComparison.OrdinalIgnoreCase)
        && (!_isNameless || stem.Length == around.Before.Length) ? stem[around.Before.Length..^around.After.Length] : null;

    /// <summary>
    /// How near a mask lies to an image: 0 beside it, 1 in a folder below, 2 in a folder beside or at the same place of a tree beside, more above; null where
    /// it belongs to another.
    /// </summary>
    internal int? Distance(NamedFile image, NamedFile mask)
    {
        var (home, at) = (image.Folder, mask.Folder);
        if (_isNameless)
            return at == home ? 0 : null;
        if (_folder == "" && at == home)
            return 0;
        if (_folder != "")
        {
            var end = $"{at}/".LastIndexOf($"/{_folder}/", StringComparison.OrdinalIgnoreCase);
            var (root, rest) = (at[..end], at[(end + 1 + _folder.Length)..]);
            return rest == "" && home == root ? 1
                : home.StartsWith($"{root}/", StringComparison.Ordinal) && home.EndsWith(rest, StringComparison.Ordinal)
                    && home.Length - rest.Length > root.Length ? 1 + Depth(home[root.Length..^rest.Length]) : null;
        }
        if (Above(at) == home)
            return 1;
        if (Above(at) == Above(home) || IsTwin(home.Split('/'), at.Split('/')))
            return 2;
        return home.StartsWith($"{at}/", StringComparison.Ordinal) ? 2 + Depth(home[at.Length..]) : null;
    }

    /// <summary>Whether the folders are equal but for one, which is of masks.</summary>
    static bool IsTwin(string[] home, string[] at) => home.Length == at.Length
        && at.Zip(home).Where(pair => pair.First != pair.Second).ToArray() is [var (mask, _)] && IsMaskFolder(mask);

    static int Depth(string folders) => folders.Count(sign => sign == '/');

    static string Above(string folder) => folder[..Math.Max(0, folder.LastIndexOf('/'))];

    public override string ToString() => _text;
}
