using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Patchwise;

/// <summary>An image and its mask as found, before either is read.</summary>
sealed record FoundPair(string Image, string? Mask, string? Name = null, double? Magnification = null, double? Mpp = null);

/// <summary>Which files of a folder are images and which are their masks.</summary>
public static class SetFiles
{
    internal const string IndexName = "index.csv";

    internal static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".tif", ".tiff"];

    /// <summary>Pairs by name, ordered by path; what has no partner, or several, is added to <paramref name="problems"/>.</summary>
    internal static List<FoundPair> ByPattern(string folder, MaskPattern pattern, bool requireMasks, List<SetProblem> problems)
    {
        List<string> files = [.. Walk(folder)];
        if (files.Count == 0)
            throw new BadInputException($"{folder} holds no images: expected files that end in {string.Join(" ", Extensions)}{OtherFiles(folder)}");
        if (files.TrueForAll(f => pattern.ImageOf(f) is null) && Path.GetDirectoryName(folder) is { } parent)
            foreach (var beside in Directory.EnumerateDirectories(parent).Where(d => pattern.IsMaskFolder(Path.GetFileName(d))).Order(StringComparer.Ordinal))
                files.AddRange(Walk(beside).Where(f => pattern.ImageOf(f) is not null));

        var masks = files.Where(f => pattern.ImageOf(f) is not null).ToLookup(f => pattern.ImageOf(f)!, StringComparer.Ordinal);
        var chosen = new List<FoundPair>();
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (var image in files.Where(f => pattern.ImageOf(f) is null))
        {
            var near = masks[Path.GetFileNameWithoutExtension(image)].Select(m => (Mask: m, Distance: pattern.Distance(image, m)))
                .Where(c => c.Distance is not null).GroupBy(c => c.Distance!.Value, c => c.Mask).MinBy(g => g.Key)?.ToList() ?? [];
            told.UnionWith(near);
            if (near.Count > 1)
                problems.Add(new(Relative(folder, image), $"{near.Count} masks: {string.Join(", ", near.Select(m => Relative(folder, m)))}; expected one",
                    true));
            else if (near.Count == 1 || !requireMasks)
                chosen.Add(new(image, near.FirstOrDefault()));
            else
                problems.Add(new(Relative(folder, image), "no mask", true));
        }
        foreach (var mask in masks.SelectMany(m => m).Where(m => !told.Contains(m)).Order(StringComparer.Ordinal))
            problems.Add(new(Relative(folder, mask), "a mask without an image", true));
        var shared = chosen.Where(c => c.Mask is not null).GroupBy(c => c.Mask!, c => c.Image).Where(g => g.Count() > 1).ToDictionary(g => g.Key);
        foreach (var (mask, images) in shared)
            problems.Add(new(Relative(folder, mask),
                $"the mask of {images.Count()} images: {string.Join(", ", images.Select(i => Relative(folder, i)))}; expected one", true));
        return [.. chosen.Where(c => c.Mask is null || !shared.ContainsKey(c.Mask))];
    }

    /// <summary>
    /// Pairs from the columns image and mask of the folder's index; the columns name, magnification and mpp may be there, others are not read.
    /// </summary>
    internal static List<FoundPair> ByIndex(string folder, bool requireMasks, List<SetProblem> problems)
    {
        var path = Path.Combine(folder, IndexName);
        var pairs = new List<FoundPair>();
        var images = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            using var reader = new StreamReader(path);
            using var csv = new CsvReader(reader, new CsvConfiguration(CultureInfo.InvariantCulture) { TrimOptions = TrimOptions.Trim });
            if (!csv.Read() || !csv.ReadHeader() || csv.HeaderRecord?.Contains("image") != true)
                throw new BadInputException(
                    $"{path}: no column 'image' (found {string.Join(", ", csv.HeaderRecord ?? [])}): expected the columns image and mask, or no file of that "
                        + $"name");
            while (csv.Read())
            {
                var line = $"{path}, line {csv.Parser.RawRow.ToString(CultureInfo.InvariantCulture)}";
                if (Text("image") is not { } image)
                    throw new BadInputException($"{line}: the column 'image' is empty");
                var mask = Text("mask");
                var pair = new FoundPair(SafePath.Join(folder, image, line), mask is null ? null : SafePath.Join(folder, mask, line), Text("name"),
                    Number("magnification"), Number("mpp"));
                var missing = !File.Exists(pair.Image) ? image : mask is not null && !File.Exists(pair.Mask) ? mask : null;
                if (missing is not null)
                    problems.Add(new(missing, "named in the index but not there", true));
                else if (mask is null && requireMasks)
                    problems.Add(new(image, "no mask", true));
                else if (!images.Add(pair.Image))
                    problems.Add(new(image, "named twice in the index; the first counts", false));
                else
                    pairs.Add(pair);

                string? Text(string column) => csv.TryGetField<string>(column, out var text) && !string.IsNullOrEmpty(text) ? text : null;

                double? Number(string column) => Text(column) is not { } text ? null
                    : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number > 0 ? number
                    : throw new BadInputException($"{line}: {column} '{text}': expected a number above 0");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CsvHelperException)
        {
            throw new BadInputException($"{path} cannot be read as a table: {error.Message.Split('\n')[0].TrimEnd()}", error);
        }
        return pairs;
    }

    internal static string Relative(string folder, string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    /// <summary>Image files in this folder and below, ordered by path. Hidden ones are passed over; a folder that links lead to again is read once.</summary>
    public static IReadOnlyList<string> Walk(string folder)
    {
        var files = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            Into(new DirectoryInfo(folder));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{folder} cannot be searched for images: {error.Message}", error);
        }
        files.Sort(StringComparer.Ordinal);
        return files;

        void Into(DirectoryInfo at)
        {
            if (!seen.Add((at.ResolveLinkTarget(returnFinalTarget: true) ?? at).FullName))
                return;
            foreach (var item in at.EnumerateFileSystemInfos("*",
                new EnumerationOptions { AttributesToSkip = FileAttributes.Hidden, IgnoreInaccessible = false }))
                if (item is DirectoryInfo below)
                    Into(below);
                else if (Extensions.Contains(item.Extension, StringComparer.OrdinalIgnoreCase))
                    files.Add(item.FullName.Replace('\\', '/'));
        }
    }

    internal static string OtherFiles(string folder)
    {
        var found = Directory.EnumerateFiles(folder).Select(Path.GetExtension).Where(e => e != "").Distinct().Order(StringComparer.Ordinal).Take(8).ToList();
        return found.Count == 0 ? "; it is empty" : $"; found {string.Join(" ", found)}";
    }
}
