using System.Diagnostics;

namespace Patchwise.Tests;

[Collection("networks")]
public class QuantizedModelTests(Xunit.Abstractions.ITestOutputHelper log)
{
    [Fact]
    public void Probe()
    {
        using var folder = new TemporaryFolder();
        using var model = Model.Open("mobilenet_v2-imagenet");
        var patches = LabelledPatches.Open("nct-crc-he").Files.Select(file => Raster.Load(file)).ToArray();
        var clock = Stopwatch.StartNew();
        var quantized = QuantizedModel.Save(model, patches, folder.At("q.onnx"), new() { LeastAgreement = 0.01 }, default);
        log.WriteLine($"{quantized}\n{clock.Elapsed}");
        using var again = Model.Open(folder.At("q.onnx"));
        log.WriteLine($"{again}");
        foreach (var one in new[] { model, again })
        {
            using var engine = OnnxEngine.Of(one);
            var rgb = new byte[16 * 3 * 224 * 224];
            var logits = new float[16 * engine.Classes];
            for (var i = 0; i < 4; i++)
            {
                clock.Restart();
                for (var r = 0; r < 3; r++)
                    engine.Run(rgb, 16, new(224, 224), logits, [], default);
                log.WriteLine($"{48 / clock.Elapsed.TotalSeconds:0.0} patches/s");
            }
        }
    }
}
