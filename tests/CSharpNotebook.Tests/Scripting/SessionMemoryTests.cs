using System.Runtime.CompilerServices;

namespace CSharpNotebook.Tests.Scripting;

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>What is kept of each cell; with no other test running, whose garbage would count as well.</summary>
[Collection("alone")]
public sealed class SessionMemoryTests
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

    [Fact]
    public async Task What_a_cell_is_compiled_to_goes_with_it()
    {
        using var cells = new Cells();
        await cells.ShowAsync("using System.IO; int Twice(int y) => 2 * y;");
        await AgainAsync(cells, 20);
        var before = Loaded();
        await AgainAsync(cells, 100);

        Assert.InRange(Loaded() - before, -20, 5);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static async Task AgainAsync(Cells cells, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await cells.ShowAsync($"var x = {i}; var all = new[] {{ x }}.Select(y => Twice(y) + x).ToArray();");
            await cells.ShowAsync("display(all); Twice(x)");
            await cells.FailAsync("throw new IOException(\"bad\");");
        }
    }

    static int Loaded()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return AppDomain.CurrentDomain.GetAssemblies().Count(each => each.GetName().Name!.StartsWith('ℛ'));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static async Task RunAsync(Cells cells, int first, int end)
    {
        for (var i = first; i < end; i++)
            await cells.ShowAsync($"var x = {i}; int Twice{i}(int y) => 2 * y; Twice{i}(x)");
    }
}
