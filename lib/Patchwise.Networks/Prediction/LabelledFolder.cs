using System.Globalization;

namespace Patchwise;

/// <summary>A folder of patches, in which folders named by class tell what each patch is.</summary>
static class LabelledFolder
{
    /// <summary>
    /// Image files in and below a folder, ordered by path, each with the class that the nearest folder above it names; capitals and signs between words do not
    /// count. Null where no folder names a class.
    /// </summary>
    /// <exception cref="BadInputException">Some folders name a class and others do not, so that patches would be missing from every count.</exception>
    internal static (List<string> Files, List<int?>? Labels) Read(string folder, IReadOnlyList<ClassInfo> classes)
    {
        folder = Path.GetFullPath(folder);
        List<string> files = [.. SetFiles.Walk(folder)];
        Dictionary<string, int> known = [];
        foreach (var (index, one) in classes.Index())
        {
            known.TryAdd(Plain(one.Name), index);
            known.TryAdd(Plain(one.Title), index);
        }
        var labels = files.ConvertAll(file => ClassOf(Path.GetRelativePath(folder, file)));
        if (labels.TrueForAll(label => label is null))
            return (files, null);
        var stray = labels.IndexOf(null);
        return stray < 0 ? (files, labels) : throw new BadInputException(
            $"{files[stray]} lies in no folder that names a class of the model, while others do: expected folders named "
                + $"{string.Join(", ", classes.Take(20).Select(one => one.Name))}; rename its folder, or predict it by itself");

        int? ClassOf(string file)
        {
            for (var above = Path.GetDirectoryName(file); !string.IsNullOrEmpty(above); above = Path.GetDirectoryName(above))
                if (known.TryGetValue(Plain(Path.GetFileName(above)), out var label))
                    return label;
            return null;
        }
    }

    static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLower(CultureInfo.InvariantCulture);
}
