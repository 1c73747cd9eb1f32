using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Patchwise.Tests;

public class CheckpointTests
{
    static readonly string Folder = Repository.Golden("checkpoints");

    static readonly JsonDocument Expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json")));

    public static TheoryData<string> Good => [.. Expected.RootElement.EnumerateObject().Select(file => file.Name).Where(name => name != "torchscript.pt")];

    public static TheoryData<string> Hostile => [.. Directory.GetFiles(Folder, "hostile_*").Select(file => Path.GetFileName(file)!)];

    [Theory, MemberData(nameof(Good))]
    public void A_checkpoint_reads_value_by_value(string name)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(Folder, name));
        var expected = Expected.RootElement.GetProperty(name).EnumerateArray().ToList();
        Assert.Equal(expected.Select(tensor => tensor.GetProperty("key").GetString()), checkpoint.Tensors.Keys);
        foreach (var tensor in expected)
        {
            var found = checkpoint.Tensors[tensor.GetProperty("key").GetString()!];
            Assert.Equal(tensor.GetProperty("dtype").GetString(), found.Type.ToString().ToLowerInvariant());
            Assert.Equal(tensor.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), found.Shape);
            double[] values = [.. tensor.GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];
            Assert.Equal(values.Select(value => (float)value), found.Read());
        }
    }

    [Theory, MemberData(nameof(Hostile))]
    public void A_hostile_file_is_refused_by_name_with_little_memory_and_runs_nothing(string name)
    {
        var path = Path.Combine(Folder, name);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<BadInputException>(() => Checkpoint.Open(path));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.False(File.Exists("hostile-code-ran"));
        if (name is "hostile_system.pth" or "hostile_raw.pth")
            Assert.Contains("posix.system", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_TorchScript_program_is_told_from_weights() =>
        Assert.Contains("TorchScript", Assert.Throws<BadInputException>(() => Checkpoint.Open(Path.Combine(Folder, "torchscript.pt"))).Message,
        StringComparison.Ordinal);

    [Theory, InlineData("zip.pth"), InlineData("legacy.pth"), InlineData("legacy_views.pth"), InlineData("types.pth")]
    public void A_file_cut_anywhere_or_with_any_byte_changed_reads_or_is_refused_but_never_crashes(string name)
    {
        var bytes = File.ReadAllBytes(Path.Combine(Folder, name));
        var random = new Random(7);
        using var folder = new TemporaryFolder();
        for (var trial = 0; trial < 150; trial++)
        {
            byte[] damaged = trial % 2 == 0 ? bytes[..random.Next(bytes.Length)] : [.. bytes];
            if (trial % 2 == 1)
                for (var change = random.Next(1, 4); change > 0; change--)
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            var path = folder.At($"{trial}.pth");
            File.WriteAllBytes(path, damaged);
            try
            {
                using var checkpoint = Checkpoint.Open(path);
                foreach (var tensor in checkpoint.Tensors.Values)
                    tensor.Read();
            }
            catch (BadInputException error)
            {
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>As PyTorch's own ImageNet example saves it: the best accuracy is a tensor.</summary>
    [Fact]
    public void Weights_in_a_dictionary_are_found_where_other_tensors_stand_beside_it()
    {
        const string Tensor =
            "ctorch._utils\n_rebuild_tensor_v2\n((U\u0007storagectorch\nFloatStorage\nU\u00010U\u0003cpuK\u0002tQK\u0000K\u0002\u0085K\u0001\u0085\u0089NtR";
        using var folder = new TemporaryFolder();
        using (var zip = ZipFile.Open(folder.At("w.pth"), ZipArchiveMode.Create))
        {
            void Entry(string name, byte[] bytes)
            {
                using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                stream.Write(bytes);
            }
            Entry("w/data.pkl", Encoding.Latin1.GetBytes($"\u0080\u0002}}(U\u0004best{Tensor}U\nstate_dict}}U\u0001w{Tensor}su."));
            Entry("w/data/0", [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]);
        }
        using var checkpoint = Checkpoint.Open(folder.At("w.pth"));
        Assert.Equal(["", "state_dict", ""], checkpoint.Groups.Select(group => group.Name));
        Assert.Equal([1f, 2f], checkpoint.Groups[1].Tensors["w"].Read());
    }

    [Fact]
    public void A_pickle_that_asks_for_any_other_function_is_refused_with_its_name()
    {
        foreach (var (module, name) in (IEnumerable<(string, string)>)[("builtins", "eval"), ("torch", "load"),
            ("torch._utils", "_rebuild_tensor_v2.__globals__"), ("numpy.core.multiarray", "frompyfunc"), ("builtins", "getattr"), ("os", "system")])
        {
            var pickle = Encoding.ASCII.GetBytes($"\u0002c{module}\n{name}\n.");
            var error = Assert.Throws<BadInputException>(() => Pickle.Read([0x80, .. pickle], "x.pth", _ => new object(), out _));
            Assert.Contains($"{module}.{name}", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Safetensors_give_their_tensors()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("w.safetensors");
        WriteSafetensors(path,
            """{"__metadata__":{"origin":"a test"},"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},""" +
            """ "k":{"dtype":"I64","shape":[],"data_offsets":[4,12]}}""",
            [0x80, 0x3f, 0x20, 0xc0, 5, 0, 0, 0, 0, 0, 0, 0]);
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal([1f, -2.5f], checkpoint.Tensors["w"].Read());
        Assert.Equal([5f], checkpoint.Tensors["k"].Read());
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "w")]
    [InlineData("""{"w":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", "F8_E4M3")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "[8, 16]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "[-2]")]
    [InlineData("""{"w":{"dtype":"F32","shape":"x","data_offsets":[0,8]}}""", "JSON")]
    [InlineData("""{"w":{"shape":[2],"data_offsets":[0,8]}}""", "JSON")]
    [InlineData("""{"w" """, "JSON")]
    [InlineData("{}", "no tensors")]
    public void A_wrong_safetensors_header_is_refused_with_what_is_wrong(string header, string said)
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("w.safetensors");
        WriteSafetensors(path, header, new byte[8]);
        Assert.Contains(said, Assert.Throws<BadInputException>(() => Checkpoint.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_an_empty_and_a_foreign_file_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, bytes) in (IEnumerable<(string, byte[]?)>)[("missing.pth", null), ("empty.pth", []),
            ("a b\u00e9.png", [0x89, 0x50, 0x4e, 0x47, 1, 2, 3, 4, 5, 6])])
        {
            var path = folder.At(name);
            if (bytes is not null)
                File.WriteAllBytes(path, bytes);
            Assert.Contains(name, Assert.Throws<BadInputException>(() => Checkpoint.Open(path)).Message, StringComparison.Ordinal);
        }
    }

    static void WriteSafetensors(string path, string header, byte[] data) =>
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. data]);
}
