namespace Patchwise;

/// <summary>The tensors of one dictionary of a file.</summary>
/// <param name="Name">Keys that lead to the dictionary, with dots between; empty for the outermost.</param>
/// <param name="Tensors">By key, in the file's order.</param>
sealed record TensorGroup(string Name, OrderedDictionary<string, CheckpointTensor> Tensors);

/// <summary>
/// The weights of a network as a file holds them: PyTorch (the zip layout of version 1.6 and later, and the one before) or safetensors.
/// Tensors are read when they are used, as long as this is open. No code runs from a file.
/// </summary>
sealed class Checkpoint : IDisposable
{
    /// <summary>Of dictionaries in dictionaries: more than any training script has.</summary>
    const int MostDepth = 5;

    readonly WeightsFile _file;

    internal string Path => _file.Path;

    /// <summary>Each dictionary that holds tensors, apart from what optimisers remember; then, where there are several, all of them as one.</summary>
    internal IReadOnlyList<TensorGroup> Groups { get; }

    /// <summary>Of the largest dictionary.</summary>
    internal OrderedDictionary<string, CheckpointTensor> Tensors { get; }

    internal static Checkpoint Open(string path) => new(new WeightsFile(path));

    Checkpoint(WeightsFile file)
    {
        _file = file;
        try
        {
            var root = file.Entries is { } entries ? TorchFile.ReadZip(file, entries)
                : SafetensorsFile.LooksLike(file) ? SafetensorsFile.Read(file)
                : file.StartsWith([0x80]) ? TorchFile.ReadLegacy(file)
                : throw new BadInputException($"{Path} is neither a PyTorch checkpoint (.pth, .pt) nor safetensors: give such a file, or an .onnx network");
            var (groups, all) = (new List<TensorGroup>(), new OrderedDictionary<string, CheckpointTensor>(StringComparer.Ordinal));
            Collect(root as PickleDictionary, "", [], groups, all);
            Tensors = groups.MaxBy(group => group.Tensors.Count)?.Tensors ?? throw new BadInputException(
                $"{Path} holds no tensors: expected the state_dict of a network; save it with torch.save(model.state_dict(), path)");
            Groups = groups.Count == 1 ? groups : [.. groups, new("", all)];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    void Collect(PickleDictionary? dictionary, string name, HashSet<object> seen, List<TensorGroup> groups, OrderedDictionary<string, CheckpointTensor> all)
    {
        if (dictionary is null || seen.Count >= 10_000 || name.Count('.') >= MostDepth || !seen.Add(dictionary))
            return;
        var tensors = new OrderedDictionary<string, CheckpointTensor>(StringComparer.Ordinal);
        foreach (var (key, value) in dictionary.Items)
            if (key is string own && value is CheckpointTensor tensor)
            {
                if (!tensors.TryAdd(own, tensor))
                    throw new BadInputException($"{_file.Path} holds the tensor {own} twice: the file is damaged; fetch or save it again");
                all.TryAdd(name + own, tensor);
            }
        if (tensors.Count > 0)
            groups.Add(new(name.TrimEnd('.'), tensors));
        foreach (var (key, value) in dictionary.Items)
            if (key is string own && !own.StartsWith("optim", StringComparison.OrdinalIgnoreCase))
                Collect(value as PickleDictionary, $"{name}{own}.", seen, groups, all);
    }

    public void Dispose() => _file.Dispose();
}
