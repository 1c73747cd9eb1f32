namespace Patchwise;

/// <summary>A folder of patches, in which folders named by class tell what each patch is.</summary>
static class LabelledFolder
{
    /// <summary>
    /// Image files in and below a folder, ordered by path, each with the class that a folder above it names: as written, or without capitals, blanks and
    /// points where that leaves all classes and folders different; null for those of which none does. Null where no folder names a class. Masks of others, as
    /// their names tell, are left out and counted.
    /// </summary>
    /// <exception cref="BadInputException">What a folder means is not clear, or two above one another name different classes.</exception>
    internal static (List<string> Files, List<int?>? Labels, int Masks) Read(string folder, IReadOnlyList<ClassInfo> classes)
    {
        folder = Path.GetFullPath(folder);
        var known = new Dictionary<string, int?>(StringComparer.Ordinal);
        var (images, masks) = SetFiles.WithoutMasks(folder, name => Named(name) is not null);
        List<string> files = [.. images];
        var labels = files.ConvertAll(file => ClassOf(Path.GetRelativePath(folder, file)));
        if (labels.TrueForAll(label => label is null))
            return (files, null, masks);
        foreach (var named in known.Where(one => one.Value is not null).GroupBy(one => one.Value!.Value, one => one.Key).Where(one => one.Count() > 1))
            throw new BadInputException($"{folder}: the folders {string.Join(" and ", named)} both name the class {classes[named.Key].Name}: "
                + "expected one name, written as the class; rename one");
        return (files, labels, masks);

        int? ClassOf(string file)
        {
            int? found = null;
            for (var above = Path.GetDirectoryName(file); !string.IsNullOrEmpty(above); above = Path.GetDirectoryName(above))
                if (Named(Path.GetFileName(above)) is { } label)
                    found = found is not { } inner || inner == label ? label : throw new BadInputException($"{file} in {folder} lies in folders of two "
                        + $"classes, {classes[inner].Name} and {classes[label].Name}: expected one; rename the other, such as patient-{classes[inner].Name}");
            return found;
        }

        int? Named(string name)
        {
            name = name.Normalize();
            if (!known.TryGetValue(name, out var label))
                known.Add(name, label = Find(name));
            return label;
        }

        // Its name as written, its title as written, then either without capitals, blanks and points.
        int? Find(string name)
        {
            if ((One(name, one => [one.Name], text => text.Normalize()) ?? One(name, one => [one.Title], text => text.Normalize())
                ?? One(name, one => [one.Name, one.Title], Loosely)) is { } found)
                return found;
            // What is left of it may be the very opposite: CD8+ and CD8-.
            return One(name, one => [one.Name, one.Title], Barely) is { } near
                ? throw new BadInputException($"the folder {name} in {folder} differs from the class {classes[near].Name} in a sign only: "
                    + "name it as the class is written, or otherwise if it is none of the model's") : null;
        }

        int? One(string name, Func<ClassInfo, string[]> names, Func<string, string> form) =>
            classes.Index().Where(one => form(name) != "" && names(one.Item).Any(text => form(text) == form(name))).Select(one => one.Index).ToArray() switch
            {
                [] => null,
                [var only] => only,
                [var first, var second, ..] => throw new BadInputException($"the folder {name} in {folder} may be of the classes {classes[first].Name} and "
                    + $"{classes[second].Name}: name it as one of them is written"),
            };
    }

    static string Barely(string name) => string.Concat(name.Normalize().Where(char.IsLetterOrDigit)).ToLowerInvariant();

    /// <summary>A plus or minus behind the last letter or between digits tells two apart, as do other signs than the usual ones between words.</summary>
    static string Loosely(string name)
    {
        var text = name.Normalize().Trim().ToLowerInvariant();
        bool Tells(int i) => text[i] is '-' ? i > 0 && (i == text.Length - 1 || (char.IsDigit(text[i - 1]) && char.IsDigit(text[i + 1])))
            : char.IsSymbol(text[i]);
        return string.Concat(text.Where((letter, i) => char.IsLetterOrDigit(letter) || Tells(i)));
    }
}
