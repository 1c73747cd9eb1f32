using System.Text.RegularExpressions;

namespace Patchwise;

/// <summary>
/// Finds the network whose weights a file holds, by the tensors that it needs: under whatever prefix, whatever the last layer is called. What lies beside them
/// is left out where it cannot matter, such as the weights of a loss; any other tensor may belong to layers that are not known, so that the file is refused.
/// </summary>
static partial class Recognition
{
    /// <summary>How many tensors a message lists before it counts the rest.</summary>
    const int Most = 5;

    /// <summary>One way to read a file.</summary>
    /// <param name="Place">What the keys of the weights begin with.</param>
    sealed record Reading(Network Form, string Place)
    {
        internal Dictionary<string, (string, CheckpointTensor)> Bound { get; } = [];
        internal List<string> Faults { get; } = [];
        internal List<string> LeftOut { get; } = [];
        internal int Classes { get; set; } = 1;
        internal bool IsAveraged { get; set; }
        internal bool HasOwnHead { get; set; }
    }

    /// <param name="architecture">Leaves only the forms of this one to choose from.</param>
    /// <param name="weights">What the keys of the weights begin with, where a file has several networks.</param>
    internal static Network Of(Checkpoint checkpoint, string? architecture = null, string? weights = null)
    {
        if (architecture is not null && !Network.Known.Contains(architecture))
            throw new BadInputException(
                $"the card of {checkpoint.Path} names the architecture '{architecture}': expected one of {string.Join(", ", Network.Known)}, or none");
        Network[] forms = [.. Network.Forms(architecture)];
        List<Reading> All(bool near)
        {
            List<Reading> all = [];
            foreach (var (index, group) in checkpoint.Groups.Index())
                // The last is all of them as one, for a network whose parts were saved as several dictionaries.
                if (index == 0 || index < checkpoint.Groups.Count - 1 || all.TrueForAll(reading => reading.Faults.Count > 0))
                    all.AddRange(forms.SelectMany(form => Readings(form, group, near)));
            return all;
        }
        List<Reading> whole = All(near: false).FindAll(reading => reading.Faults.Count == 0);
        if (whole.Count == 0)
            throw Unknown(checkpoint, architecture, All(near: true).MaxBy(reading => reading.Bound.Count - reading.Faults.Count)!);
        var places = string.Join(", ", whole.Select(reading => $"\"{reading.Place}\""));
        List<Reading> chosen = weights is null ? whole : whole.FindAll(reading => reading.Place == weights);
        if (chosen.Count > 1 && chosen.FindAll(reading => reading.IsAveraged) is [var averaged])
            chosen = [averaged];
        if (chosen is not [var one])
            throw new BadInputException($"{checkpoint.Path} holds {(whole.Count == 1 ? "a network" : "several networks")}, whose keys begin with {places}"
                + $"{(weights is null ? "" : $", and none with \"{weights}\"")}: say which in \"weights\" of {CardFile.PathBeside(checkpoint.Path)}");
        List<string> notes = [];
        if (one.LeftOut.Count > 0)
            notes.Add($"left out, since the network does not use them: {Listed(one.LeftOut)}");
        if (one.IsAveraged)
            notes.Add($"the weights taken are averaged ones{(one.Place.Length > 0 ? $", those of \"{one.Place}\"" : "")}" + (whole.Count == 1 ? ""
                : $", of {places}; \"weights\" in {CardFile.PathBeside(checkpoint.Path)} takes others"));
        return one.Form.With(one.Classes, checkpoint.Path, one.Bound, notes, one.HasOwnHead);
    }

    static BadInputException Unknown(Checkpoint checkpoint, string? architecture, Reading best)
    {
        if (architecture is null && best.Bound.Count < best.Form.Tensors.Count() / 2)
            return new($"{checkpoint.Path} is no known network: it has {checkpoint.Tensors.Count} tensors such as "
                + $"{string.Join(", ", checkpoint.Tensors.Keys.Take(3))}; expected one of {string.Join(", ", Network.Known)}, "
                + "or export it to .onnx and open that");
        return new($"{checkpoint.Path} {(architecture is null ? "is nearest to" : "was to be")} {best.Form.Architecture}, with keys as in "
            + $"{best.Form.FormText}, but {Listed(best.Faults)}: give the weights of that network, or name the architecture that they belong to");
    }

    static string Listed(List<string> what) => string.Join("; ", what.Take(Most)) + (what.Count > Most ? $"; and {what.Count - Most} more" : "");

    /// <param name="near">Also where tensors are missing, so that it can be said what is wrong.</param>
    static IEnumerable<Reading> Readings(Network form, TensorGroup group, bool near)
    {
        var tensors = new OrderedDictionary<string, (string Name, CheckpointTensor Tensor)>();
        foreach (var (key, tensor) in group.Tensors)
            if (!key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
                tensors.TryAdd(form.Canonical(key), (key, tensor));
        (string Layer, string Key, long[] Shape)[] body = [.. form.Layers.Where(layer => layer != form.Logits).SelectMany(layer => layer.Tensors)
            .Select(tensor => (tensor.Key, form.FileKey(tensor.Key), tensor.Shape))];
        var first = body[0].Key;
        string[] prefixes = [.. tensors.Keys.Where(key => key == first || key.EndsWith($".{first}", StringComparison.Ordinal))
            .Select(key => key[..^first.Length])];
        string[] whole = [.. prefixes.Where(prefix => Array.TrueForAll(body, one => tensors.TryGetValue(prefix + one.Key, out var found)
            && found.Tensor.Shape.AsSpan().SequenceEqual(one.Shape)))];
        if (whole.Length == 0 && !near)
            yield break;
        foreach (var prefix in whole.Length > 0 ? whole : prefixes.Length > 0 ? prefixes : [""])
        {
            // The numbers of a Sequential are what TIAToolbox's form has behind another name.
            if (form.FormText.Contains("numbered", StringComparison.Ordinal) && prefix.EndsWith("feat_extract.", StringComparison.Ordinal))
                continue;
            var rest = new OrderedDictionary<string, (string Name, CheckpointTensor Tensor)>(tensors.Where(tensor =>
                whole.Length < 2 || whole.Min(other => Distance(tensor.Key, other)) == Distance(tensor.Key, prefix)));
            yield return Read(form, new(form, $"{group.Name}.{prefix}".Trim('.')), prefix, body, rest);
        }
    }

    /// <summary>How far a tensor is from the networks' prefixes where a file has several: those in common count first, then those that it lacks.</summary>
    static (int, int) Distance(string key, string prefix)
    {
        string[] own = key.Split('.'), parts = prefix.Length == 0 ? [] : prefix.TrimEnd('.').Split('.');
        var common = own.Zip(parts).TakeWhile(pair => pair.First == pair.Second).Count();
        return (-common, parts.Length - common);
    }

    static Reading Read(Network form, Reading reading, string prefix, (string Layer, string Key, long[] Shape)[] body,
        OrderedDictionary<string, (string Name, CheckpointTensor Tensor)> rest)
    {
        void Bind(string layer, string key, params long[] shape)
        {
            if (!rest.Remove(key, out var found))
                reading.Faults.Add($"{key} {CheckpointTensor.Text(shape)} is missing");
            else if (!found.Tensor.Shape.AsSpan().SequenceEqual(shape))
                reading.Faults.Add($"{key} has shape {found.Tensor.ShapeText}, expected {CheckpointTensor.Text(shape)}");
            else
                reading.Bound[layer] = found;
        }

        foreach (var (layer, key, shape) in body)
            Bind(layer, prefix + key, shape);
        var (length, usual) = (form.Features.Channels, prefix + form.FileKey(form.Logits.Key + ".")[..^1]);
        List<string> heads = [.. from tensor in rest
                                 where tensor.Key.EndsWith(".weight", StringComparison.Ordinal)
                                     && tensor.Value.Tensor.Shape is [> 0, var takes] && takes == length
                                 let module = tensor.Key[..^".weight".Length]
                                 where !Training().IsMatch(module) && rest.ContainsKey($"{module}.bias")
                                 select module];
        if (rest.ContainsKey($"{usual}.weight") || heads.Count == 0)
            heads = [usual];
        if (heads is not [var head])
            reading.Faults.Add($"the last layer may be any of {string.Join(", ", heads)}");
        else
        {
            reading.HasOwnHead = head != usual && !head.StartsWith($"{usual}.", StringComparison.Ordinal);
            reading.Classes = rest.TryGetValue($"{head}.weight", out var weight) && weight.Tensor.Shape is [> 0 and <= int.MaxValue and var outputs, ..]
                ? (int)outputs : 1;
            Bind($"{form.Logits.Key}.weight", $"{head}.weight", reading.Classes, length);
            Bind($"{form.Logits.Key}.bias", $"{head}.bias", reading.Classes);
        }

        reading.IsAveraged = rest.ContainsKey("n_averaged")
            || reading.Place.Split('.', '_').Any(part => part is "ema" or "swa" or "avg" or "averaged" or "average");
        // The part of the network that a tensor belongs to, or the part beside it.
        string Part(string key) => key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..].Split('.')[0] : $"/{key.Split('.')[0]}";
        HashSet<string> parts = [.. body.Select(tensor => tensor.Key.Split('.')[0]), .. heads.Select(Part)];
        foreach (var (key, (name, tensor)) in rest)
            if (key == "n_averaged" || form.IsUnused(Part(key)))
                continue;
            else if (!parts.Contains(Part(key)) && (Training().IsMatch(key) || IsOfLoss(key, tensor)))
                reading.LeftOut.Add($"{name} {tensor.ShapeText}");
            else
                reading.Faults.Add($"{name} {tensor.ShapeText} is extra");
        return reading;

        // A weight a class, and nothing beside it: no layer has that.
        bool IsOfLoss(string key, CheckpointTensor tensor) => tensor.Shape is [> 1 and var count] && count == reading.Classes
            && key[..(key.LastIndexOf('.') + 1)] is { Length: > 0 } module && key.EndsWith("weight", StringComparison.Ordinal)
            && rest.Keys.Count(other => other.StartsWith(module, StringComparison.Ordinal)) == 1;
    }

    /// <summary>Losses, and what metrics count.</summary>
    [GeneratedRegex(@"loss|criteri|metric|accuracy|auroc|confmat|confusion|class_?weight|pos_weight|" +
        @"(^|[._])((train|val|valid|test)_)?(acc|auc|f1|precision|recall|iou|dice)\d*[._]",
        RegexOptions.IgnoreCase)]
    private static partial Regex Training();
}
