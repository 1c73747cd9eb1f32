namespace Patchwise.Tests;

[Collection(AloneInTheProcess.Name)]
public class TorchEngineMemoryTests
{
    [Fact]
    public void Programs_loaded_and_unloaded_two_hundred_times_do_not_grow_the_process()
    {
        var card = TorchEngineTests.Card(32);
        void Cycles(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var engine = TorchEngine.Open(TorchEngineTests.Program, card, TorchEngineTests.OnDevice);
                engine.Run(new byte[32 * 32 * 3], 1, new(32, 32), new float[3], []);
            }
        }
        Cycles(50);
        var before = OnnxEngineMemoryTests.Resident();
        Cycles(200);
        // A program takes about 0.2 MB: those kept would show as 40 MB.
        Assert.InRange(OnnxEngineMemoryTests.Resident() - before, long.MinValue, 15L << 20);
    }
}
