using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Patchwise;

/// <summary>The forms in which cards are stored: our own, WSInfer's configuration and that of Hugging Face's timm.</summary>
static class CardFile
{
    sealed record FileClass(string Name, string? Title = null, string? Color = null);

    /// <summary>Our own; model-card.schema.json says what each field means.</summary>
    sealed record Form(string? Name = null, string? Architecture = null, IReadOnlyList<FileClass?>? Classes = null, int? Patch = null, int? Stride = null,
        double? Mpp = null, IReadOnlyList<double>? Mean = null, IReadOnlyList<double>? Deviation = null, int? Orientations = null, ModelOutput? Output = null,
        string? OutputName = null, ModelLayout? Layout = null, ModelChannels? Channels = null, ModelSamples? Samples = null, string? Weights = null,
        bool? TransformInput = null, bool? LastRelu = null, string? Licence = null, string? Source = null, string? Url = null);

    static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        RespectRequiredConstructorParameters = false,
        WriteIndented = true,
    };

    internal static readonly string[] Fields = [.. typeof(Form).GetProperties().Where(field => field.CanWrite)
        .Select(field => JsonNamingPolicy.CamelCase.ConvertName(field.Name))];

    /// <summary>The JSON of a file's name beside it, which tells what a user's file is for.</summary>
    internal static string PathBeside(string path) => Path.ChangeExtension(path, ".json");

    /// <param name="inside">The card that the file itself holds; what one beside it states, in our own form, comes first, field by field.</param>
    /// <param name="size">Of the only patches that the file takes, for a card that states none.</param>
    internal static ModelCard Beside(string path, string? inside = null, PixelSize? size = null)
    {
        var (own, published) = (PathBeside(path), Path.Combine(Path.GetDirectoryName(path) ?? "", "config.json"));
        var (json, file) = File.Exists(own) ? (InputFile.ReadText(own), own)
            : inside is null && File.Exists(published) && InputFile.ReadText(published) is var text && IsForeign(text) ? (text, published)
            : (inside ?? "{}", path);
        var name = Path.GetFileNameWithoutExtension(path);
        var card = Parse(json, name, file, size?.Width) with
        {
            ReadFrom = file == published && !name.Contains("model", StringComparison.OrdinalIgnoreCase) ? published : null,
        };
        if (inside is null || file == path || JsonNode.Parse(json) is not JsonObject beside || Foreign(beside) is not null)
            return card;
        var whole = Parse(inside, name, path, size?.Width);
        string[] names = [.. card.Classes.Select(one => one.Name)], others = [.. whole.Classes.Select(one => one.Name)];
        if (!names.SequenceEqual(others) && names.ToHashSet().SetEquals(others))
            throw new BadInputException($"{file} has the classes {Listed(card)}, and {path} itself {Listed(whole)}: the same in another order, of which one is "
                + $"wrong; leave \"classes\" out of {file} where the network's own are right");
        var merged = (JsonObject)JsonNode.Parse(inside)!;
        // A patch of another size is no longer met at the old stride.
        if (beside.ContainsKey("patch"))
            merged.Remove("stride");
        foreach (var (field, value) in beside)
            merged[field] = value?.DeepClone();
        return Parse(merged.ToJsonString(), name, file, size?.Width);
    }

    static string Listed(ModelCard card) => string.Join(", ", card.Classes.Take(4).Select(one => one.Name)) + (card.Classes.Count > 4 ? " and others" : "");

    /// <summary>A configuration that says nothing of a network is something else's.</summary>
    static bool IsForeign(string json)
    {
        try
        {
            return JsonNode.Parse(json) is JsonObject node && Foreign(node) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The card in a JSON; what it does not state is assumed: unnamed classes, patches of 224 px, division by 255 and nothing else.</summary>
    /// <param name="fallback">The name where the JSON gives none.</param>
    /// <param name="file">For messages.</param>
    /// <param name="side">Of the patches where the JSON states none and the network is bound to one.</param>
    internal static ModelCard Parse(string json, string fallback, string file, int? side = null)
    {
        var expected = $"expected an object with any of {string.Join(", ", Fields)}";
        Form form;
        try
        {
            var node = JsonNode.Parse(json, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new BadInputException($"{file} is no card of a model: {expected}");
            node.Remove("$schema");
            if (Foreign(node) is { } read)
                form = read(node, file);
            else if (node.FirstOrDefault(field => !Fields.Contains(field.Key)).Key is { } unknown)
                throw new BadInputException($"{file} is no card of a model: \"{unknown}\" is no field of one; {expected}");
            else
                form = node.Deserialize<Form>(Strict) ?? new();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException
            or NullReferenceException or OverflowException)
        {
            var where = error is JsonException { Path: { Length: > 1 } path } ? $"the value of {path[2..]} is not of its kind" : "it is no JSON, or damaged";
            throw new BadInputException($"{file} is no card of a model: {where}; {expected}", error);
        }
        return Card(form, fallback, file, side);
    }

    static ModelCard Card(Form form, string fallback, string file, int? side)
    {
        var (mean, deviation) = (form.Mean ?? [0, 0, 0], form.Deviation ?? [1, 1, 1]);
        if (form.Patch is < 1 || form.Stride is < 1)
            throw new BadInputException($"{file}: patch and stride are to be 1 px or more");
        if (form.Orientations is < 1 or > 64)
            throw new BadInputException($"{file}: orientations are to be 1 to 64");
        if (form.Mpp is { } mpp && !(mpp > 0 && double.IsFinite(mpp)))
            throw new BadInputException(FormattableString.Invariant($"{file}: mpp is {mpp}: expected microns per pixel, a number above 0 such as 0.5"));
        if (mean is not [_, _, _] || deviation is not [> 0, > 0, > 0] || !mean.Concat(deviation).All(value => float.IsFinite((float)value)))
            throw new BadInputException($"{file}: mean and deviation are to be three finite numbers each, for R, G and B, the deviations above 0");
        if (mean.Any(value => value > 1) || deviation.Any(value => value > 10))
            throw new BadInputException(Invariant($"{file}: mean {mean.Max():0.####} and deviation {deviation.Max():0.####} are of samples ")
                + "up to 255: expected those of samples from 0 to 1; divide them by 255");
        if (form.Samples == ModelSamples.Bytes && (form.Mean ?? form.Deviation) is not null)
            throw new BadInputException($"{file}: mean and deviation do not apply where samples are bytes; leave them out");
        if (form.Mean is null != form.Deviation is null)
            throw new BadInputException($"{file} states {(form.Mean is null ? "\"deviation\" but no \"mean\"" : "\"mean\" but no \"deviation\"")}: expected "
                + "both, with which the network was trained, or neither");
        // ImageNet's means are at most 0.08 apart, and rise from B to R.
        if (mean.Reverse().Zip(ImageNet, (own, known) => Math.Abs(own - known.Mean)).Max() < 0.01)
            throw new BadInputException($"{file} has the mean {string.Join(", ", mean.Select(value => Invariant($"{value:0.####}")))}, which is ImageNet's in "
                + "the order B, G, R: expected the order R, G, B; turn mean and deviation round, and state \"channels\": \"bgr\" where the network "
                + "takes B, G, R");
        if (form.TransformInput == true)
            // x * (D / 0.5) + (M - 0.5) / 0.5 of x = (s - mean) / deviation, with M and D those of ImageNet.
            (mean, deviation) = ([.. mean.Zip(deviation, (m, d) => (m, d)).Zip(ImageNet, (own, known) => own.m - (known.Mean - 0.5) * own.d / known.Deviation)],
                [.. deviation.Zip(ImageNet, (d, known) => 0.5 * d / known.Deviation)]);
        var (patch, classes) = (form.Patch ?? side ?? 224, form.Classes ?? []);
        return new(form.Name ?? fallback, [.. classes.Select((known, index) => Class(known, index, classes, file))],
            patch, form.Stride ?? patch, form.Mpp is { } each ? new Mpp(each) : null, mean, deviation, form.Licence, form.Source, form.Url)
        {
            Architecture = form.Architecture,
            Orientations = form.Orientations ?? 1,
            Output = form.Output,
            OutputName = form.OutputName,
            Weights = form.Weights,
            Layout = form.Layout,
            IsBgr = form.Channels == ModelChannels.Bgr,
            Samples = form.Samples,
            TransformInput = form.TransformInput,
            LastRelu = form.LastRelu,
            ScalingIsAssumed = form is { Mean: null, Deviation: null, TransformInput: not true },
            PatchIsAssumed = form.Patch is null && side is null,
        };
    }

    static readonly (double Mean, double Deviation)[] ImageNet = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];

    static ClassInfo Class(FileClass? known, int index, IReadOnlyList<FileClass?> classes, string file)
    {
        var name = ModelCard.NameOf(known?.Name);
        if (known is null || name.Length == 0 || classes.Take(index).Any(other => ModelCard.NameOf(other?.Name) == name))
            throw new BadInputException($"{file}: class {index} is named '{known?.Name}': expected a name that no other class has");
        try
        {
            return new(name, known.Title?.Trim() ?? name, Palette.Checked(known.Color) ?? Palette.Distinct(index));
        }
        catch (BadInputException error)
        {
            throw new BadInputException($"{file}: class {name} has {error.Message}", error);
        }
    }

    /// <summary>In our own form; what was assumed is left out.</summary>
    internal static string ToJson(this ModelCard card) => JsonSerializer.Serialize(new Form(card.Name, card.Architecture,
        [.. card.Classes.Select(known => new FileClass(known.Name, known.Title, known.Color))], card.PatchIsAssumed ? null : card.Patch,
        card.PatchIsAssumed ? null : card.Stride, card.Mpp?.X, card.ScalingIsAssumed ? null : card.Mean, card.ScalingIsAssumed ? null : card.Deviation,
        card.Orientations > 1 ? card.Orientations : null, card.Output, card.OutputName, card.Layout, card.IsBgr ? ModelChannels.Bgr : null, card.Samples,
        Licence: card.Licence, Source: card.Source, Url: card.Url), Strict);

    /// <summary>The reader of a form that is not our own; null where it is none that is known.</summary>
    static Func<JsonObject, string, Form>? Foreign(JsonObject node) =>
        node.ContainsKey("patch_size_pixels") || node.ContainsKey("class_names") ? WsInfer
        : node.ContainsKey("pretrained_cfg") || (node.ContainsKey("architecture") && node.ContainsKey("num_classes")) ? Timm : null;

    /// <summary>Patches are so many px of so many microns, which transforms resize, scale to 0..1 and normalise.</summary>
    static Form WsInfer(JsonObject node, string file)
    {
        foreach (var needed in (string[])["patch_size_pixels", "spacing_um_px"])
            if (node[needed] is null)
                throw new BadInputException($"{file} is of WSInfer and lacks \"{needed}\": add it, or state the card in our own form");
        var (read, mpp) = (node["patch_size_pixels"]!.GetValue<int>(), node["spacing_um_px"]!.GetValue<double>());
        var (patch, mean, deviation) = (read, (double[])[0, 0, 0], (double[])[1, 1, 1]);
        foreach (var step in node["transform"]?.AsArray() ?? [])
            switch (step!["name"]!.GetValue<string>(), step["arguments"])
            {
                case ("Resize", { } to):
                    patch = to["size"] is JsonArray sides ? Square(sides, file) : to["size"]!.GetValue<int>();
                    break;
                case ("ToTensor", _):
                    break;
                case ("Normalize", { } by):
                    (mean, deviation) = (Numbers(by["mean"]!), Numbers(by["std"]!));
                    break;
                case var (other, _):
                    throw new BadInputException($"{file} has the transform \"{other}\": expected Resize, ToTensor and Normalize; "
                        + "state the card in our own form");
            }
        return new(node["name"]?.GetValue<string>(), node["architecture"]?.GetValue<string>(), Named(node["class_names"]), patch, null,
            mpp * read / patch, mean, deviation);
    }

    /// <summary>Of a network of timm what matters in training only, or is told by its weights.</summary>
    static readonly string[] HarmlessArguments = ["num_classes", "drop_rate", "drop_path_rate", "drop_block_rate", "pretrained", "img_size"];

    /// <summary>A network of timm; its crop of a larger picture is no concern of patches.</summary>
    static Form Timm(JsonObject node, string file)
    {
        var set = node["pretrained_cfg"] as JsonObject ?? node;
        if (node["global_pool"] is { } pool && pool.GetValue<string>() is not ("avg" or "" or "fast"))
            throw new BadInputException($"{file} has the pooling \"{pool}\": expected \"avg\"; export the network to .onnx and open that");
        foreach (var (name, value) in node["model_args"]?.AsObject() ?? [])
            if (!(HarmlessArguments.Contains(name) || (name, value?.ToJsonString()) is ("global_pool", "\"avg\"") or ("in_chans", "3")))
                throw new BadInputException($"{file} has the model_args \"{name}\": {value?.ToJsonString() ?? "null"}, which may change the network: expected "
                    + "the architecture as it is; export the network to .onnx and open that");
        var names = node["label_names"] ?? set["label_names"];
        if (names is JsonArray { Count: var named } && node["num_classes"]?.GetValue<int>() is { } count && named != count)
            throw new BadInputException($"{file} has {named} label_names for {count} classes: expected as many");
        return new(Architecture: node["architecture"]?.GetValue<string>(), Classes: Named(names),
            Patch: set["input_size"] is JsonArray and [var channels, var height, var width] ? channels!.GetValue<int>() == 3 ? Square([height!.DeepClone(),
                width!.DeepClone()], file) : throw new BadInputException($"{file} has an input of {channels} channels: expected 3, R, G and B") : null,
            Mean: set["mean"] is { } mean ? Numbers(mean) : null, Deviation: set["std"] is { } deviation ? Numbers(deviation) : null,
            Licence: (set["license"] ?? node["license"])?.GetValue<string>(), Url: set["hf_hub_id"] is { } id ? $"https://huggingface.co/{id}" : null);
    }

    static List<FileClass?>? Named(JsonNode? names) => names?.AsArray().Select(name => name is null ? null : new FileClass(name.GetValue<string>())).ToList();

    static double[] Numbers(JsonNode values) => [.. values.AsArray().Select(value => value!.GetValue<double>())];

    static int Square(JsonArray sides, string file) => sides is [var height, var width] && height!.GetValue<int>() == width!.GetValue<int>()
        ? height.GetValue<int>() : throw new BadInputException($"{file} has patches of {sides.ToJsonString()} px: expected square ones");
}
