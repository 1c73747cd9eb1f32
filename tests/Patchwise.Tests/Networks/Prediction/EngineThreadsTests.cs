namespace Patchwise.Tests;

/// <summary>What an engine's own threads promise to who waits for them.</summary>
public class EngineThreadsTests
{
    [Fact]
    public void All_work_runs_on_the_same_threads_as_many_as_were_asked_for()
    {
        using var threads = new EngineThreads(2);
        var used = new HashSet<int>();
        Parallel.For(0, 200, new() { MaxDegreeOfParallelism = 8 }, _ => threads.Run(() =>
        {
            lock (used)
                used.Add(Environment.CurrentManagedThreadId);
        }));
        Assert.InRange(used.Count, 1, 2);
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, used);
    }

    [Fact]
    public void What_the_work_throws_comes_out_and_the_thread_goes_on()
    {
        using var threads = new EngineThreads(1);
        var found = Assert.Throws<BadInputException>(() => threads.Run(() => throw new BadInputException("too dark")));
        Assert.Equal("too dark", found.Message);
        var ran = false;
        threads.Run(() => ran = true);
        Assert.True(ran);
    }

    [Fact]
    public void What_flows_with_the_caller_is_there()
    {
        using var threads = new EngineThreads(1);
        var local = new AsyncLocal<string> { Value = "mine" };
        string? seen = null;
        threads.Run(() => seen = local.Value);
        Assert.Equal("mine", seen);
    }

    [Fact]
    public void An_interrupted_caller_still_waits_until_the_work_has_ended()
    {
        using var threads = new EngineThreads(1);
        using var begun = new ManualResetEventSlim();
        using var may = new ManualResetEventSlim();
        var (ended, endedBefore, interrupted) = (false, false, false);
        var caller = new Thread(() =>
        {
            try
            {
                threads.Run(() =>
                {
                    begun.Set();
                    may.Wait();
                    ended = true;
                });
            }
            catch (ThreadInterruptedException)
            {
                (interrupted, endedBefore) = (true, ended);
            }
        });
        caller.Start();
        begun.Wait();
        caller.Interrupt();
        Assert.False(caller.Join(100));
        may.Set();
        caller.Join();
        Assert.True(interrupted && endedBefore);
    }
}
