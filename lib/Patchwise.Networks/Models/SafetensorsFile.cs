using System.Text.Json;

namespace Patchwise;

/// <summary>Safetensors: 8 bytes with the length of a JSON header, the header (name: dtype, shape, data_offsets), then the elements.</summary>
static class SafetensorsFile
{
    /// <summary>The limit of the format's own reader.</summary>
    const long MostHeaderBytes = 100_000_000;

    internal static bool LooksLike(MappedFile file)
    {
        Span<byte> start = stackalloc byte[9];
        if (file.Length < start.Length)
            return false;
        file.Read(0, start);
        return start[8] == '{';
    }

    internal static void Read(MappedFile file, List<KeyValuePair<string, CheckpointTensor>> tensors, Dictionary<string, string> notes)
    {
        var length = file.ReadUInt64(0);
        if (length > MostHeaderBytes || (long)length > file.Length - 8)
            throw new BadInputException(
                $"{file.Path} says that its header takes {length} bytes, of {file.Length} in all: the format allows {MostHeaderBytes}; it is truncated or "
                    + $"damaged, fetch or copy it again");
        var start = 8 + (long)length;
        try
        {
            using var header = JsonDocument.Parse(file.Read(8, (int)length), new() { MaxDepth = 8 });
            foreach (var entry in header.RootElement.EnumerateObject())
                if (entry.NameEquals("__metadata__"))
                    foreach (var note in entry.Value.EnumerateObject())
                        notes[note.Name] = note.Value.GetString() ?? "";
                else
                    tensors.Add(new(entry.Name, Tensor(file, entry, start)));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new BadInputException($"{file.Path} has a header that is not safetensors' JSON: {error.Message}; fetch or copy it again", error);
        }
    }

    static CheckpointTensor Tensor(MappedFile file, JsonProperty entry, long start)
    {
        var dtype = entry.Value.GetProperty("dtype").GetString();
        var type = dtype switch
        {
            "F32" => TensorType.Float32,
            "F64" => TensorType.Float64,
            "F16" => TensorType.Float16,
            "BF16" => TensorType.BFloat16,
            "I64" => TensorType.Int64,
            "I32" => TensorType.Int32,
            "I16" => TensorType.Int16,
            "I8" => TensorType.Int8,
            "U8" => TensorType.UInt8,
            "BOOL" => TensorType.Bool,
            _ => throw new BadInputException(
                $"{file.Path} stores {entry.Name} as {dtype}: expected F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL; convert it first"),
        };
        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        if (offsets is not [var begin, var end] || begin < 0 || end < begin || end > file.Length - start)
            throw new BadInputException(
                $"{file.Path} places {entry.Name} at {CheckpointTensor.Text(offsets)} of {file.Length - start} bytes: it is truncated or damaged; fetch or "
                    + $"copy it again");
        var tensor = new CheckpointTensor(type, shape, new(file, start + begin, end - begin));
        if ((long)tensor.Count * CheckpointTensor.SizeOf(type) != end - begin)
            throw new BadInputException(
                $"{file.Path} gives {entry.Name} {end - begin} bytes, which do not match {dtype} {tensor.ShapeText}: it is damaged; fetch or copy it again");
        return tensor;
    }
}
