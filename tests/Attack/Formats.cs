using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using CSharpNotebook.Kernel;
using CSharpNotebook.Runner;
using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise.Attack;

/// <summary>A kind of file that arrives from outside, and all that the program does with one.</summary>
/// <param name="Ending">Of its files, dot included.</param>
/// <param name="Good">Small files that are right; pieces of them make the wrong ones.</param>
/// <param name="Use">Reads a file to its last value.</param>
sealed record Format(string Name, string Ending, bool IsText, Func<string, IEnumerable<byte[]>> Good, Action<string> Use)
{
    const long Pixels = 1 << 22;

    internal static readonly Format[] All =
    [
        new("png", ".png", false, root => Imaging(root, "*.png"), Picture),
        new("jpeg", ".jpg", false, root => Imaging(root, "*.jpg"), Picture),
        new("tiff", ".tif", false, root => Imaging(root, "*.tif"), Picture),
        new("mask", ".png", false, root => Small(Path.Combine(root, "tests", "data", "regions"), "*.png"),
            path => _ = RegionTable.Measure(Mask.Load(path, maxPixels: Pixels), properties: RegionProperties.All).Summary),
        new("label image", ".tif", false, root => Masks(root, "wide-*.tif", "palette*.tif", "big.tif", "bool.tif", "hyperstack.tif"), AnyMask),
        new("numpy", ".npy", false, root => Masks(root, "?e-*.npy", "version*.npy", "fortran.npy"), AnyMask),
        new("bmp", ".bmp", false, root => [.. Imaging(root, "*.bmp"), .. Masks(root, "*.bmp")], Picture),
        new("webp", ".webp", false, root => [.. Imaging(root, "*.webp"), .. Masks(root, "*.webp")], Picture),
        new("jpeg 2000", ".jp2", false, root => [.. Imaging(root, "*.jp2"), .. Masks(root, "*.jp2")], Picture),
        new("svs", ".svs", false, root => [SmallSlide.Of(Path.Combine(root, "notebooks", "data", "slides", "CMU-1-Small-Region.svs"))], WholeSlide),
        new("ndpi", ".ndpi", false, root => [SmallSlide.Of(Path.Combine(root, "notebooks", "data", "slides", "fluorescence-40x.ndpi"), from: 2)],
            WholeSlide),
        new("tiled tiff", ".tif", false, root => Imaging(root, "*tiles*.tif"), WholeSlide),
        new("pyramidal tiff", ".tif", false, root => Small(Path.Combine(root, "tests", "data", "slides"), "pyramid-*.tif"), WholeSlide),
        new("checkpoint", ".pth", false, root => Small(Path.Combine(root, "tests", "data", "checkpoints"), "*.p*t*"), Weights),
        new("safetensors", ".safetensors", false, _ => [Safetensors()], Weights),
        new("onnx", ".onnx", false, _ => [Network()], Run),
        new("torchscript", ".pt", false, root => [File.ReadAllBytes(Path.Combine(root, "tests", "data", "checkpoints", "program.pt"))], Script),
        new("torchscript code", ".py", true, Code, ScriptOfCode),
        new("predictions", ".sqlite", false, _ => [Predictions(), Predictions(probabilities: false), PatchPredictions()], Predicted),
        new("unfinished run", ".sqlite.partial", false, _ => [Unfinished()], Resume),
        new("notebook", ".ipynb", true, Notebooks, Notebook),
        new("geojson", ".geojson", true, _ => [Encoding.UTF8.GetBytes(GeoJson), Encoding.UTF8.GetBytes(Cells)], path => Annotations(path)),
        new("imagescope xml", ".xml", true, _ => [.. ((string[])[ImageScope, Asap]).Select(Encoding.UTF8.GetBytes)], path => Annotations(path)),
        new("csv", ".csv", true, Csv, path => _ = RegionTable.LoadCsv(path).Summary),
        new("manifest", ".json", true, root => [File.ReadAllBytes(Path.Combine(root, "data-manifest.json"))], path => _ = Manifest.Load(path).Entries.Count),
        new("model card", ".json", true, _ => [Encoding.UTF8.GetBytes(Card)], path => _ = CardFile.Parse(File.ReadAllText(path), "net", path)),
        new("connection file", ".json", true, _ => [Encoding.UTF8.GetBytes(Connection)],
            path => _ = ConnectionFile.Load(path) is var found ? found.Endpoint(found.Shell) : ""),
        new("jupyter frames", ".bin", false, _ => JupyterAttack.GoodFrames, JupyterAttack.ReadFrames),
        new("jupyter requests", ".json", true, _ => JupyterAttack.GoodRequests, JupyterAttack.AnswerRequest),
    ];

    internal static Format Of(string name) => All.FirstOrDefault(format => format.Name == name)
        ?? throw new ArgumentException($"no format is called {name}: expected one of {string.Join(", ", All.Select(format => format.Name))}");

    static IEnumerable<byte[]> Imaging(string root, string pattern) => Small(Path.Combine(root, "tests", "data", "imaging"), pattern);

    static IEnumerable<byte[]> Masks(string root, params string[] patterns) =>
        patterns.SelectMany(pattern => Small(Path.Combine(root, "tests", "data", "field", "masks"), pattern));

    static IEnumerable<byte[]> Small(string folder, string pattern) =>
        Directory.GetFiles(folder, pattern).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(bytes => bytes.Length > 0);

    static void Picture(string path)
    {
        _ = Raster.ReadInfo(path);
        var pixels = Raster.Load(path, Pixels);
        _ = pixels.To8Bit().Resize(new(8, 8), ResizeMethod.Area).ToPng();
    }

    static void AnyMask(string path)
    {
        var mask = Mask.Load(path, page: 0, maxPixels: Pixels);
        _ = mask.Notes.Count;
        _ = RegionTable.Measure(mask).Count;
    }

    static void WholeSlide(string path)
    {
        using var slide = Slide.Open(path, maxPixels: Pixels);
        _ = slide.ToJson();
        _ = slide.Describe();
        _ = slide.Thumbnail(Resolution.Baseline(Math.Min(1, 256.0 / Math.Max(slide.Size.Width, slide.Size.Height))), Pixels);
        for (var level = 0; level < slide.Levels.Count; level++)
            _ = slide.Read(new(0, 0, 64, 64), Resolution.Level(level), maxPixels: Pixels);
        foreach (var name in slide.AssociatedNames)
            _ = slide.ReadAssociated(name);
    }

    static void Weights(string path)
    {
        using (var checkpoint = Checkpoint.Open(path))
            foreach (var tensor in checkpoint.Tensors.Values)
                if (tensor.Count < Pixels)
                    _ = tensor.Type == TensorType.All[0] ? tensor.Read().Length : 0;
        try
        {
            using var model = Model.Open(path);
        }
        catch (BadInputException)
        {
            // The tensors of the samples are those of no known network.
        }
    }

    static void Run(string path)
    {
        using var model = Model.Open(path);
        using var engine = OnnxEngine.Of(model, new(Threads: 1));
        var side = engine.PatchSize?.Width ?? 32;
        if (side > 512 || engine.Classes > 10_000)
            return;
        engine.Run(new byte[3 * side * side], 1, new(side, side), new float[engine.Classes], []);
    }

    static byte[] _program = [];

    const string CodeOfProgram = "program/code/__torch__.py";

    static IEnumerable<byte[]> Code(string root)
    {
        _program = File.ReadAllBytes(Path.Combine(root, "tests", "data", "checkpoints", "program.pt"));
        using var zip = new ZipArchive(new MemoryStream(_program));
        using var text = new MemoryStream();
        zip.GetEntry(CodeOfProgram)!.Open().CopyTo(text);
        return [text.ToArray()];
    }

    /// <summary>A program with damaged code whose checksums are right, so that libtorch's compiler sees it.</summary>
    static void ScriptOfCode(string path)
    {
        var program = Path.ChangeExtension(path, ".pt");
        File.WriteAllBytes(program, _program);
        using (var zip = ZipFile.Open(program, ZipArchiveMode.Update))
        {
            using var code = zip.GetEntry(CodeOfProgram)!.Open();
            code.SetLength(0);
            code.Write(File.ReadAllBytes(path));
        }
        Script(program);
    }

    static void Script(string path)
    {
        File.WriteAllText(Path.ChangeExtension(path, ".json"), """{"patch":32}""");
        using var model = Model.Open(path);
        using var engine = TorchEngine.Of(model, model.Card, new(Threads: 1, Device: "cpu"));
        if (engine.Classes < 10_000)
            engine.Run(new byte[3 * 32 * 32], 1, new(32, 32), new float[engine.Classes], new float[engine.Features]);
    }

    /// <summary>With the beginnings of their pictures: else most damage would fall where nobody reads.</summary>
    static IEnumerable<byte[]> Notebooks(string root) => Directory.GetFiles(Path.Combine(root, "notebooks"), "*.ipynb").Order(StringComparer.Ordinal)
        .Select(path => Encoding.UTF8.GetBytes(Regex.Replace(File.ReadAllText(path), "(\"image/png\": \"[^\"]{100})[^\"]+", "$1")));

    static void Notebook(string path)
    {
        var notebook = NotebookFile.Load(path);
        _ = notebook.Titles();
        foreach (var cell in notebook.CodeCells)
            _ = cell.Code.Length;
        _ = Parameter.Read(notebook).Count;
        _ = Parameter.Names(notebook).Count();
        notebook.Save(path + ".out");
    }

    static readonly ClassInfo[] Classes = [new("a", "A", "#112233"), new("b", "B", "#445566"), new("c", "C", "#778899")];

    static readonly (string, string)[] Parameters = [("model", "net"), ("batch", "2")];

    static PredictionTable Table(bool probabilities)
    {
        using var slide = Slide.Of(new Raster(120, 90, 3), "slide.svs", new Mpp(0.5));
        var grid = PatchGrid.Over(slide, 32, Resolution.Mpp(1));
        Prediction[] rows = [.. grid.Select(patch => new Prediction(0, patch.Box, patch.Level0, patch.Index % 3, 0.5f, patch.Index % 2 == 0 ? null : 1))];
        return new("net", Classes, [new(slide.Path, grid.Frame)], rows,
            probabilities ? [.. rows.SelectMany(row => (float[])[.. Enumerable.Range(0, 3).Select(one => one == row.Class ? 0.5f : 0.25f)])] : null);
    }

    static byte[] Predictions(bool probabilities = true) => Stored(path => Table(probabilities).Save(path));

    static byte[] PatchPredictions() =>
        Stored(path => new PredictionTable("net", Classes, [new("a.png"), new("b.png")],
        [new(0, new(0, 0, 8, 8), new(0, 0, 8, 8), 2, 1), new(1, new(0, 0, 8, 8), new(0, 0, 8, 8), 0, 1, 0)], null).Save(path));

    static byte[] Unfinished() => Stored(path =>
    {
        var table = Table(probabilities: true);
        using var database = PredictionDatabase.Begin(path, new(Parameters, Classes, table.Sources, table.Count), resume: false);
        database.Append([0, 1], [.. table.Take(2)], row => table.Probabilities(row), []);
    });

    static byte[] Stored(Action<string> save)
    {
        var folder = Directory.CreateTempSubdirectory("patchwise-attack-").FullName;
        try
        {
            save(Path.Combine(folder, "t.sqlite"));
            return File.ReadAllBytes(Path.Combine(folder, "t.sqlite"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void Predicted(string path)
    {
        var table = PredictionTable.Load(path);
        _ = table.ToTable();
        table.SaveCsv(path + ".csv");
        if (table.Sources is [{ Frame: { } frame }])
            PredictionMap.Of(table, Resolution.Baseline(Math.Min(1, 64.0 / Math.Max(frame.Level0.Width, frame.Level0.Height))), maxPixels: Pixels)
                .Save(path + ".png");
    }

    static void Resume(string path)
    {
        var table = Table(probabilities: true);
        try
        {
            using (var database = PredictionDatabase.Begin(path, new(Parameters, Classes, table.Sources, table.Count), resume: true))
            {
                var missing = database.Missing();
                database.Append(missing, [.. missing.Select(patch => table[patch])], row => table.Probabilities(missing[row]), []);
                database.Finish();
            }
            _ = PredictionTable.Load(path);
        }
        finally
        {
            foreach (var beside in (string[])["-wal", "-shm", "-journal"])
                File.Delete(path + beside);
        }
    }

    static void Annotations(string path)
    {
        using var slide = Slide.Of(new Raster(64, 64, 3), "image", new Mpp(0.5));
        _ = TissueMask.Of(AnnotationSet.Load(path), slide).Share;
    }

    static IEnumerable<byte[]> Csv(string root)
    {
        using var text = new StringWriter();
        RegionTable.Measure(Mask.Load(Path.Combine(root, "tests", "data", "regions", "ellipses8.png")), properties: RegionProperties.All).WriteCsv(text);
        return [Encoding.UTF8.GetBytes(string.Join('\n', text.ToString().Split('\n').Take(12)))];
    }

    static byte[] Safetensors()
    {
        const string Header =
            """{"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},""" +
            """ "a.bias":{"dtype":"F16","shape":[4],"data_offsets":[24,32]},"n":{"dtype":"I64","shape":[],"data_offsets":[32,40]}}""";
        return [.. BitConverter.GetBytes((long)Header.Length), .. Encoding.UTF8.GetBytes(Header), .. new byte[40]];
    }

    /// <summary>One convolution, a mean over the image and a linear layer.</summary>
    static byte[] Network()
    {
        var random = new Random(1);
        TensorProto Tensor(string name, params long[] shape)
        {
            var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
            foreach (ref var value in values.AsSpan())
                value = random.NextSingle() - 0.5f;
            return new() { Name = name, DataType = 1, Dims = { shape }, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())) };
        }
        static ValueInfoProto Port(string name, params TensorShapeProto.Types.Dimension[] shape)
        {
            var tensor = new TypeProto.Types.Tensor { ElemType = 1, Shape = new() };
            tensor.Shape.Dim.AddRange(shape);
            return new() { Name = name, Type = new() { TensorType = tensor } };
        }
        static TensorShapeProto.Types.Dimension Size(long size) => new() { DimValue = size };
        var batch = new TensorShapeProto.Types.Dimension { DimParam = "batch" };
        return new ModelProto
        {
            IrVersion = 8,
            OpsetImport = { new OperatorSetIdProto { Version = 17 } },
            Graph = new()
            {
                Name = "small",
                Input = { Port("patches", batch, Size(3), Size(32), Size(32)) },
                Output = { Port("logits", batch, Size(4)) },
                Initializer = { Tensor("w", 5, 3, 3, 3), Tensor("v", 5, 4), Tensor("b", 4) },
                Node =
                {
                    new NodeProto { OpType = "Conv", Input = { "patches", "w" }, Output = { "c" } },
                    new NodeProto { OpType = "Relu", Input = { "c" }, Output = { "r" } },
                    new NodeProto { OpType = "GlobalAveragePool", Input = { "r" }, Output = { "p" } },
                    new NodeProto { OpType = "Flatten", Input = { "p" }, Output = { "f" } },
                    new NodeProto { OpType = "Gemm", Input = { "f", "v", "b" }, Output = { "logits" } },
                },
            },
        }.ToByteArray();
    }

    const string GeoJson = """
        {"type":"FeatureCollection","features":[
        {"type":"Feature","id":"a","geometry":{"type":"Polygon","coordinates":
          [[[1,2],[40,2],[40,30],[1,30],[1,2]],[[5,5],[9,5],[9,9],[5,5]]]},
         "properties":{"objectType":"annotation","classification":{"name":"Tumor","color":[200,0,0]}}},
        {"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":
          [[[[10,10],[20,10],[20,20],[10,10]]],[[[30,30],[35,30],[35,35],[30,30]]]]},"properties":{"classification":{"names":["Stroma","a"]}}},
        {"type":"Feature","geometry":{"type":"Point","coordinates":[3,4]},"properties":{}}]}
        """;

    const string Cells = """
        [{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[
          {"type":"Polygon","coordinates":[[[10,10],[50,50],[50,10],[10,50],[10,10]],[]]},
          {"type":"Polygon","coordinates":[[[30,5],[60,5],[60,60],[30,60]],[[20,20],[40,20],[40,40],[20,40]]]}]},
         "nucleusGeometry":{"type":"Polygon","coordinates":[[[15,15],[20,15],[20,20],[15,15]]]},
         "properties":{"objectType":"cell","classification":{"name":"Positive","parentClass":{"name":"Tumor","colorRGB":-377282}}},"childObjects":[
          {"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,1],[9,1],[9,9]]]},"properties":{"classification":"a"}}]}]
        """;

    const string Asap = """
        <ASAP_Annotations><Annotations><Annotation Name="a" Type="Polygon" PartOfGroup="b" Color="#F4FA58"><Coordinates><Coordinate Order="0" X="1.5" Y="2"/>
        <Coordinate Order="1" X="40" Y="30"/><Coordinate Order="2" X="40" Y="2"/><Coordinate Order="3" X="1" Y="30"/></Coordinates></Annotation></Annotations>
        <AnnotationGroups><Group Name="b" PartOfGroup="None" Color="#64FE2E"/></AnnotationGroups></ASAP_Annotations>
        """;

    const string ImageScope = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Annotations MicronsPerPixel="0.5"><Annotation Id="1" Name="Tumor" LineColor="255"><Regions><Region Id="1" Type="0" NegativeROA="0">
        <Vertices><Vertex X="1.5" Y="2"/><Vertex X="40" Y="2"/><Vertex X="40" Y="30"/></Vertices></Region>
        <Region Id="2" Type="2" NegativeROA="0"><Vertices><Vertex X="5" Y="5"/><Vertex X="25" Y="35"/></Vertices></Region>
        <Region Id="3" Type="1" NegativeROA="1"><Vertices><Vertex X="8" Y="8"/><Vertex X="12" Y="12"/></Vertices></Region></Regions></Annotation></Annotations>
        """;

    const string Card =
        """{"name":"net","architecture":"resnet18","classes":[{"name":"A","title":"a class","color":"#aabbcc"},{"name":"B"}],""" +
        """ "patch":224,"stride":112,"mpp":0.5,"mean":[0.4,0.5,0.6],"deviation":[0.2,0.2,0.2],"output":"logits","licence":"CC0"}""";

    const string Connection =
        """{"transport":"tcp","ip":"127.0.0.1","shell_port":50001,"control_port":50002,"iopub_port":50003,""" +
        """ "stdin_port":50004,"hb_port":50005,"key":"0123-4567","signature_scheme":"hmac-sha256","kernel_name":"csnb"}""";
}
