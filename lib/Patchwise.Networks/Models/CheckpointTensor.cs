using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>The element types of tensors in files; the names in messages are PyTorch's.</summary>
enum TensorType { Float32, Float64, Float16, BFloat16, Int64, Int32, Int16, Int8, UInt8, Bool }

/// <summary>Part of a mapped file that holds the elements of one or more tensors.</summary>
sealed record TensorStorage(MappedFile File, long Offset, long Bytes);

/// <summary>
/// One tensor of a checkpoint: where its elements lie, read when asked for. It may be a view: element (i, j, ...) is
/// storage[<see cref="First"/> + i * Strides[0] + j * Strides[1] + ...], strides counted in elements.
/// </summary>
sealed class CheckpointTensor
{
    /// <summary>An expanded view may have more elements than it stores, up to this many: more is an attack on memory, not a network.</summary>
    const long MostExpanded = 1 << 20;

    readonly TensorStorage _storage;
    readonly long[] _strides;

    internal TensorType Type { get; }
    internal long[] Shape { get; }
    internal long First { get; }

    /// <summary>Elements, the product of <see cref="Shape"/>; at most 2^31 - 57.</summary>
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
        BadInputException Bad(string what) =>
            new($"{storage.File.Path} has a tensor of shape {Text(shape)} that {what}: the file is damaged or was made to do harm; fetch it again from a "
            + $"source that you trust");
        if (shape.Length > 16 || (strides is not null && strides.Length != shape.Length))
            throw Bad("has too many dimensions, or strides that do not match them");
        Int128 count = 1, last = first;
        foreach (var size in shape)
            if (size < 0 || (count *= size) > Array.MaxLength)
                throw Bad("cannot be held in memory");
        strides ??= RowMajor(shape);
        for (var axis = 0; axis < shape.Length; axis++)
            last += (Int128)(shape[axis] - 1) * (strides[axis] < 0 ? throw Bad("has a negative stride") : strides[axis]);
        var stored = storage.Bytes / SizeOf(type);
        if (first < 0 || (count > 0 && last >= stored))
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"reaches outside the {stored} elements that are stored for it"));
        if (count > stored && count > MostExpanded)
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"repeats the {stored} elements that are stored for it"));
        (Type, Shape, First, Count, _storage, _strides) = (type, shape, first, (int)count, storage, strides);
    }

    static long[] RowMajor(long[] shape)
    {
        var strides = new long[shape.Length];
        var step = 1L;
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= Math.Max(shape[axis], 1);
        }
        return strides;
    }

    /// <summary>All elements in row-major order.</summary>
    internal T[] Read<T>() where T : unmanaged, INumberBase<T>
    {
        var values = new T[Count];
        switch (Type)
        {
            case TensorType.Float32: Read<float, T>(values, T.CreateTruncating); break;
            case TensorType.Float64: Read<double, T>(values, T.CreateTruncating); break;
            case TensorType.Float16: Read<Half, T>(values, T.CreateTruncating); break;
            case TensorType.BFloat16: Read<ushort, T>(values, bits => T.CreateTruncating(BitConverter.Int32BitsToSingle(bits << 16))); break;
            case TensorType.Int64: Read<long, T>(values, T.CreateTruncating); break;
            case TensorType.Int32: Read<int, T>(values, T.CreateTruncating); break;
            case TensorType.Int16: Read<short, T>(values, T.CreateTruncating); break;
            case TensorType.Int8: Read<sbyte, T>(values, T.CreateTruncating); break;
            case TensorType.UInt8: Read<byte, T>(values, T.CreateTruncating); break;
            case TensorType.Bool: Read<byte, T>(values, set => set == 0 ? T.Zero : T.One); break;
        }
        return values;
    }

    void Read<TFrom, T>(T[] to, Func<TFrom, T> convert) where TFrom : unmanaged where T : unmanaged
    {
        if (Count == 0)
            return;
        var size = Unsafe.SizeOf<TFrom>();
        var dense = IsDense;
        if (dense && typeof(T) == typeof(TFrom))
        {
            // Reads of more than 2 GiB at once would not fit a span of bytes.
            for (var start = 0; start < to.Length; start += 1 << 24)
                _storage.File.Read(_storage.Offset + (First + start) * size, MemoryMarshal.AsBytes(to.AsSpan(start, Math.Min(1 << 24, to.Length - start))));
            return;
        }
        if (dense)
        {
            var part = new TFrom[Math.Min(Count, 1 << 16)];
            for (var start = 0; start < Count; start += part.Length)
            {
                var count = Math.Min(part.Length, Count - start);
                _storage.File.Read(_storage.Offset + (First + start) * size, MemoryMarshal.AsBytes(part.AsSpan(0, count)));
                for (var i = 0; i < count; i++)
                    to[start + i] = convert(part[i]);
            }
            return;
        }
        // A view is small or rare: element by element, counting the index up like an odometer.
        var index = new long[Shape.Length];
        var one = new TFrom[1];
        for (var i = 0; i < Count; i++)
        {
            var at = First;
            for (var axis = 0; axis < index.Length; axis++)
                at += index[axis] * _strides[axis];
            _storage.File.Read(_storage.Offset + at * size, MemoryMarshal.AsBytes(one.AsSpan()));
            to[i] = convert(one[0]);
            for (var axis = index.Length - 1; axis >= 0 && ++index[axis] == Shape[axis]; axis--)
                index[axis] = 0;
        }
    }

    bool IsDense
    {
        get
        {
            var dense = RowMajor(Shape);
            for (var axis = 0; axis < Shape.Length; axis++)
                if (Shape[axis] > 1 && _strides[axis] != dense[axis])
                    return false;
            return true;
        }
    }
}
