using System.Buffers.Binary;
using System.Numerics;

namespace Patchwise;

/// <summary>A function or class that a pickle names; what becomes of it is the business of <see cref="Pickle"/>.</summary>
sealed record PickleGlobal(string Name);

/// <summary>A dictionary of a pickle, in its order, or another object of which nothing but items is of use; keys are whatever the file used.</summary>
sealed class PickleDictionary
{
    internal List<KeyValuePair<object?, object?>> Items { get; } = [];

    internal object? Find(string key) => Items.LastOrDefault(item => item.Key is string name && name == key).Value;
}

/// <summary>
/// Reads the pickles of PyTorch files without running anything: a pickle is a program for a stack machine, and of its instructions only those
/// that build numbers, text, lists and dictionaries are carried out. Of what it may name, tensors are built, and what training scripts keep beside them
/// (counters, settings, dates: what PyTorch's own safe loader takes or can be told to take) becomes an empty object; anything else is refused.
/// </summary>
/// <remarks>Instructions: Python's Lib/pickletools.py. Every step consumes input, so time and memory stay in proportion to the file.</remarks>
ref struct Pickle
{
    const int MostItems = 4_000_000;

    static readonly object Mark = new();

    /// <summary>Classes and functions without effects, of each module.</summary>
    static readonly HashSet<string> Harmless = [.. new (string Module, string Names)[] {
        ("collections", "OrderedDict Counter defaultdict deque"), ("argparse", "Namespace"), ("types", "SimpleNamespace"),
        ("datetime", "datetime date time timedelta timezone"), ("pathlib", "Path PurePath PosixPath PurePosixPath WindowsPath PureWindowsPath"),
        ("pathlib._local", "Path PosixPath PurePosixPath WindowsPath PureWindowsPath"), ("uuid", "UUID"), ("decimal", "Decimal"), ("fractions", "Fraction"),
        ("builtins", "set frozenset list dict tuple int float bool str bytes bytearray complex slice range object"),
        ("__builtin__", "set frozenset list dict tuple int float bool str unicode long bytearray complex slice xrange object"),
        ("_codecs", "encode"), ("copyreg", "_reconstructor"), ("copy_reg", "_reconstructor"),
        ("torch", "Size Tensor device Generator float16 float32 float64 half float double bfloat16 int8 int16 int32 int64 uint8 bool long int complex64"),
        ("torch.nn.parameter", "Parameter Buffer"), ("torch._tensor", "Tensor _rebuild_from_type_v2"), ("torch.serialization", "_get_layout"),
        ("torch._utils", "_rebuild_tensor _rebuild_tensor_v2 _rebuild_parameter _rebuild_parameter_with_state"),
        ("numpy", "dtype ndarray bool_ float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 str_"),
        ("numpy.core.multiarray", "scalar _reconstruct"), ("numpy._core.multiarray", "scalar _reconstruct"), ("numpy.core.numeric", "_frombuffer"),
        ("numpy._core.numeric", "_frombuffer"),
        ("numpy.dtypes", "Float16DType Float32DType Float64DType Int32DType Int64DType UInt8DType BoolDType StrDType"),
        ("pytorch_lightning.utilities.parsing", "AttributeDict"), ("lightning.pytorch.utilities.parsing", "AttributeDict"),
        ("lightning_fabric.utilities.data", "AttributeDict"), ("lightning.fabric.utilities.data", "AttributeDict"),
        ("easydict", "EasyDict"), ("yacs.config", "CfgNode"),
    }.SelectMany(module => module.Names.Split(' ').Select(name => $"{module.Module}.{name}")), .. TensorType.All.Select(type => type.Torch)];

    readonly ReadOnlySpan<byte> _bytes;
    readonly string _file;
    readonly Func<object?[], object> _persistent;
    readonly List<object?> _stack = [];
    readonly Dictionary<uint, object?> _memo = [];
    int _at, _pairs;

    Pickle(ReadOnlySpan<byte> bytes, string file, Func<object?[], object> persistent)
    {
        _bytes = bytes;
        (_file, _persistent) = (file, persistent);
    }

    /// <summary>The value of the pickle at the start of <paramref name="bytes"/>, and how many bytes it took.</summary>
    /// <param name="persistent">Makes a storage of a persistent identifier.</param>
    internal static object? Read(ReadOnlySpan<byte> bytes, string file, Func<object?[], object> persistent, out int length)
    {
        var machine = new Pickle(bytes, file, persistent);
        try
        {
            var value = machine.Run();
            length = machine._at;
            return value;
        }
        catch (Exception error) when (error is InvalidCastException or ArgumentOutOfRangeException or IndexOutOfRangeException or NullReferenceException
            or OverflowException)
        {
            throw new BadInputException($"{file} is damaged at byte {machine._at} of its index: {error.Message}; fetch or save it again", error);
        }
    }

    /// <summary>
    /// Of a pickle that another reads, which takes a text's length for granted: that each text ends within it. What the other does not know ends this, too.
    /// </summary>
    internal static void CheckTexts(ReadOnlySpan<byte> bytes, string file)
    {
        var machine = new Pickle(bytes, file, _ => throw new InvalidOperationException());
        try
        {
            while (machine._at < bytes.Length && machine.Take(1)[0] is not (byte)'.' and var code)
                machine.Operand(code);
        }
        catch (OverflowException error)
        {
            throw new BadInputException($"{file} ends within its index of tensors: it is truncated or damaged; fetch or copy it again", error);
        }
    }

    object? Run()
    {
        while (true)
        {
            var code = Take(1)[0];
            var operand = Operand(code);
            switch (code)
            {
                case 0x80 or 0x95: break;                                                   // PROTO, FRAME
                case (byte)'.': return Pop();
                case (byte)'(': Push(Mark); break;
                case (byte)'0': Pop(); break;
                case (byte)'1': PopToMark(); break;
                case (byte)'2': Push(_stack[^1]); break;
                case (byte)'N': Push(null); break;
                case 0x88 or 0x89: Push(code == 0x88); break;
                case (byte)'K': Push((long)operand[0]); break;
                case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(operand)); break;
                case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(operand)); break;
                // LONG1: the only ones of more than 8 bytes are the magic number of the legacy layout, kept as its bytes.
                case 0x8a: Push(operand.Length > 8 ? operand.ToArray() : (object)(long)new BigInteger(operand)); break;
                case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(operand)); break;
                case (byte)'X' or (byte)'T' or (byte)'U' or 0x8c or 0x8d: Push(Encoding.UTF8.GetString(operand)); break;
                case (byte)'B' or (byte)'C' or 0x8e or 0x96: Push(operand.ToArray()); break;
                case (byte)')': Push(Array.Empty<object?>()); break;
                case 0x85 or 0x86 or 0x87: Push(PopMany(code - 0x84)); break;               // TUPLE1 to 3
                case (byte)'t' or 0x91: Push(PopToMark()); break;                           // TUPLE, FROZENSET
                case (byte)']' or 0x8f: Push(new List<object?>()); break;                   // EMPTY_LIST, EMPTY_SET
                case (byte)'}': Push(new PickleDictionary()); break;
                case (byte)'a': Append(PopMany(1)); break;
                case (byte)'e' or 0x90: Append(PopToMark()); break;                         // APPENDS, ADDITEMS
                case (byte)'s': SetItems(PopMany(2)); break;
                case (byte)'u': SetItems(PopToMark()); break;
                case (byte)'q': _memo[operand[0]] = _stack[^1]; break;
                case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(operand)] = _stack[^1]; break;
                case 0x94: _memo[(uint)_memo.Count] = _stack[^1]; break;
                case (byte)'h': Recall(operand[0]); break;
                case (byte)'j': Recall(BinaryPrimitives.ReadUInt32LittleEndian(operand)); break;
                case (byte)'c': Push(Global(Encoding.UTF8.GetString(operand).Replace('\n', '.'))); break;
                case 0x93:                                                                  // STACK_GLOBAL
                    var name = (string)Pop()!;
                    Push(Global($"{(string)Pop()!}.{name}"));
                    break;
                case (byte)'Q': Push(_persistent((object?[])Pop()!)); break;
                case (byte)'R' or 0x81:                                                     // REDUCE, NEWOBJ
                    var arguments = (object?[])Pop()!;
                    Push(Made(((PickleGlobal)Pop()!).Name, arguments));
                    break;
                case (byte)'b': Build(); break;
                default:
                    throw new BadInputException(
                        $"{_file} uses the pickle instruction 0x{code:x2}, which weights never need: it is damaged or was made to do harm; "
                        + "ask for it as safetensors, or save it with torch.save(model.state_dict(), path)");
            }
        }
    }

    /// <summary>The bytes that an instruction brings: of GLOBAL two lines; before texts, bytes and long numbers stands their length.</summary>
    ReadOnlySpan<byte> Operand(byte code) => code switch
    {
        (byte)'K' or (byte)'h' or (byte)'q' or 0x80 => Take(1),
        (byte)'M' => Take(2),
        (byte)'J' or (byte)'j' or (byte)'r' => Take(4),
        (byte)'G' or 0x95 => Take(8),
        (byte)'c' => TwoLines(),
        (byte)'U' or (byte)'C' or 0x8a or 0x8c => Take(Take(1)[0]),
        (byte)'X' or (byte)'T' or (byte)'B' => Take(checked((int)BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))),
        0x8d or 0x8e or 0x96 => Take(checked((int)BinaryPrimitives.ReadUInt64LittleEndian(Take(8)))),
        _ => [],
    };

    readonly PickleGlobal Global(string name) => Harmless.Contains(name) ? new(name)
        : throw new BadInputException($"{_file} asks to call {Printable(name)}: weights need no such thing and nothing of it was run; "
            + "if you trust the file, load it in PyTorch and save the weights alone with torch.save(model.state_dict(), path)");

    object Made(string name, object?[] arguments) => (name, arguments) switch
    {
        ("torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_tensor", [TensorStorage storage, long first, object?[] shape, object?[] strides, ..]) =>
            new CheckpointTensor(Sizes(shape), storage, first, Sizes(strides)),
        ("torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state", [CheckpointTensor tensor, ..]) => tensor,
        ("torch._tensor._rebuild_from_type_v2", [PickleGlobal function, _, object?[] inner, ..]) => Made(function.Name, inner),
        ("collections.OrderedDict", [IReadOnlyList<object?> pairs]) => Pairs(pairs),
        _ when name.StartsWith("torch._", StringComparison.Ordinal) => throw new BadInputException(
            $"{_file} calls {name} with {arguments.Length} values of the wrong kind: it is damaged; fetch or save it again"),
        _ => new PickleDictionary(),
    };

    /// <summary>As Python 2 wrote it: one list of pairs. The list can be used again and again, so the pairs are counted.</summary>
    PickleDictionary Pairs(IReadOnlyList<object?> pairs)
    {
        if ((_pairs += pairs.Count) > MostItems)
            throw new BadInputException($"{_file} makes more than {MostItems} pairs: it is damaged or was made to do harm");
        var dictionary = new PickleDictionary();
        foreach (var pair in pairs.Cast<IReadOnlyList<object?>>())
            dictionary.Items.Add(new(pair[0], pair[1]));
        return dictionary;
    }

    static long[] Sizes(object?[] tuple) => Array.ConvertAll(tuple, size => (long)size!);

    /// <summary>State, such as the version numbers of a module's state_dict, is of no use here; what is no object has none.</summary>
    void Build()
    {
        Pop();
        if (_stack[^1] is not (PickleDictionary or CheckpointTensor))
            throw new BadInputException(
                $"{_file} sets the state of something that has none: weights need no such thing; save it with torch.save(model.state_dict(), path)");
    }

    readonly void Append(object?[] items)
    {
        if (_stack[^1] is not PickleDictionary)
            ((List<object?>)_stack[^1]!).AddRange(items);
    }

    readonly void SetItems(object?[] items)
    {
        var dictionary = (PickleDictionary)_stack[^1]!;
        for (var i = 0; i + 1 < items.Length; i += 2)
            dictionary.Items.Add(new(items[i], items[i + 1]));
    }

    readonly void Push(object? value)
    {
        if (_stack.Count >= MostItems)
            throw new BadInputException($"{_file} nests more than {MostItems} values: it is damaged or was made to do harm");
        _stack.Add(value);
    }

    readonly object? Pop()
    {
        var value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    readonly object?[] PopMany(int count)
    {
        var start = _stack.Count - count;
        var items = _stack.GetRange(start, count).ToArray();
        _stack.RemoveRange(start, count);
        return items;
    }

    readonly object?[] PopToMark()
    {
        var mark = _stack.FindLastIndex(value => ReferenceEquals(value, Mark));
        var items = PopMany(_stack.Count - mark - 1);
        Pop();
        return items;
    }

    readonly void Recall(uint index) =>
        Push(_memo.TryGetValue(index, out var value) ? value
        : throw new BadInputException($"{_file} refers to value {index}, which it never made: it is damaged; fetch or save it again"));

    ReadOnlySpan<byte> TwoLines()
    {
        var rest = _bytes[_at..];
        var first = rest.IndexOf((byte)'\n');
        var second = rest[(first + 1)..].IndexOf((byte)'\n');
        return Take(first < 0 || second < 0 ? rest.Length + 1 : first + second + 2)[..^1];
    }

    ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
            throw new BadInputException($"{_file} ends within its index of tensors: it is truncated or damaged; fetch or copy it again");
        _at += count;
        return _bytes.Slice(_at - count, count);
    }

    static string Printable(string name) => new([.. name.Take(200).Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
