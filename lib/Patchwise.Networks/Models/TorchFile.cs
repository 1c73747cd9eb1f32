using System.IO.Compression;

namespace Patchwise;

/// <summary>A storage with the element type that a PyTorch file gives it.</summary>
sealed record TypedStorage(TensorType Type, TensorStorage Storage);

/// <summary>The two layouts of PyTorch's files: where the pickles are, and where each storage lies.</summary>
static class TorchFile
{
    /// <summary>The pickle of a checkpoint lists its tensors, some hundred bytes each.</summary>
    const int MostIndexBytes = 64 << 20;

    internal static readonly Dictionary<string, TensorType> StorageTypes = new()
    {
        ["torch.FloatStorage"] = TensorType.Float32,
        ["torch.DoubleStorage"] = TensorType.Float64,
        ["torch.HalfStorage"] = TensorType.Float16,
        ["torch.BFloat16Storage"] = TensorType.BFloat16,
        ["torch.LongStorage"] = TensorType.Int64,
        ["torch.IntStorage"] = TensorType.Int32,
        ["torch.ShortStorage"] = TensorType.Int16,
        ["torch.CharStorage"] = TensorType.Int8,
        ["torch.ByteStorage"] = TensorType.UInt8,
        ["torch.BoolStorage"] = TensorType.Bool,
    };

    /// <summary>Whether a file is a program of torch.jit.save, which brings its own code, rather than weights alone.</summary>
    /// <exception cref="BadInputException">
    /// There is no such file, it is a damaged zip, a program with a wrong checksum (over damaged code libtorch's compiler may end the process), or one for
    /// whose texts libtorch would take memory without end.
    /// </exception>
    internal static bool IsProgram(string path)
    {
        using var file = new WeightsFile(path);
        if (file.Entries is null || !HoldsCode(file.Entries.Keys))
            return false;
        var block = new byte[1 << 16];
        foreach (var (name, entry) in file.Entries)
        {
            if (name.EndsWith(".pkl", StringComparison.Ordinal) && entry.Length <= MostIndexBytes)
                Pickle.CheckTexts(file.Read(entry, 0, entry.Length), path);
            var (sum, left) = (new System.IO.Hashing.Crc32(), entry.Length);
            try
            {
                using var stream = entry.Open();
                for (int read; left >= 0 && (read = stream.Read(block)) > 0; left -= read)
                    sum.Append(block.AsSpan(0, read));
            }
            catch (Exception error) when (error is InvalidDataException or IOException or ArgumentException or NotSupportedException)
            {
                left = -1;
            }
            if (left != 0 || sum.GetCurrentHashAsUInt32() != entry.Crc32)
                throw new BadInputException(
                    $"{path} is damaged: the checksum of {string.Concat(name.Where(letter => !char.IsControl(letter)))} is wrong; fetch or copy it again");
        }
        return true;
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
            return entry.Length >= bytes ? new TypedStorage(type, new(file, entry, 0, bytes)) : throw new BadInputException(
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
        var at = 0L;
        object? Next(Func<object?[], object>? persistent = null)
        {
            var bytes = file.Read(null, at, Math.Min(file.Length - at, MostIndexBytes));
            var value = Pickle.Read(bytes, file.Path, persistent ?? (_ => throw new InvalidCastException("a storage where none belongs")), out var length);
            at += length;
            return value;
        }

        if (Next() is not byte[] found || !magic.SequenceEqual(found) || Next() is not Version)
            throw new BadInputException($"{file.Path} is a pickle but not one of torch.save: save the weights with torch.save(model.state_dict(), path)");
        if ((Next() as PickleDictionary)?.Find("little_endian") is false)
            throw BigEndian(file);

        // The storages come after the tensors that refer to them, so the object is read twice: for their sizes, then with their places.
        var start = at;
        var sizes = new Dictionary<string, long>();
        Next(identifier =>
        {
            var (type, key, bytes) = Storage(identifier, file);
            sizes[key] = bytes;
            return new TypedStorage(type, new(file, null, 0, bytes));
        });
        var places = new Dictionary<string, long>();
        foreach (var key in (Next() as List<object?> ?? []).OfType<string>())
        {
            places[key] = at + 8;
            at += 8 + (sizes.TryGetValue(key, out var bytes) ? bytes : throw Missing(file, key));
        }
        if (at > file.Length)
            throw new BadInputException($"{file.Path} ends at byte {file.Length} where its tensors need {at}: it is truncated; fetch or copy it again");
        at = start;
        return Next(identifier =>
        {
            var (type, key, bytes) = Storage(identifier, file);
            return new TypedStorage(type, new(file, null, places.TryGetValue(key, out var place) ? place : throw Missing(file, key), bytes));
        });
    }

    /// <summary>A persistent identifier: ("storage", type, key, device, elements).</summary>
    static (TensorType Type, string Key, long Bytes) Storage(object?[] identifier, WeightsFile file)
    {
        if (identifier is not ["storage", PickleGlobal { Name: var name }, string key, _, long count, ..] || !StorageTypes.TryGetValue(name, out var type)
            || identifier is [_, _, _, _, _, not null, ..])
            throw new BadInputException($"{file.Path} refers to a storage in an unknown way: save the weights again with torch.save(model.state_dict(), path)");
        if (count < 0 || count > file.Length / CheckpointTensor.SizeOf(type))
            throw new BadInputException(
                $"{file.Path} says that storage {key} has {count} elements, more than the file holds: it is truncated or damaged; fetch or copy it again");
        return (type, key, count * CheckpointTensor.SizeOf(type));
    }

    static BadInputException Missing(WeightsFile file, string key) =>
        new($"{file.Path} lacks the storage {key} that its tensors refer to: it is damaged; fetch or copy it again");

    static BadInputException BigEndian(WeightsFile file) => new($"{file.Path} was written on a big-endian machine: save it again on a little-endian one");
}
