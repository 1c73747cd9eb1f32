namespace Patchwise;

/// <summary>A folder of patches, in which folders named by class tell what each patch is.</summary>
static class LabelledFolder
{
    /// <summary>
    /// Image files in and below a folder, ordered by path, each with the class that the nearest folder above it names: as written, or without capitals and
    /// signs where that leaves all classes and folders different; null for those of which none does. Null where no folder names a class. Masks of others, as
    /// their names tell, are left out and counted.
    /// </summary>
    internal static (List<string> Files, List<int?>? Labels, int Masks) Read(string folder, IReadOnlyList<ClassInfo> classes)
    {
        folder = Path.GetFullPath(folder);
        var (images, masks) = SetFiles.WithoutMasks(folder);
        List<string> files = [.. images];
        var known = new Dictionary<string, int?>(StringComparer.Ordinal);
        var labels = files.ConvertAll(file => ClassOf(Path.GetRelativePath(folder, file)));
        if (labels.TrueForAll(label => label is null))
            return (files, null, masks);
        foreach (var named in known.Where(one => one.Value is not null).GroupBy(one => one.Value!.Value, one => one.Key).Where(one => one.Count() > 1))
            throw new BadInputException($"{folder}: the folders {string.Join(" and ", named)} both name the class {classes[named.Key].Name}: "
                + "expected one name, written as the class; rename one");
        return (files, labels, masks);

        int? ClassOf(string file)
        {
            for (var above = Path.GetDirectoryName(file); !string.IsNullOrEmpty(above); above = Path.GetDirectoryName(above))
            {
                var name = Path.GetFileName(above).Normalize();
                if (!known.TryGetValue(name, out var label))
                    known.Add(name, label = Find(name));
                if (label is not null)
                    return label;
            }
            return null;
        }

        // Its name as written, its title as written, then either without capitals and signs.
        int? Find(string name) => One(name, one => [one.Name], text => text.Normalize()) ?? One(name, one => [one.Title], text => text.Normalize())
            ?? One(name, one => [one.Name, one.Title], Plain);

        int? One(string name, Func<ClassInfo, string[]> names, Func<string, string> form) =>
            classes.Index().Where(one => form(name) != "" && names(one.Item).Any(text => form(text) == form(name))).Select(one => one.Index).ToArray() switch
            {
                [] => null,
                [var only] => only,
                [var first, var second, ..] => throw new BadInputException($"the folder {name} in {folder} may be of the classes {classes[first].Name} and "
                    + $"{classes[second].Name}: name it as one of them is written"),
            };
    }

    static string Plain(string name) => string.Concat(name.Normalize().Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
