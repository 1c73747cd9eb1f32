using System.Text.Json;

namespace Patchwise;

/// <summary>Safetensors: 8 bytes with the length of a JSON header, the header (name: dtype, shape, data_offsets), then the elements.</summary>
static class SafetensorsFile
{
    /// <summary>The limit of the format's own reader.</summary>
    const long MostHeaderBytes = 100_000_000;

    static readonly Dictionary<string, TensorType> Types = new()
    {
        ["F32"] = TensorType.Float32,
        ["F64"] = TensorType.Float64,
        ["F16"] = TensorType.Float16,
        ["BF16"] = TensorType.BFloat16,
        ["I64"] = TensorType.Int64,
        ["I32"] = TensorType.Int32,
        ["I16"] = TensorType.Int16,
        ["I8"] = TensorType.Int8,
        ["U8"] = TensorType.UInt8,
        ["BOOL"] = TensorType.Bool,
    };

    internal static bool LooksLike(WeightsFile file) => file.Length > 8 && file.Read(null, 8, 1)[0] == '{';

    internal static PickleDictionary Read(WeightsFile file)
    {
        var length = BitConverter.ToUInt64(file.Read(null, 0, 8));
        if (length > MostHeaderBytes || (long)length > file.Length - 8)
            throw new BadInputException(
                $"{file.Path} says that its header takes {length} bytes, of {file.Length} in all: the format allows {MostHeaderBytes}; it is truncated or "
                    + "damaged, fetch or copy it again");
        var tensors = new PickleDictionary();
        try
        {
            using var header = JsonDocument.Parse(file.Read(null, 8, (long)length), new() { MaxDepth = 8 });
            foreach (var entry in header.RootElement.EnumerateObject())
                if (!entry.NameEquals("__metadata__"))
                    tensors.Items.Add(new(entry.Name, Tensor(file, entry, 8 + (long)length)));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new BadInputException($"{file.Path} has a header that is not safetensors' JSON: {error.Message}; fetch or copy it again", error);
        }
        return tensors;
    }

    static CheckpointTensor Tensor(WeightsFile file, JsonProperty entry, long start)
    {
        var dtype = entry.Value.GetProperty("dtype").GetString() ?? "";
        if (!Types.TryGetValue(dtype, out var type))
            throw new BadInputException($"{file.Path} stores {entry.Name} as {dtype}: expected one of {string.Join(", ", Types.Keys)}; convert it first");
        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        if (offsets is not [>= 0 and var begin, var end] || end < begin || end > file.Length - start)
            throw new BadInputException(
                $"{file.Path} places {entry.Name} at {CheckpointTensor.Text(offsets)} of {file.Length - start} bytes: it is truncated or damaged; fetch or "
                    + "copy it again");
        var tensor = new CheckpointTensor(type, shape, new(file, null, start + begin, end - begin));
        return (long)tensor.Count * CheckpointTensor.SizeOf(type) == end - begin ? tensor : throw new BadInputException(
            $"{file.Path} gives {entry.Name} {end - begin} bytes, which do not match {dtype} {tensor.ShapeText}: it is damaged; fetch or copy it again");
    }
}
