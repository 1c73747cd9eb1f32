namespace Patchwise;

/// <summary>
/// The weights of a network as a file holds them: PyTorch (the zip layout of version 1.6 and later, and the one before) or safetensors.
/// The file is mapped, not loaded; tensors are read when they are used, as long as this is open. No code runs from a file.
/// </summary>
sealed class Checkpoint : IDisposable
{
    /// <summary>Dictionaries under which training scripts keep the weights among other things.</summary>
    static readonly string[] Wrappers = ["state_dict", "model_state_dict", "model", "net", "weights"];

    /// <summary>Put before every key by DataParallel, by torch.compile and by Lightning.</summary>
    static readonly string[] Prefixes = ["module.", "_orig_mod.", "model."];

    readonly MappedFile _file;

    internal string Path => _file.Path;

    /// <summary>Tensors by key, in the file's order, prefixes of training scripts taken off.</summary>
    internal OrderedDictionary<string, CheckpointTensor> Tensors { get; }

    /// <summary>What a safetensors file says of itself; empty for PyTorch.</summary>
    internal IReadOnlyDictionary<string, string> Notes { get; }

    Checkpoint(MappedFile file)
    {
        _file = file;
        var tensors = new List<KeyValuePair<string, CheckpointTensor>>();
        var notes = new Dictionary<string, string>();
        if (file.StartsWith("PK\u0003\u0004"u8))
            Collect(TorchFile.ReadZip(file), tensors);
        else if (SafetensorsFile.LooksLike(file))
            SafetensorsFile.Read(file, tensors, notes);
        else if (file.StartsWith([0x80]))
            Collect(TorchFile.ReadLegacy(file), tensors);
        else
            throw new BadInputException($"{file.Path} is neither a PyTorch checkpoint (.pth, .pt) nor safetensors: give such a file, or an .onnx network");
        if (tensors.Count == 0)
            throw new BadInputException(
                $"{file.Path} holds no tensors: expected the state_dict of a network; save it with torch.save(model.state_dict(), path)");
        while (Prefixes.FirstOrDefault(prefix => tensors.All(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal))) is { } prefix)
            tensors = [.. tensors.Select(tensor => KeyValuePair.Create(tensor.Key[prefix.Length..], tensor.Value))];
        Tensors = new(tensors.Count, StringComparer.Ordinal);
        foreach (var (key, tensor) in tensors)
            if (!Tensors.TryAdd(key, tensor))
                throw new BadInputException($"{file.Path} holds the tensor {key} twice: the file is damaged; fetch or save it again");
        Notes = notes;
    }

    /// <exception cref="BadInputException">The file is missing, damaged, of another kind, or asks for code to be run.</exception>
    internal static Checkpoint Open(string path)
    {
        var file = new MappedFile(path);
        try
        {
            return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    static void Collect(object? root, List<KeyValuePair<string, CheckpointTensor>> tensors)
    {
        // A wrapper comes first: beside it training scripts keep tensors that are no weights, such as the best accuracy.
        var found = root as PickleDictionary;
        if (found is not null)
            found = Wrappers.Select(found.Find).OfType<PickleDictionary>().FirstOrDefault(inner => inner.Items.Any(item => item.Value is CheckpointTensor))
                ?? found;
        foreach (var (key, value) in found?.Items ?? [])
            if (key is string name && value is CheckpointTensor tensor)
                tensors.Add(new(name, tensor));
    }

    public void Dispose() => _file.Dispose();
}
