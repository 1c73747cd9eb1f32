using System.Runtime.CompilerServices;

namespace CSharpNotebook.Tests.Scripting;

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>What is kept of each cell; with no other test running, whose garbage would count as well.</summary>
[Collection("alone")]
public sealed class OnnxEngineMemoryTests
{
    [Fact]
    public async Task A_cell_keeps_little_however_many_came_before()
    {
        using var cells = new Cells();
        await RunAsync(cells, 0, 100);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await RunAsync(cells, 100, 250);
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;

        // A thousand such cells stay below 200 MB.
        Assert.InRange(kept, 0, 150 * 200_000L);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static async Task RunAsync(Cells cells, int first, int end)
    {
        for (var i = first; i < end; i++)
            await cells.ShowAsync($"var x = {i}; int Twice{i}(int y) => 2 * y; Twice{i}(x)");
    }
}
