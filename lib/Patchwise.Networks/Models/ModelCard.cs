using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Patchwise;

/// <summary>What the one value a class is that a network gives.</summary>
public enum ModelOutput { Logits, Probabilities }

/// <summary>
/// What a model is for and what it expects. From data-manifest.json for the models listed there; for a user's own file from a JSON of the same
/// name beside it, or from the .onnx file where this library wrote it.
/// </summary>
/// <param name="Classes">In the order of the network's outputs.</param>
/// <param name="Patch">Side of the square patches, in px at <paramref name="Mpp"/>.</param>
/// <param name="Mpp">Microns per pixel of the patches; null where nobody states it.</param>
/// <param name="Mean">Of R, G, B: value = (sample / 255 - mean) / deviation. Zeros for the Kather-100k networks.</param>
/// <param name="Deviation">Of R, G, B; ones for the Kather-100k networks.</param>
public sealed record ModelCard(string Name, IReadOnlyList<ClassInfo> Classes, int Patch, int Stride, Mpp? Mpp, IReadOnlyList<double> Mean,
    IReadOnlyList<double> Deviation,
    string? Licence = null, string? Source = null, string? Url = null)
{
    internal const string OnnxKey = "patchwise.card";

    /// <summary>The family member that the weights belong to; null: recognised from them.</summary>
    internal string? Architecture { get; init; }

    /// <summary>Turned and mirrored copies that the network itself makes of a patch, for which a batch takes as many times the memory.</summary>
    internal int Orientations { get; init; } = 1;

    /// <summary>What the author says of the output; null: judged by the network's last operation.</summary>
    internal ModelOutput? Output { get; init; }

    static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        RespectRequiredConstructorParameters = false,
        WriteIndented = true,
    };

    sealed record FileClass(string Name, string? Title = null, string? Color = null);

    sealed record FileForm(string? Name = null, string? Architecture = null, IReadOnlyList<FileClass>? Classes = null, int? Patch = null, int? Stride = null,
        double? Mpp = null,
        IReadOnlyList<double>? Mean = null, IReadOnlyList<double>? Deviation = null, int? Orientations = null, ModelOutput? Output = null,
        string? Licence = null, string? Source = null, string? Url = null);

    /// <summary>The card in a JSON; what it does not state is: unnamed classes, patches of 224 px, division by 255 and nothing else.</summary>
    /// <param name="fallback">The name where the JSON gives none.</param>
    /// <param name="file">For messages.</param>
    /// <param name="side">Of the patches where the JSON states none and the network is bound to one.</param>
    internal static ModelCard Parse(string json, string fallback, string file, int? side = null)
    {
        FileForm form;
        try
        {
            form = JsonSerializer.Deserialize<FileForm>(json, Strict) ?? new();
        }
        catch (JsonException error)
        {
            throw new BadInputException(
                $"{file} is no card of a model: {error.Message} Expected an object with any of name, architecture, classes, patch, stride, mpp, mean, "
                    + $"deviation, orientations, output, licence, source, url", error);
        }
        var (mean, deviation) = (form.Mean ?? [0, 0, 0], form.Deviation ?? [1, 1, 1]);
        if (form.Patch is < 1 || form.Stride is < 1)
            throw new BadInputException($"{file}: patch and stride are to be 1 px or more");
        if (form.Orientations is < 1 or > 64)
            throw new BadInputException($"{file}: orientations are to be 1 to 64");
        if (form.Mpp is { } mpp && !(mpp > 0 && double.IsFinite(mpp)))
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{file}: mpp is {mpp}: expected microns per pixel, a number above 0 such as 0.5"));
        if (mean is not [_, _, _] || deviation is not [> 0, > 0, > 0] || !mean.Concat(deviation).All(value => float.IsFinite((float)value)))
            throw new BadInputException($"{file}: mean and deviation are to be three finite numbers each, for R, G and B, the deviations above 0");
        var patch = form.Patch ?? side ?? 224;
        var classes = form.Classes ?? [];
        return new(form.Name ?? fallback, [.. classes.Select((known, index) => Class(known, index, classes, file))],
            patch, form.Stride ?? patch, form.Mpp is { } each ? new Mpp(each) : null, mean, deviation, form.Licence, form.Source, form.Url)
        {
            Architecture = form.Architecture,
            Orientations = form.Orientations ?? 1,
            Output = form.Output,
        };
    }

    static ClassInfo Class(FileClass? known, int index, IReadOnlyList<FileClass?> classes, string file)
    {
        if (string.IsNullOrWhiteSpace(known?.Name) || classes.Take(index).Any(other => other!.Name == known.Name))
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{file}: class {index} is named '{known?.Name}': expected a name that no other class has"));
        try
        {
            return new(known.Name, known.Title ?? known.Name, Palette.Checked(known.Color) ?? Palette.Distinct(index));
        }
        catch (BadInputException error)
        {
            throw new BadInputException($"{file}: class {known.Name} has {error.Message}", error);
        }
    }

    internal string ToJson() => JsonSerializer.Serialize(new FileForm(Name, Architecture,
        [.. Classes.Select(known => new FileClass(known.Name, known.Title, known.Color))], Patch, Stride,
        Mpp?.X, Mean, Deviation, Orientations > 1 ? Orientations : null, Output, Licence, Source, Url), Strict);

    /// <summary>The JSON of a file's name beside it, which tells what a user's file is for.</summary>
    internal static string PathBeside(string path) => Path.ChangeExtension(path, ".json");

    /// <param name="inside">The card that the file itself holds; one beside it comes first.</param>
    /// <param name="size">Of the only patches that the file takes, for a card that states none.</param>
    internal static ModelCard Beside(string path, string? inside = null, PixelSize? size = null)
    {
        var (card, name) = (PathBeside(path), Path.GetFileNameWithoutExtension(path));
        return File.Exists(card) ? Parse(File.ReadAllText(card), name, card, size?.Width) : Parse(inside ?? "{}", name, path, size?.Width);
    }

    internal static ModelCard Of(LocatedData data) => Of(data.Entry, data.Files.FirstOrDefault(file => file.EndsWith("labels.txt", StringComparison.Ordinal)));

    /// <param name="labels">A file with one class a line, for a model with more of them than a manifest should list.</param>
    internal static ModelCard Of(ManifestEntry entry, string? labels) => entry.Model is not { } model
        ? throw new BadInputException($"{entry.Id} is no model: expected the id of one, or a file of weights")
        : new(entry.Id, entry.Classes.Count > 0 || labels is null ? entry.Classes : Labels(labels), model.Patch, model.Stride,
        entry.Resolution?.Mpp is { } mpp ? new Mpp(mpp) : null,
            [0, 0, 0], [1, 1, 1], entry.Licence, entry.Source, entry.Files[0].Urls is [var url, ..] ? url : null)
        {
            Architecture = model.Architecture,
        };

    static List<ClassInfo> Labels(string file)
    {
        var lines = File.ReadAllLines(file);
        var counts = lines.CountBy(line => line).ToDictionary();
        return [.. lines.Select((line, index) => new ClassInfo(counts[line] == 1 ? line : string.Create(CultureInfo.InvariantCulture, $"{line} ({index})"),
            line, Palette.Distinct(index)))];
    }

    /// <summary>The card with the classes that a file names, one a line.</summary>
    /// <exception cref="BadInputException">It cannot be read, or does not name as many.</exception>
    internal ModelCard WithClassesOf(string file)
    {
        try
        {
            var classes = Labels(file);
            if (classes.Count != Classes.Count || classes.Any(one => string.IsNullOrWhiteSpace(one.Name)))
                throw new BadInputException(
                    $"{file} names {classes.Count} classes: expected {Classes.Count}, one a line in the order of the outputs of {Name}, none empty");
            return this with { Classes = classes };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{file} cannot be read: {error.Message}; expected a text file with the name of a class a line", error);
        }
    }

    /// <summary>The card with a class for each output: named where the author did not.</summary>
    internal ModelCard WithClasses(int count, string file) => Classes.Count == count ? this : Classes.Count == 0
        ? this with
        {
            Classes = [.. Enumerable.Range(0, count).Select(index => string.Create(CultureInfo.InvariantCulture, $"class {index}"))
        .Select((name, index) => new ClassInfo(name, name, Palette.Distinct(index)))]
        }
        : throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
        $"{file} gives {count} classes, its card names {Classes.Count}: name each, in the order of the outputs"));

    /// <summary>The card, which has to state the size of the only patches that a file takes.</summary>
    /// <exception cref="BadInputException">They are not square, or the card states another.</exception>
    internal ModelCard WithPatches(PixelSize only, string file)
    {
        if (only.Width != only.Height)
            throw new BadInputException($"{file} takes patches of {only} px: expected square ones; export it so");
        return only.Width == Patch ? this
            : throw new BadInputException(
                $"{file} takes patches of {only} px, its card says {Patch}: put \"patch\" and \"stride\" right in {PathBeside(file)}");
    }
}
