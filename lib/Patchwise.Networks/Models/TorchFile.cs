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
    /// There is no such file, it is a damaged zip, a program with a wrong checksum, or one for whose texts libtorch would take memory without end.
    /// </exception>
    internal static bool IsProgram(string path)
    {
        using var file = new MappedFile(path);
        if (!file.StartsWith("PK\u0003\u0004"u8) || ZipDirectory.Read(file) is var entries && !HoldsCode(entries))
            return false;
        foreach (var (name, place) in entries)
            if (name.EndsWith(".pkl", StringComparison.Ordinal) && place is { Bytes: <= MostIndexBytes } pickle)
                Pickle.CheckTexts(file.Read(pickle.Offset, (int)pickle.Bytes), path);
        CheckSums(path);
        return true;
    }

    /// <summary>
    /// Where code is damaged, messages of libtorch's compiler touch memory that is gone, and now and then the process ended: what is damaged does not get that
    /// far.
    /// </summary>
    static void CheckSums(string path)
    {
        var block = new byte[1 << 16];
        try
        {
            using var zip = ZipFile.OpenRead(path);
            foreach (var entry in zip.Entries)
            {
                var (sum, left) = (0u, entry.Length);
                using var stream = entry.Open();
                for (int read; left >= 0 && (read = stream.Read(block)) > 0; left -= read)
                    sum = Crc32.Of(block.AsSpan(0, read), sum);
                if (left != 0 || sum != entry.Crc32)
                    throw new InvalidDataException($"the checksum of {string.Concat(entry.FullName.Where(letter => !char.IsControl(letter)))} is wrong");
            }
        }
        catch (InvalidDataException error)
        {
            throw new BadInputException($"{path} is damaged: {error.Message}; fetch or copy it again", error);
        }
    }

    static bool HoldsCode(OrderedDictionary<string, (long Offset, long Bytes)?> entries) => entries.Keys.Any(name => name.Split('/') is [_, "code", ..]);

    /// <summary>PyTorch 1.6 and later: a zip with NAME/data.pkl and one uncompressed entry NAME/data/KEY a storage.</summary>
    internal static object? ReadZip(MappedFile file)
    {
        var entries = ZipDirectory.Read(file);
        var index = entries.Keys.FirstOrDefault(name => name.EndsWith("/data.pkl", StringComparison.Ordinal) && name.Count('/') == 1)
            ?? throw new BadInputException($"{file.Path} is a zip without data.pkl: expected a file written by torch.save");
        var folder = index[..^"data.pkl".Length];
        if (HoldsCode(entries))
            throw new BadInputException(
                $"{file.Path} is a TorchScript program, not a file of weights: run it with the torch engine, or save the weights alone with "
                    + $"torch.save(model.state_dict(), path)");
        (long Offset, long Bytes)? Place(string name) => !entries.TryGetValue(folder + name, out var place) ? null : place
            ?? throw new BadInputException($"{file.Path} has the compressed entry {name}: expected a file as torch.save writes it, uncompressed");

        if (Place("byteorder") is { } order && !file.Read(order.Offset, (int)Math.Min(order.Bytes, 16)).AsSpan().SequenceEqual("little"u8))
            throw BigEndian(file);
        var (start, length) = Place("data.pkl")!.Value;
        if (length > MostIndexBytes)
            throw new BadInputException(
                $"{file.Path} has an index of {length} bytes: expected at most {MostIndexBytes}; save the weights alone with torch.save(model.state_dict(), "
                    + $"path)");
        return Pickle.Read(file.Read(start, (int)length), file.Path, identifier =>
        {
            var (type, key, bytes) = Storage(identifier, file);
            var place = Place($"data/{key}") ?? throw Missing(file, key);
            if (place.Bytes < bytes)
                throw new BadInputException(
                    $"{file.Path} has {place.Bytes} bytes in storage {key} where its tensors need {bytes}: it is damaged; fetch or copy it again");
            return new TypedStorage(type, new(file, place.Offset, bytes));
        }, out _);
    }

    /// <summary>
    /// Before: pickles of a magic number, a version, the machine, the object and the storages' keys; then, key by key, each storage as its count
    /// (8 bytes) and its elements.
    /// </summary>
    internal static object? ReadLegacy(MappedFile file)
    {
        const long Version = 1001;
        ReadOnlySpan<byte> magic = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
        var at = 0L;
        object? Next(Func<object?[], object>? persistent = null)
        {
            var bytes = file.Read(at, (int)Math.Min(file.Length - at, MostIndexBytes));
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
            return new TypedStorage(type, new(file, 0, bytes));
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
            return new TypedStorage(type, new(file, places.TryGetValue(key, out var place) ? place : throw Missing(file, key), bytes));
        });
    }

    /// <summary>A persistent identifier: ("storage", type, key, device, elements).</summary>
    static (TensorType Type, string Key, long Bytes) Storage(object?[] identifier, MappedFile file)
    {
        if (identifier is not ["storage", PickleGlobal { Name: var name }, string key, _, long count, ..] || !StorageTypes.TryGetValue(name, out var type)
            || identifier is [_, _, _, _, _, not null, ..])
            throw new BadInputException($"{file.Path} refers to a storage in an unknown way: save the weights again with torch.save(model.state_dict(), path)");
        if (count < 0 || count > file.Length / CheckpointTensor.SizeOf(type))
            throw new BadInputException(
                $"{file.Path} says that storage {key} has {count} elements, more than the file holds: it is truncated or damaged; fetch or copy it again");
        return (type, key, count * CheckpointTensor.SizeOf(type));
    }

    static BadInputException Missing(MappedFile file, string key) =>
        new($"{file.Path} lacks the storage {key} that its tensors refer to: it is damaged; fetch or copy it again");

    static BadInputException BigEndian(MappedFile file) => new($"{file.Path} was written on a big-endian machine: save it again on a little-endian one");
}
