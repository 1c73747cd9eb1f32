namespace Patchwise.Cli;

/// <summary>One table of predictions to be made: of the patches of a folder, of patches named one by one, or else of a tile or slide.</summary>
sealed record PredictInput(string Name, bool IsFolder = false, IReadOnlyList<string>? Patches = null)
{
    internal bool IsPatches => IsFolder || Patches is not null;
}

/// <summary>What the inputs of the command line are.</summary>
static class PredictInputs
{
    /// <summary>What is taken from a folder of slides beside images.</summary>
    static readonly string[] Endings = [".svs", ".ndpi", ".mrxs", ".scn", ".bif", ".vms", ".vmu", ".svslide"];

    internal static bool IsTaken(string file) => SetFiles.IsImage(file) || Endings.Contains(Path.GetExtension(file).ToLowerInvariant());

    /// <summary>Patch files that are named one by one make one table; folders, tiles and slides one each.</summary>
    /// <param name="patch">Side of the model's patches.</param>
    internal static List<PredictInput> Of(IReadOnlyList<string> inputs, string mode, int patch, Func<string, Slide> open)
    {
        if (inputs.GroupBy(input => Path.TrimEndingDirectorySeparator(Path.GetFullPath(input)), StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1)
            is { } twice)
            throw new BadInputException($"{twice.First()} is named {twice.Count()} times: expected each input once, or its patches would count several times");
        var (found, patches) = (new List<PredictInput>(), new List<string>());
        foreach (var input in inputs.Select(Located))
        {
            if (Directory.Exists(input))
                found.AddRange(mode is "tile" or "slide" ? OfFolder(input) : [new(input, IsFolder: true)]);
            else if (mode == "patch" || (mode == "auto" && IsPatch(input, patch, open)))
                patches.Add(input);
            else
                found.Add(new(input));
        }
        if (found.GroupBy(one => Path.GetFullPath(one.Name), StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } again)
            throw new BadInputException($"{again.First().Name} is named by itself and in its folder: expected each input once");
        if (patches.Count > 0)
            found.Insert(0, new(patches.Count == 1 ? patches[0] : "patches", Patches: patches));
        if (found.Count == 0)
            throw new BadInputException($"{string.Join(", ", inputs)} holds no tile or slide: expected images, or files that end in "
                + string.Join(" ", Endings));
        return found;
    }

    internal static IEnumerable<PredictInput> OfFolder(string folder)
    {
        var files = Directory.EnumerateFiles(folder).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal).ToList();
        if (files.Where(file => !IsTaken(file)).ToList() is { Count: > 0 } others)
            Console.Error.WriteLine($"patchwise: left out of {folder}, as no tiles or slides: {SetFiles.Counted(others)}");
        files = files.FindAll(IsTaken);
        var besides = SetFiles.OfOthers(files);
        if (besides.Count > 0)
            Console.Error.WriteLine($"patchwise: left out of {folder}, as masks or maps of others by their names: {besides.Count}, such as "
                + $"{Path.GetFileName(files.Find(besides.Contains))}; name them one by one to take them all the same");
        return files.Where(file => !besides.Contains(file)).Select(file => new PredictInput(file));
    }

    /// <summary>
    /// Each with the name of its outputs: its own without the ending of an image or slide, or with it where two inputs differ in that only, or with a number
    /// where they lie in different folders. A folder's name has no ending.
    /// </summary>
    internal static IEnumerable<(PredictInput Input, string Name)> Named(IReadOnlyList<PredictInput> inputs)
    {
        static string Whole(PredictInput input) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(input.Name)));
        static Dictionary<string, int> Counted(IEnumerable<string> names) =>
            names.CountBy(name => name, StringComparer.OrdinalIgnoreCase).ToDictionary(StringComparer.OrdinalIgnoreCase);

        string[] stems = [.. inputs.Select(input => !input.IsFolder && IsTaken(input.Name) ? Path.GetFileNameWithoutExtension(input.Name) : Whole(input))];
        var ofStem = Counted(stems);
        string[] names = [.. inputs.Select((input, i) => ofStem[stems[i]] == 1 ? stems[i] : Whole(input))];
        var ofName = Counted(names);
        var given = names.Where(name => ofName[name] == 1).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (i, input) in inputs.Index())
        {
            var name = ofName[names[i]] == 1 ? names[i] : stems[i];
            for (var k = 2; ofName[names[i]] > 1 && !given.Add(name); k++)
                name = $"{stems[i]}-{k}";
            yield return (input, name);
        }
    }

    /// <summary>The file or folder itself, or that of an id of the manifest.</summary>
    internal static string Located(string input)
    {
        if (Path.Exists(input) || Manifest.TryLoad() is not { } manifest || manifest.Entries.FirstOrDefault(entry => entry.Id == input) is not { } entry)
            return input;
        return manifest.Locate(entry.Id) is { Files: [var only], Entry.Kind: DataKind.Slide or DataKind.Tile } ? only : manifest.Locate(entry.Id).Folder;
    }

    /// <summary>What cannot be opened is none: the error comes up with its own input, so that the others are predicted.</summary>
    static bool IsPatch(string file, int patch, Func<string, Slide> open)
    {
        try
        {
            using var slide = open(file);
            return slide.IsPlainImage && slide.Size.Width <= patch && slide.Size.Height <= patch;
        }
        catch (PatchwiseException)
        {
            return false;
        }
    }
}
