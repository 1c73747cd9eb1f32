namespace Patchwise;

/// <summary>What the values are that a network gives for a patch.</summary>
public enum ModelOutput
{
    /// <summary>One a class, to which softmax is applied; a single one is that of the second of two classes, to which the logistic function is.</summary>
    Logits,

    /// <summary>One a class, adding up to 1; a single one is that of the second of two classes.</summary>
    Probabilities,

    /// <summary>One a class, to each of which the logistic function is applied: classes do not exclude one another.</summary>
    LabelLogits,

    /// <summary>One a class, each from 0 to 1: classes do not exclude one another.</summary>
    LabelProbabilities,
}

/// <summary>What the samples of a patch are to the network.</summary>
enum ModelSamples { Scaled, Bytes }

/// <summary>The order of the channels of its input.</summary>
enum ModelChannels { Rgb, Bgr }

/// <summary>The order of its input's axes: patch, channel, y, x; or patch, y, x, channel.</summary>
enum ModelLayout { Nchw, Nhwc }

/// <summary>
/// What a model is for and what it expects. From data-manifest.json for the models listed there; for a user's own file from a JSON beside it
/// (model-card.schema.json; the config.json of Hugging Face's timm and of WSInfer is understood, too), or from the .onnx file where this library wrote it.
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

    /// <summary>What the author says of the output; null: judged by what the network gives.</summary>
    internal ModelOutput? Output { get; init; }

    /// <summary>Which output has the classes, by its name or, of a program, its number; null: the only one.</summary>
    internal string? OutputName { get; init; }

    /// <summary>Which weights of a file with several are meant, by what their keys begin with; null: the only ones.</summary>
    internal string? Weights { get; init; }

    /// <summary>Null: as the file says, else <see cref="ModelLayout.Nchw"/>.</summary>
    internal ModelLayout? Layout { get; init; }

    /// <summary>Null: as the file says, else <see cref="ModelSamples.Scaled"/>.</summary>
    internal ModelSamples? Samples { get; init; }

    /// <summary>B, G, R, as networks of Caffe and of Keras in its mode take them; mean and deviation are of R, G and B all the same.</summary>
    internal bool IsBgr { get; init; }

    /// <summary>Whether GoogLeNet itself turns torchvision's scaling into its own; it is part of mean and deviation here. Null: not stated.</summary>
    internal bool? TransformInput { get; init; }

    /// <summary>Whether a DenseNet has a ReLU before its pooling, as torchvision's; null: not stated.</summary>
    internal bool? LastRelu { get; init; }

    /// <summary>Nobody says how samples are scaled: division by 255 is assumed.</summary>
    internal bool ScalingIsAssumed { get; init; }

    /// <summary>Nobody says how large patches are: 224 px are assumed.</summary>
    internal bool PatchIsAssumed { get; init; }

    internal bool IsPlainScaling => Mean.All(mean => mean == 0) && Deviation.All(deviation => deviation == 1);

    /// <summary>A class's name in a text: a blank behind it, or another form of a letter, makes no other class.</summary>
    internal static string NameOf(string? text) => text?.Trim().Normalize() ?? "";

    /// <param name="labels">A file with one class a line, for a model with more of them than a manifest should list.</param>
    internal static ModelCard Of(ManifestEntry entry, string? labels) => entry.Model is not { } model
        ? throw new BadInputException($"{entry.Id} is no model: expected the id of one, or a file of weights")
        : new(entry.Id, entry.Classes.Count > 0 || labels is null ? entry.Classes : Labels(labels), model.Patch, model.Stride,
            entry.Resolution?.Mpp is { } mpp ? new Mpp(mpp) : null, [0, 0, 0], [1, 1, 1], entry.Licence, entry.Source,
            entry.Files[0].Urls is [var url, ..] ? url : null)
        {
            Architecture = model.Architecture,
        };

    /// <exception cref="BadInputException">It is text of another encoding, whose letters would be lost.</exception>
    static List<ClassInfo> Labels(string file)
    {
        var lines = InputFile.ReadText(file, "cannot be read as a text file with the name of a class a line").TrimEnd('\r', '\n')
            .Split(["\r\n", "\n", "\r"], StringSplitOptions.None);
        lines = Array.ConvertAll(lines, NameOf);
        var counts = lines.CountBy(line => line).ToDictionary();
        return [.. lines.Select((line, index) => new ClassInfo(counts[line] == 1 ? line : $"{line} ({index})", line, Palette.Distinct(index)))];
    }

    /// <summary>The card with the classes that a file names, one a line.</summary>
    internal ModelCard WithClassesOf(string file)
    {
        var classes = Labels(file);
        if (classes.Count != Classes.Count || classes.Any(one => string.IsNullOrWhiteSpace(one.Name)))
            throw new BadInputException(
                $"{file} names {classes.Count} classes: expected {Classes.Count}, one a line in the order of the outputs of {Name}, none empty");
        if (!classes.Select(one => one.Title).SequenceEqual(Classes.Select(one => one.Name))
            && classes.Select(one => one.Title).Order(StringComparer.Ordinal).SequenceEqual(Classes.Select(one => one.Name).Order(StringComparer.Ordinal)))
            throw new BadInputException($"{file} names the classes of {Name} in another order, by which each would be called as another one: expected that of "
                + $"the outputs, which its card states: {string.Join(", ", Classes.Select(one => one.Name))}; leave the file out");
        return this with { Classes = classes };
    }

    /// <summary>The card with a class for each value that the network gives, two for a single one: named where the author did not.</summary>
    internal ModelCard WithClasses(int values, string file)
    {
        var count = values == 1 ? 2 : values;
        if (Classes.Count == 0)
            return this with { Classes = [.. Enumerable.Range(0, count).Select(k => new ClassInfo($"class {k}", $"class {k}", Palette.Distinct(k)))] };
        return Classes.Count == count ? this : throw new BadInputException(
            $"{file} gives {values} {(values == 1 ? "value, which tells two classes apart" : "classes")}, its card names {Classes.Count}: name each in "
                + $"\"classes\", in the order of the outputs{(values == 1 ? ", the one that the value stands for last" : "")}");
    }

    /// <summary>The card, which has to state the size of the only patches that a file takes.</summary>
    internal ModelCard WithPatches(PixelSize only, string file) => only.Width != only.Height
        ? throw new BadInputException($"{file} takes patches of {only} px: expected square ones; export it so")
        : only.Width == Patch ? this with { PatchIsAssumed = false } : throw new BadInputException(
            $"{file} takes patches of {only} px, its card says {Patch}: put \"patch\" and \"stride\" right in {CardFile.PathBeside(file)}");

    /// <summary>A config.json that nothing but its folder tells to be of this network; null: none.</summary>
    internal string? ReadFrom { get; init; }

    /// <summary>What was assumed since nobody states it, and how to state it; null where all is stated.</summary>
    internal string? Assumed(string file)
    {
        var missing = new List<(string What, string Fields)>();
        if (ScalingIsAssumed && Samples != ModelSamples.Bytes)
            missing.Add(("samples divided by 255 and nothing else", "\"mean\", \"deviation\""));
        if (PatchIsAssumed)
            missing.Add(($"patches of {Patch} px", "\"patch\""));
        if (missing.Count > 0 && Mpp is null)
            missing.Add(("patches of the resolution that it was trained at", "\"mpp\""));
        return missing.Count == 0 ? null : $"assumed, since no card states it: {string.Join(", ", missing.Select(one => one.What))}; "
            + $"state {string.Join(", ", missing.Select(one => one.Fields))} in {CardFile.PathBeside(file)}";
    }
}
