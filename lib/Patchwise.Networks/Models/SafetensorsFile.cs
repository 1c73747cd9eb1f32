using System.Text.Json;

namespace Patchwise;

/// <summary>Safetensors: 8 bytes with the length of a JSON header, the header (name: dtype, shape, data_offsets), then the elements.</summary>
static class SafetensorsFile
{
    /// <summary>The limit of the format's own reader.</summary>
    const long MostHeaderBytes = 100_000_000;

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
        long[] Numbers(string name) => [.. entry.Value.GetProperty(name).EnumerateArray().Select(number => number.GetInt64())];
        var dtype = entry.Value.GetProperty("dtype").GetString();
        var type = Array.Find(TensorType.All, one => one.Safetensors == dtype) ?? throw new BadInputException($"{file.Path} stores {entry.Name} as {dtype}: "
            + $"expected one of {string.Join(", ", TensorType.All.Select(one => one.Safetensors))}; convert it first");
        var (shape, offsets) = (Numbers("shape"), Numbers("data_offsets"));
        if (offsets is not [>= 0 and var begin, var end] || end < begin || end > file.Length - start)
            throw new BadInputException(
                $"{file.Path} places {entry.Name} at {CheckpointTensor.Text(offsets)} of {file.Length - start} bytes: it is truncated or damaged; fetch or "
                    + "copy it again");
        var tensor = new CheckpointTensor(shape, new(type, file, null, end - begin) { Offset = start + begin });
        return (long)tensor.Count * type.Size == end - begin ? tensor : throw new BadInputException(
            $"{file.Path} gives {entry.Name} {end - begin} bytes, which do not match {dtype} {tensor.ShapeText}: it is damaged; fetch or copy it again");
    }
}
