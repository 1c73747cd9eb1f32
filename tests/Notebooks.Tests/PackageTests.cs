using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Notebooks.Tests;

/// <summary>The packages of the library, made once, with a version that no one else has: none can come from a cache.</summary>
public sealed class Packed : IDisposable
{
    readonly Folder _folder = new();

    internal string Folder => _folder["packages"];

    internal string Version { get; } = $"0.1.0-test.{Guid.NewGuid():N}";

    public Packed()
    {
        var ended = Repository.Run("dotnet", "pack", Repository.Path("lib", "Patchwise.slnx"), "-c", "Release", "--no-build", "-o", Folder,
            $"-p:PackageVersion={Version}", "-v", "quiet", "-nologo", "--tl:off");
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
    }

    public void Dispose() => _folder.Dispose();
}

/// <summary>The packages, and a notebook that has nothing else: it lies outside the clone, and so does its data.</summary>
public sealed class PackageTests : IClassFixture<Packed>, IDisposable
{
    readonly Packed _packed;
    readonly Folder _folder = new();

    public PackageTests(Packed packed)
    {
        _packed = packed;
        var data = Repository.Path("notebooks", "data");
        Take(Path.Combine(data, "dsb2018-nuclei", "images", "00ae65c1c663.png"), "set");
        Take(Path.Combine(data, "dsb2018-nuclei", "masks", "00ae65c1c663_mask.png"), "set");
        Take(Path.Combine(data, "nct-crc-he", "TUM", "TUM-AEPINLNQ.png"), "patches/TUM");
        Take(Path.Combine(data, "nct-crc-he", "ADI", "ADI-TCGA-EENSRDNW.png"), "patches/ADI");
        Take(Path.Combine(data, "models", "mobilenet_v2-imagenet.safetensors"), "models");
        Take(Repository.Path("tests", "data", "checkpoints", "program.pt"), "models");
        Take(Repository.Path("tests", "data", "checkpoints", "program.json"), "models");
        static object Cell(string id, string source) =>
            new { cell_type = "code", id, metadata = new { }, execution_count = (int?)null, outputs = Array.Empty<object>(), source };
        var kernelspec = new { name = ".net-csharp", display_name = ".NET (C#)", language = "C#" };
        File.WriteAllText(_folder["own.ipynb"], JsonSerializer.Serialize(new
        {
            cells = Cells.Select(cell => Cell(cell.Id, cell.Source.Replace("FOLDER", packed.Folder).Replace("VERSION", packed.Version))).ToArray(),
            metadata = new { kernelspec, language_info = new { name = "C#" } },
            nbformat = 4,
            nbformat_minor = 5,
        }));
    }

    public void Dispose() => _folder.Dispose();

    static readonly (string Id, string Source)[] Cells =
    [
        ("before", "var before = 1;"), // what a kernel does for packages it does from the first of them on
        ("packages", """
            #i "nuget:FOLDER"
            #r "nuget: Patchwise.Interactive, VERSION"
            using Patchwise;
            """),
        ("regions", """
            var set = ImageSet.Open("set", 40);
            var regions = RegionTable.Measure(set);
            regions
            """),
        ("chart", "SizeTest.Of(regions).Histograms()"),
        ("gallery", "regions.Examples(set)"),
        ("predictions", """
            var predictor = new PatchPredictor("models/mobilenet_v2-imagenet.safetensors", 2);
            var predictions = predictor.Predict("patches");
            Console.WriteLine(predictor.Place);
            predictions
            """),
        ("frame", "predictions.ToDataFrame()"),
        ("id", """
            try
            {
                Console.WriteLine(Model.TryOpen("resnet18-kather100k", out _));
            }
            catch (BadInputException error)
            {
                Console.WriteLine(error.Message);
            }
            """),
        ("torch", """
            try
            {
                using (var program = new PatchPredictor("models/program.pt", 2))
                    Console.WriteLine(program.Place);
            }
            catch (Exception error)
            {
                Console.WriteLine(error.Message);
            }
            """),
    ];

    void Take(string file, string folder)
    {
        Directory.CreateDirectory(_folder[folder]);
        File.Copy(file, Path.Combine(_folder[folder], Path.GetFileName(file)));
    }

    /// <summary>With a cache of packages of its own, before the user's.</summary>
    ExecutedNotebook Execute(string libtorch, params string[] command)
    {
        var cache = Regex.Match(Repository.Run("dotnet", "nuget", "locals", "global-packages", "-l").Output, "global-packages: (.*)").Groups[1].Value.Trim();
        var ended = Repository.Run("env", ["-u", "PATCHWISE_MANIFEST", "-C", _folder.Path, $"NUGET_PACKAGES={_folder["cache"]}",
            $"NUGET_FALLBACK_PACKAGES={cache}", $"PATCHWISE_LIBTORCH={libtorch}", .. command]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(["patchwise", "patchwise.interactive", "patchwise.networks"],
            Directory.GetDirectories(_folder["cache"]).Select(Path.GetFileName).Where(name => name!.StartsWith("patchwise", StringComparison.Ordinal)).Order());
        return new(_folder["executed.ipynb"]);
    }

    static void ShowsEverything(ExecutedNotebook notebook)
    {
        Assert.Empty(notebook.Errors);
        Assert.StartsWith("70 objects in 1 image", notebook["regions"], StringComparison.Ordinal);
        Assert.Contains("<table>", notebook["regions", "text/html"], StringComparison.Ordinal);
        Assert.NotEmpty(notebook.Plotly("chart")["data"]!.AsArray());
        Assert.Contains("plotly.js (cartesian", notebook["chart", "text/html"], StringComparison.Ordinal);
        Assert.Contains("data:image/png;base64,", notebook["gallery", "text/html"], StringComparison.Ordinal);
        Assert.Matches(@"^ONNX Runtime \d+\.\d+\.\d+ on the CPU", notebook.Printed("predictions"));
        Assert.StartsWith("2 patches predicted by mobilenet_v2-imagenet", notebook["predictions"], StringComparison.Ordinal);
        Assert.StartsWith("2 rows", notebook["frame"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_notebook_elsewhere_runs_in_csnb()
    {
        var notebook = Execute(Repository.Path("lib", "bin", "torch"), Repository.Path("lib", "bin", "csnb"), "run", "own.ipynb", "-o", "executed.ipynb");
        ShowsEverything(notebook);
        Assert.StartsWith("libtorch 2.10", notebook.Printed("torch"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_notebook_elsewhere_runs_in_the_genuine_kernel_and_says_what_is_missing()
    {
        const string Script = """
            import nbclient, nbformat
            notebook = nbformat.read("own.ipynb", 4)
            nbclient.NotebookClient(notebook, timeout=300).execute()
            nbformat.write(notebook, "executed.ipynb")
            """;
        var kernels = Repository.Path("lib", "bin", "dotnet-interactive", "share", "jupyter");
        var notebook = Execute("", $"JUPYTER_PATH={kernels}", "/usr/bin/python3", "-c", Script);
        ShowsEverything(notebook);
        Assert.Contains("PATCHWISE_MANIFEST", notebook.Printed("id"), StringComparison.Ordinal);
        Assert.Contains("set PATCHWISE_LIBTORCH", notebook.Printed("torch"), StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_three_packages_for_all_systems_with_what_a_reader_needs()
    {
        string[] names = ["Patchwise", "Patchwise.Interactive", "Patchwise.Networks"];
        Assert.Equal(names.Select(name => $"{name}.{_packed.Version}.nupkg"), Directory.GetFileSystemEntries(_packed.Folder).Select(Path.GetFileName).Order());
        foreach (var name in names)
        {
            using var package = ZipFile.OpenRead(Path.Combine(_packed.Folder, $"{name}.{_packed.Version}.nupkg"));
            var files = package.Entries.ToDictionary(entry => entry.FullName, Bytes);
            foreach (var file in (string[])["README.md", "THIRD-PARTY-NOTICES.txt", $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml"])
                Assert.Contains(file, files.Keys);
            Assert.DoesNotContain(files.Keys, file => Regex.IsMatch(file, @"onnxruntime|torch|sqlite|\.(so|dylib|pdb)$", RegexOptions.IgnoreCase));
            using var library = new MemoryStream(files[$"lib/net10.0/{name}.dll"]);
            using var portable = new PEReader(library);
            Assert.True(portable.PEHeaders.PEHeader!.Magic == PEMagic.PE32, $"{name}.dll is for one kind of processor only");
            foreach (var path in (string[])[Repository.Root, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + "/"])
                Assert.DoesNotContain(files, file => Holds(file.Value, Encoding.UTF8.GetBytes(path)) || Holds(file.Value, Encoding.Unicode.GetBytes(path)));
        }
    }

    /// <summary>What brings native parts is passed on to who refers to the package.</summary>
    [Fact]
    public void Native_parts_come_with_the_packages_that_ours_depend_on()
    {
        using var package = ZipFile.OpenRead(Path.Combine(_packed.Folder, $"Patchwise.Networks.{_packed.Version}.nupkg"));
        var specification = XDocument.Load(new MemoryStream(Bytes(package.GetEntry("Patchwise.Networks.nuspec")!)));
        var excluded = specification.Descendants().Where(element => element.Name.LocalName == "dependency")
            .ToDictionary(element => (string)element.Attribute("id")!, element => (string?)element.Attribute("exclude"));
        Assert.All(["Patchwise", "Microsoft.ML.OnnxRuntime", "TorchSharp", "SQLitePCLRaw.lib.e_sqlite3"], id => Assert.Equal("Build,Analyzers", excluded[id]));
        Assert.DoesNotContain(excluded.Keys, id => id.StartsWith("libtorch", StringComparison.Ordinal));
    }

    static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    static bool Holds(byte[] bytes, byte[] text) => bytes.AsSpan().IndexOf(text) >= 0;
}
