using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>An element type of tensors in files.</summary>
/// <param name="Name">PyTorch's, in messages.</param>
/// <param name="Torch">The class that a PyTorch file names.</param>
/// <param name="Read">The element at the start of bytes.</param>
sealed record TensorType(string Name, int Size, string Torch, string Safetensors, Func<ReadOnlySpan<byte>, float> Read)
{
    internal static readonly TensorType[] All =
    [
        new("float32", 4, "torch.FloatStorage", "F32", BinaryPrimitives.ReadSingleLittleEndian),
        new("float64", 8, "torch.DoubleStorage", "F64", bytes => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
        new("float16", 2, "torch.HalfStorage", "F16", bytes => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes)),
        new("bfloat16", 2, "torch.BFloat16Storage", "BF16", bytes => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16)),
        new("int64", 8, "torch.LongStorage", "I64", bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        new("int32", 4, "torch.IntStorage", "I32", bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        new("int16", 2, "torch.ShortStorage", "I16", bytes => BinaryPrimitives.ReadInt16LittleEndian(bytes)),
        new("int8", 1, "torch.CharStorage", "I8", bytes => (sbyte)bytes[0]),
        new("uint8", 1, "torch.ByteStorage", "U8", bytes => bytes[0]),
        new("bool", 1, "torch.BoolStorage", "BOOL", bytes => bytes[0] == 0 ? 0 : 1),
    ];

    public override string ToString() => Name;
}

/// <summary>Part of a file, or of an entry of a zip, that holds the elements of one or more tensors.</summary>
sealed record TensorStorage(TensorType Type, WeightsFile File, ZipArchiveEntry? Entry, long Bytes)
{
    internal long Offset { get; set; }
}

/// <summary>
/// One tensor of a checkpoint: where its elements lie, read when asked for. It may be a view: element (i, j, ...) is
/// storage[first + i * strides[0] + j * strides[1] + ...], counted in elements.
/// </summary>
sealed class CheckpointTensor
{
    /// <summary>An expanded view may have more elements than it stores, up to this many: more is an attack on memory, not a network.</summary>
    const long MostExpanded = 1 << 20;

    readonly TensorStorage _storage;
    readonly long[] _strides;
    readonly long _first, _span;

    internal TensorType Type => _storage.Type;
    internal long[] Shape { get; }

    /// <summary>Elements, the product of <see cref="Shape"/>.</summary>
    internal int Count { get; }

    internal string ShapeText => Text(Shape);

    internal static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape.Select(size => size.ToString(CultureInfo.InvariantCulture)))}]";

    /// <param name="strides">Null for elements in row-major order without gaps.</param>
    internal CheckpointTensor(long[] shape, TensorStorage storage, long first = 0, long[]? strides = null)
    {
        BadInputException Bad(string what) => new(
            $"{storage.File.Path} has a tensor of shape {Text(shape)} that {what}: the file is damaged or was made to do harm; fetch it again from a source "
                + "that you trust");
        if (shape.Length > 16 || shape.Any(size => size < 0) || first < 0
            || (strides is not null && (strides.Length != shape.Length || strides.Any(stride => stride < 0))))
            throw Bad("has sizes or strides that no tensor has");
        Int128 count = 1, last = first;
        foreach (var size in shape)
            if ((count *= size) > Array.MaxLength)
                throw Bad("cannot be held in memory");
        _strides = strides ?? RowMajor(shape);
        foreach (var (size, stride) in shape.Zip(_strides))
            last += (Int128)(size - 1) * stride;
        var stored = storage.Bytes / storage.Type.Size;
        if (count > 0 && last >= stored)
            throw Bad($"reaches outside the {stored} elements that are stored for it");
        if (count > stored && count > MostExpanded)
            throw Bad($"repeats the {stored} elements that are stored for it");
        (Shape, Count, _storage, _first, _span) = (shape, (int)count, storage, first, count > 0 ? (long)last - first + 1 : 0);
    }

    static long[] RowMajor(long[] shape)
    {
        var strides = new long[shape.Length];
        for (var (axis, step) = (shape.Length - 1, 1L); axis >= 0; step *= Math.Max(shape[axis--], 1))
            strides[axis] = step;
        return strides;
    }

    /// <summary>All elements in row-major order.</summary>
    internal float[] Read()
    {
        var (values, size) = (new float[Count], Type.Size);
        var stored = _storage.File.Read(_storage.Entry, _storage.Offset + _first * size, _span * size);
        if (Type.Name == "float32" && _span == Count && _strides.AsSpan().SequenceEqual(RowMajor(Shape)))
        {
            MemoryMarshal.Cast<byte, float>(stored).CopyTo(values);
            return values;
        }
        var index = new long[Shape.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var at = 0L;
            for (var axis = 0; axis < index.Length; axis++)
                at += index[axis] * _strides[axis];
            values[i] = Type.Read(stored.AsSpan((int)(at * size)));
            for (var axis = index.Length - 1; axis >= 0 && ++index[axis] == Shape[axis]; axis--)
                index[axis] = 0;
        }
        return values;
    }
}
