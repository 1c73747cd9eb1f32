using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>The element types of tensors in files; the names in messages are PyTorch's.</summary>
enum TensorType { Float32, Float64, Float16, BFloat16, Int64, Int32, Int16, Int8, UInt8, Bool }

/// <summary>Part of a file, or of an entry of a zip, that holds the elements of one or more tensors.</summary>
sealed record TensorStorage(WeightsFile File, ZipArchiveEntry? Entry, long Offset, long Bytes);

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

    internal TensorType Type { get; }
    internal long[] Shape { get; }

    /// <summary>Elements, the product of <see cref="Shape"/>.</summary>
    internal int Count { get; }

    internal string ShapeText => Text(Shape);

    internal static string Text(IEnumerable<long> shape) => "[" + string.Join(", ", shape.Select(size => size.ToString(CultureInfo.InvariantCulture))) + "]";

    internal static int SizeOf(TensorType type) => type switch
    {
        TensorType.Float64 or TensorType.Int64 => 8,
        TensorType.Float32 or TensorType.Int32 => 4,
        TensorType.Float16 or TensorType.BFloat16 or TensorType.Int16 => 2,
        _ => 1,
    };

    /// <param name="strides">Null for elements in row-major order without gaps.</param>
    /// <exception cref="BadInputException">The view reaches outside its storage, or is absurd.</exception>
    internal CheckpointTensor(TensorType type, long[] shape, TensorStorage storage, long first = 0, long[]? strides = null)
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
        var stored = storage.Bytes / SizeOf(type);
        if (count > 0 && last >= stored)
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"reaches outside the {stored} elements that are stored for it"));
        if (count > stored && count > MostExpanded)
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"repeats the {stored} elements that are stored for it"));
        (Type, Shape, Count, _storage, _first, _span) = (type, shape, (int)count, storage, first, count > 0 ? (long)last - first + 1 : 0);
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
        var (values, size) = (new float[Count], SizeOf(Type));
        var stored = _storage.File.Read(_storage.Entry, _storage.Offset + _first * size, _span * size);
        if (Type == TensorType.Float32 && _span == Count && _strides.AsSpan().SequenceEqual(RowMajor(Shape)))
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
            values[i] = Value(stored.AsSpan((int)(at * size)));
            for (var axis = index.Length - 1; axis >= 0 && ++index[axis] == Shape[axis]; axis--)
                index[axis] = 0;
        }
        return values;
    }

    float Value(ReadOnlySpan<byte> bytes) => Type switch
    {
        TensorType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        TensorType.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        TensorType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        TensorType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        TensorType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        TensorType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        TensorType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        TensorType.Int8 => (sbyte)bytes[0],
        TensorType.UInt8 => bytes[0],
        _ => bytes[0] == 0 ? 0 : 1,
    };
}
