using System.Collections;
using System.Reflection;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Tests.Scripting;

public sealed class StoppableTests : IClassFixture<ScriptSessionTests.Shared>
{
    readonly Cells _cells;

    public StoppableTests(ScriptSessionTests.Shared shared) => _cells = shared.Cells;

    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("while (true) { try { while (true) { } } catch (Exception) { } }")]
    [InlineData("while (true) System.Threading.Thread.Sleep(20);")]
    [InlineData("await Task.Delay(1); while (true) { }")]
    [InlineData("Enumerable.Range(0, 2_000_000_000).Select(x => (long)x).Where(x => x < 0).ToArray()")]
    public async Task An_endless_cell_stops_and_keeps_what_it_had_assigned(string endless)
    {
        await _cells.ShowAsync("var steps = 0;");
        var result = await _cells.StopAsync($"steps = 1; var made = 41; Console.WriteLine(\"started\");\n{endless}");

        Assert.Equal((CellStatus.Stopped, false), (result.Status, result.StillRunning));
        Assert.Equal([("result", "(1, 41)")], await _cells.ShowAsync("$\"({steps}, {made})\""));
    }

    [Theory]
    [InlineData("await Task.Delay(-1);")]
    [InlineData("await new TaskCompletionSource().Task;")]
    [InlineData("IEnumerable<int> Endless() { for (;;) yield return 1; }\nEndless().Where(x => x < 0)")]
    public async Task Endless_waits_and_endless_values_stop_and_the_next_cell_runs(string endless)
    {
        var result = await _cells.StopAsync($"Console.WriteLine(\"started\");\n{endless}");

        Assert.Equal((CellStatus.Stopped, false), (result.Status, result.StillRunning));
        Assert.Equal([("result", "2")], await _cells.ShowAsync("1 + 1"));
    }

    [Fact]
    public async Task Finally_blocks_of_a_stopped_cell_run()
    {
        await _cells.ShowAsync("var cleaned = false;");
        await _cells.StopAsync("try { Console.WriteLine(\"started\"); while (true) { } } finally { cleaned = true; }");
        Assert.Equal([("result", "True")], await _cells.ShowAsync("cleaned"));
    }

    [Fact]
    public void An_interrupt_that_meets_a_piece_as_it_ends_does_not_end_the_process()
    {
        var stoppable = new Stoppable();
        var running = (ICollection)typeof(Stoppable).GetField("_running", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(stoppable)!;
        Thread? piece = null;
        var locked = false;
        stoppable.Post(_ =>
        {
            Volatile.Write(ref piece, Thread.CurrentThread);
            while (!Volatile.Read(ref locked))
                Thread.SpinWait(20);
        }, null);
        SpinWait.SpinUntil(() => Volatile.Read(ref piece) is not null);
        lock (running)
        {
            Volatile.Write(ref locked, true);
            // What it waits for now is this lock, to say that it has ended.
            Assert.True(SpinWait.SpinUntil(() => piece!.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromMinutes(3)));
            piece!.Interrupt();
        }
        Assert.True(SpinWait.SpinUntil(() => Count() == 0, TimeSpan.FromMinutes(3)));

        int Count()
        {
            lock (running)
                return running.Count;
        }
    }

    [Fact]
    public async Task A_cell_that_cannot_be_stopped_is_said_to_run_on()
    {
        // libc's own sleep would end at the first signal, by which .NET stops threads for its garbage collection; while its system() waits, the process
        // and all programs that other tests start in that time ignore Ctrl-C.
        await _cells.ShowAsync("""
            [System.Runtime.InteropServices.DllImport("libc")] static extern nint popen(string command, string mode);
            [System.Runtime.InteropServices.DllImport("libc")] static extern int pclose(nint stream);
            """);
        var result = await _cells.StopAsync("Console.WriteLine(\"started\"); pclose(popen(\"sleep 5\", \"r\"));");

        Assert.Equal((CellStatus.Stopped, true), (result.Status, result.StillRunning));
    }

    [Theory]
    [InlineData("System.Threading.Thread.Sleep(-1);")]
    [InlineData("Task.Delay(-1).Wait();")]
    [InlineData("await Task.Yield(); new System.Threading.SemaphoreSlim(0).Wait();")]
    [InlineData("Parallel.For(0, 4, i => { while (true) { } });")]
    [InlineData("while (true) { try { System.Threading.Thread.Sleep(-1); } catch { } }")]
    [InlineData("try { System.Threading.Thread.Sleep(-1); } finally { System.Threading.Thread.Sleep(-1); }")]
    public async Task Blocking_waits_stop(string endless)
    {
        var result = await _cells.StopAsync($"Console.WriteLine(\"started\");\n{endless}");

        Assert.Equal((CellStatus.Stopped, false), (result.Status, result.StillRunning));
    }

    [Fact]
    public async Task Endless_recursion_is_an_error_and_not_the_end_of_the_process()
    {
        var error = await _cells.FailAsync("int Deeper(int x) => Deeper(x + 1) + 1;\nDeeper(0)");

        Assert.Equal("InsufficientExecutionStackException", error.Name);
        Assert.InRange(error.Trace.Count, 2, 10);
    }
}
