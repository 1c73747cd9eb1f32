namespace Patchwise.Cli;

/// <summary>One table of predictions to be made: of the patches of a folder, of patches named one by one, or else of a tile or slide.</summary>
sealed record PredictInput(string Name, bool IsFolder = false, IReadOnlyList<string>? Patches = null);

/// <summary>What the inputs of the command line are.</summary>
static class PredictInputs
{
    /// <summary>What is taken from a folder of tiles or slides, where other files lie beside them.</summary>
    static readonly string[] Endings = [".svs", ".tif", ".tiff", ".ndpi", ".mrxs", ".scn", ".bif", ".vms", ".vmu", ".svslide", ".png", ".jpg", ".jpeg"];

    /// <summary>Patch files that are named one by one make one table; folders, tiles and slides one each.</summary>
    /// <param name="patch">Side of the model's patches.</param>
    internal static List<PredictInput> Of(IReadOnlyList<string> inputs, string mode, int patch, Func<string, Slide> open)
    {
        var (found, patches) = (new List<PredictInput>(), new List<string>());
        foreach (var input in inputs.Select(Located))
        {
            if (Directory.Exists(input))
                found.AddRange(mode is "tile" or "slide"
                    ? Directory.EnumerateFiles(input).Where(file => Endings.Contains(Path.GetExtension(file).ToLowerInvariant())
                    && !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal).Select(file => new PredictInput(file))
                    : [new(input, IsFolder: true)]);
            else if (mode == "patch" || (mode == "auto" && IsPatch(input, patch, open)))
                patches.Add(input);
            else
                found.Add(new(input));
        }
        if (patches.Count > 0)
            found.Insert(0, new(patches.Count == 1 ? patches[0] : "patches", Patches: patches));
        if (found.Count == 0)
            throw new BadInputException($"{string.Join(", ", inputs)} holds no tile or slide: expected files that end in {string.Join(" ", Endings)}");
        return found;
    }

    /// <summary>The file or folder itself, or that of an id of the manifest.</summary>
    static string Located(string input)
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
