using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise.Tests;

/// <summary>Looks at the memory of the whole process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class AloneInTheProcess
{
    public const string Name = "alone in the process";
}

[Collection(AloneInTheProcess.Name)]
public class OnnxEngineMemoryTests
{
    [Fact]
    public void Sessions_opened_and_closed_a_thousand_times_do_not_grow_the_process()
    {
        var proto = new ModelProto { IrVersion = 8, Graph = new() { Name = "g" }, OpsetImport = { new OperatorSetIdProto { Version = 17 } } };
        proto.Graph.Input.Add(ModelTests.Port("x", 1, 1, 3, 8, 8));
        proto.Graph.Output.Add(ModelTests.Port("y", 1, 1, 100));
        proto.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 1, Dims = { 192, 100 }, RawData = ByteString.CopyFrom(new byte[4 * 19200]) });
        proto.Graph.Node.Add(new NodeProto { OpType = "Flatten", Input = { "x" }, Output = { "v" } });
        proto.Graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "v", "w" }, Output = { "y" } });
        var bytes = proto.ToByteArray();
        void Cycles(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var engine = new OnnxEngine(bytes, "small", PatchScaling.None, new(Threads: 2));
                engine.Run(new byte[192], 1, new(8, 8), new float[100], []);
            }
        }
        Cycles(100);
        var before = NativeHeap.InUse();
        Cycles(1000);
        // One session takes more than 0.1 MB: those kept would show as 100 MB.
        Assert.InRange(NativeHeap.InUse() - before, long.MinValue, 30L << 20);
    }

    [Fact]
    public void A_batch_that_a_network_turns_eight_ways_takes_no_more_memory_than_one_that_it_does_not()
    {
        const int Side = 224, Patches = 32, Classes = 2;
        using var model = Model.Open("mobilenet_v2-imagenet");
        var (backbone, depths) = FeatureDepth.Backbone(model);
        var features = depths.Sum(depth => depth.Channels);
        var head = HeadGraph.Write(backbone, depths, Side, eight: true, new float[Classes * features], new float[Classes], "head").ToByteArray();
        using var engine = new OnnxEngine(head, "head", new PatchScaling(model.Card), new(Copies: 8), OnnxWriter.Logits, OnnxWriter.Features);
        var before = Resident();
        engine.Run(new byte[Patches * 3 * Side * Side], Patches, new(Side, Side), new float[Patches * Classes], []);
        // All at once they would take 6 GB.
        Assert.InRange(Resident() - before, long.MinValue, 1L << 30);
    }

    static long Resident() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1],
        System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
