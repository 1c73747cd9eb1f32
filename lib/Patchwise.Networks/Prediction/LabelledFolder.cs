using System.Text.RegularExpressions;

namespace Patchwise;

/// <summary>A folder of patches, in which folders named by class tell what each patch is.</summary>
static partial class LabelledFolder
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
        var (known, used) = (new Dictionary<string, int?>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var (images, masks) = SetFiles.WithoutMasks(folder, name => Named(name) is not null);
        List<string> files = [.. images];
        var labels = files.ConvertAll(file => ClassOf(Path.GetRelativePath(folder, file)));
        if (labels.TrueForAll(label => label is null))
            return (files, null, masks);
        foreach (var named in used.GroupBy(name => known[name]!.Value).Where(one => one.Count() > 1))
            throw new BadInputException($"{folder}: the folders {string.Join(" and ", named)} both name the class {classes[named.Key].Name}: "
                + "expected one name, written as the class; rename one");
        return (files, labels, masks);

        int? ClassOf(string file)
        {
            int? found = null;
            for (var above = Path.GetDirectoryName(file); !string.IsNullOrEmpty(above); above = Path.GetDirectoryName(above))
            {
                var name = Path.GetFileName(above).Normalize();
                if (Named(name) is not { } label || label == found)
                    continue;
                if (found is { } inner)
                    throw new BadInputException($"{file} in {folder} lies in folders of two classes, {classes[inner].Name} and {classes[label].Name}: "
                        + $"expected one; rename the other, such as patient-{classes[inner].Name}");
                used.Add(name);
                found = label;
            }
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

    /// <summary>
    /// Without capitals and what stands between words; but between digits something stands or not, and a sign before a number or behind a word is part of it:
    /// CD3- T-cell is no CD3 T-cell, and 1-2 is 1_2, and not 12.
    /// </summary>
    static string Loosely(string name)
    {
        var text = Between().Replace(Minus().Replace(name.Normalize().Trim().ToLowerInvariant(), "-"), "$1 ");
        bool IsBeside(int i, Func<char, bool> what) => (uint)i < (uint)text.Length && what(text[i]);
        bool Tells(int i) => text[i] switch
        {
            ' ' => IsBeside(i - 1, char.IsDigit) && IsBeside(i + 1, char.IsDigit),
            '-' => i == text.Length - 1 || (IsBeside(i - 1, char.IsLetterOrDigit) ? !IsBeside(i + 1, char.IsLetterOrDigit) : IsBeside(i + 1, char.IsDigit)),
            '.' or ',' => IsBeside(i - 1, char.IsDigit) && IsBeside(i + 1, char.IsDigit),
            var letter => char.IsSymbol(letter),
        };
        return string.Concat(text.Where((letter, i) => char.IsLetterOrDigit(letter) || Tells(i)));
    }

    [GeneratedRegex(@"(\d)[\s_-]+(?=\d)")] private static partial Regex Between();
    [GeneratedRegex(@"[\p{Pd}\u2212]")] private static partial Regex Minus();
}
