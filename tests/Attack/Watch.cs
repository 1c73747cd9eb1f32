using System.Diagnostics;
using System.Globalization;

namespace Patchwise.Attack;

/// <summary>A part of the attack in a process of its own, which is ended at a time limit.</summary>
static class Watch
{
    internal const int TimeIsUp = 124;

    /// <returns>
    /// The exit code; <see cref="TimeIsUp"/> at the limit, with the stacks of all threads of the process and of those it started on standard error.
    /// </returns>
    internal static int Over(TimeSpan limit, IEnumerable<string> arguments)
    {
        using var process = Process.Start(Environment.ProcessPath!, arguments);
        if (process.WaitForExit(limit))
            return process.ExitCode;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{string.Join(' ', arguments)} was not done after {limit.TotalSeconds} s:"));
        foreach (var id in Started(process.Id).Prepend(process.Id))
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"process {id}\n{Stacks.Of(id)}"));
        process.Kill(entireProcessTree: true);
        return TimeIsUp;
    }

    static IEnumerable<int> Started(int process) => Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task"))
        .Select(thread => Path.Combine(thread, "children")).Where(File.Exists)
        .SelectMany(children => File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(id => int.Parse(id, CultureInfo.InvariantCulture));

    /// <summary>Two threads that wait for each other for ever, to see that the limit shows them.</summary>
    internal static int Deadlock()
    {
        var (first, second) = (new object(), new object());
        using var both = new Barrier(2);
        Thread[] threads = [new(TakeFirst), new(TakeSecond)];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return 0;

        void TakeFirst() => Take(first, second);
        void TakeSecond() => Take(second, first);
        void Take(object one, object other)
        {
            lock (one)
            {
                both.SignalAndWait();
                lock (other)
                    Console.WriteLine("no deadlock");
            }
        }
    }
}
