using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Patchwise.Tests;

/// <summary>Checkpoints whose weights follow the formula of the golden script, so that no weight file is needed.</summary>
static class ZooFile
{
    /// <summary>Writes the tensors listed as safetensors; <paramref name="change"/> may alter the values of a key before they are stored.</summary>
    internal static void Write(string path, string seed, IEnumerable<(string Key, long[] Shape)> tensors, Action<string, float[]>? change = null)
    {
        List<(string Key, long[] Shape)> list = [.. tensors.Where(tensor => !tensor.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal))];
        using var file = Begin(path, list, out _);
        foreach (var (key, shape) in list)
        {
            var values = Fill(seed, key, shape);
            change?.Invoke(key, values);
            file.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }

    /// <summary>Tensors whose values are all 0, which take no space: for what is told by names and shapes.</summary>
    internal static void WriteZeros(string path, IEnumerable<(string Key, long[] Shape)> tensors)
    {
        using var file = Begin(path, [.. tensors], out var bytes);
        file.SetLength(file.Position + bytes);
    }

    /// <summary>All but the values.</summary>
    static FileStream Begin(string path, List<(string Key, long[] Shape)> list, out long bytes)
    {
        var header = new SortedDictionary<string, object>(StringComparer.Ordinal);
        var offset = 0L;
        foreach (var (key, shape) in list)
            header[key] = new { dtype = "F32", shape, data_offsets = new[] { offset, offset += 4 * shape.Aggregate(1L, (product, size) => product * size) } };
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        bytes = offset;
        return file;
    }

    static float[] Fill(string seed, string key, long[] shape)
    {
        var values = Uniform(seed, key, (int)shape.Aggregate(1L, (product, size) => product * size));
        var (factor, shift) = key switch
        {
            _ when key.EndsWith("running_var", StringComparison.Ordinal) => (1f, 0.5f),
            _ when key.EndsWith("running_mean", StringComparison.Ordinal) => (0.2f, float.NaN),
            _ when shape.Length == 1 && key.EndsWith("weight", StringComparison.Ordinal) => (0.5f, 0.75f),
            _ when shape.Length == 1 => (0.2f, float.NaN),
            _ => ((float)Math.Sqrt(3.0 / shape.Skip(1).Aggregate(1L, (product, size) => product * size)), float.PositiveInfinity),
        };
        Parallel.For(0, (values.Length + 65535) / 65536, part =>
        {
            foreach (ref var value in values.AsSpan(part * 65536, Math.Min(65536, values.Length - part * 65536)))
                value = float.IsNaN(shift) ? factor * (value - 0.5f) : float.IsInfinity(shift) ? (2 * value - 1) * factor : shift + factor * value;
        });
        return values;
    }

    /// <summary>Numbers of [0, 1) that follow from the seed, a name and their place.</summary>
    internal static float[] Uniform(string seed, string name, int count)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var letter in Encoding.UTF8.GetBytes($"{seed}:{name}"))
            hash = (hash ^ letter) * 0x100000001B3;
        var values = new float[count];
        Parallel.For(0, (count + 65535) / 65536, part => Uniform(hash, values, part * 65536));
        return values;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Uniform(ulong hash, float[] values, int start)
    {
        for (var i = start; i < Math.Min(start + 65536, values.Length); i++)
        {
            var z = hash + ((ulong)i + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            values[i] = (z >> 40) / (float)(1 << 24);
        }
    }
}
