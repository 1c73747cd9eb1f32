using System.IO.Compression;

namespace Patchwise;

/// <summary>The two layouts of PyTorch's files: where the pickles are, and where each storage lies.</summary>
static class TorchFile
{
    /// <summary>The pickle of a checkpoint lists its tensors, some hundred bytes each.</summary>
    const int MostIndexBytes = 64 << 20;

    /// <summary>
    /// Whether a file is a program of torch.jit.save, which brings its own code, rather than weights alone. Of a program all checksums are compared, since over
    /// damaged code libtorch's compiler may end the process, and all texts, for which it would take memory without end.
    /// </summary>
    internal static bool IsProgram(string path)
    {
        using var file = new WeightsFile(path);
        if (file.Entries is null || !HoldsCode(file.Entries.Keys))
            return false;
        foreach (var (name, entry) in file.Entries)
        {
            if (name.EndsWith(".pkl", StringComparison.Ordinal) && entry.Length <= MostIndexBytes)
                Pickle.CheckTexts(file.Read(entry, 0, entry.Length), path);
            if (!IsWhole(entry))
                throw new BadInputException(
                    $"{path} is damaged: the checksum of {string.Concat(name.Where(letter => !char.IsControl(letter)))} is wrong; fetch or copy it again");
        }
        return true;
    }

    static bool IsWhole(ZipArchiveEntry entry)
    {
        var (block, sum, left) = (new byte[1 << 16], new System.IO.Hashing.Crc32(), entry.Length);
        try
        {
            using var stream = entry.Open();
            for (int read; left >= 0 && (read = stream.Read(block)) > 0; left -= read)
                sum.Append(block.AsSpan(0, read));
            return left == 0 && sum.GetCurrentHashAsUInt32() == entry.Crc32;
        }
        catch (Exception error) when (error is InvalidDataException or IOException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    static bool HoldsCode(IEnumerable<string> names) => names.Any(name => name.Split('/') is [_, "code", ..]);

    /// <summary>PyTorch 1.6 and later: a zip with NAME/data.pkl and one entry NAME/data/KEY a storage.</summary>
    internal static object? ReadZip(WeightsFile file, IReadOnlyDictionary<string, ZipArchiveEntry> entries)
    {
        var index = entries.FirstOrDefault(entry => entry.Key.EndsWith("/data.pkl", StringComparison.Ordinal) && entry.Key.Count('/') == 1).Value
            ?? throw new BadInputException($"{file.Path} is a zip without data.pkl: expected a file written by torch.save");
        var folder = index.FullName[..^"data.pkl".Length];
        if (HoldsCode(entries.Keys))
            throw new BadInputException(
                $"{file.Path} is a TorchScript program, not a file of weights: run it with the torch engine, or save the weights alone with "
                    + "torch.save(model.state_dict(), path)");
        if (entries.GetValueOrDefault(folder + "byteorder") is { } order && !file.Read(order, 0, Math.Min(order.Length, 16)).AsSpan().SequenceEqual("little"u8))
            throw BigEndian(file);
        if (index.Length > MostIndexBytes)
            throw new BadInputException(
                $"{file.Path} has an index of {index.Length} bytes: expected at most {MostIndexBytes}; save the weights alone with "
                    + "torch.save(model.state_dict(), path)");
        return Pickle.Read(file.Read(index, 0, index.Length), file.Path, identifier =>
        {
            var (type, key, bytes) = Storage(identifier, file);
            var entry = entries.GetValueOrDefault($"{folder}data/{key}") ?? throw Missing(file, key);
            return entry.Length >= bytes ? new TensorStorage(type, file, entry, bytes) : throw new BadInputException(
                $"{file.Path} has {entry.Length} bytes in storage {key} where its tensors need {bytes}: it is damaged; fetch or copy it again");
        }, out _);
    }

    /// <summary>
    /// Before: pickles of a magic number, a version, the machine, the object and the storages' keys; then, key by key, each storage as its count
    /// (8 bytes) and its elements.
    /// </summary>
    internal static object? ReadLegacy(WeightsFile file)
    {
        const long Version = 1001;
        ReadOnlySpan<byte> magic = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
        var (at, storages) = (0L, new Dictionary<string, TensorStorage>());
        object? Next()
        {
            var value = Pickle.Read(file.Read(null, at, Math.Min(file.Length - at, MostIndexBytes)), file.Path, identifier =>
            {
                var (type, key, bytes) = Storage(identifier, file);
                var storage = new TensorStorage(type, file, null, bytes);
                return storages.TryAdd(key, storage) ? storage : storages[key] == storage ? storages[key] : throw Unknown(file);
            }, out var length);
            at += length;
            return value;
        }

        if (Next() is not byte[] found || !magic.SequenceEqual(found) || Next() is not Version)
            throw new BadInputException($"{file.Path} is a pickle but not one of torch.save: save the weights with torch.save(model.state_dict(), path)");
        if ((Next() as PickleDictionary)?.Find("little_endian") is false)
            throw BigEndian(file);
        var root = Next();
        // Where a storage lies is known only now, after the tensors that refer to it.
        var keys = (Next() as List<object?> ?? []).OfType<string>().Distinct().ToList();
        if (storages.Keys.Except(keys).FirstOrDefault() is { } lacking)
            throw Missing(file, lacking);
        foreach (var key in keys)
        {
            var storage = storages.GetValueOrDefault(key) ?? throw Missing(file, key);
            storage.Offset = at + 8;
            at += 8 + storage.Bytes;
        }
        return at <= file.Length ? root : throw new BadInputException(
            $"{file.Path} ends at byte {file.Length} where its tensors need {at}: it is truncated; fetch or copy it again");
    }

    /// <summary>A persistent identifier: ("storage", type, key, device, elements).</summary>
    static (TensorType Type, string Key, long Bytes) Storage(object?[] identifier, WeightsFile file)
    {
        if (identifier is not ["storage", PickleGlobal { Name: var name }, string key, _, long count, ..] || identifier is [_, _, _, _, _, not null, ..]
            || Array.Find(TensorType.All, one => one.Torch == name) is not { } type)
            throw Unknown(file);
        if (count < 0 || count > file.Length / type.Size)
            throw new BadInputException(
                $"{file.Path} says that storage {key} has {count} elements, more than the file holds: it is truncated or damaged; fetch or copy it again");
        return (type, key, count * type.Size);
    }

    static BadInputException Unknown(WeightsFile file) =>
        new($"{file.Path} refers to a storage in an unknown way: save the weights again with torch.save(model.state_dict(), path)");

    static BadInputException Missing(WeightsFile file, string key) =>
        new($"{file.Path} lacks the storage {key} that its tensors refer to: it is damaged; fetch or copy it again");

    static BadInputException BigEndian(WeightsFile file) => new($"{file.Path} was written on a big-endian machine: save it again on a little-endian one");
}
