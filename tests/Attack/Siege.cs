using System.Diagnostics;
using System.Globalization;

namespace Patchwise.Attack;

/// <summary>What came of the damaged files of one format.</summary>
sealed record Outcome(string Format, int Read, int Refused, int Failed, IReadOnlyList<string> Unclean, IReadOnlyList<string> Crashes,
    IReadOnlyList<string> Hangs, IReadOnlyList<string> Over)
{
    internal int Count => Read + Refused + Failed + Unclean.Count + Crashes.Count + Hangs.Count + Over.Count;
    internal bool Survived => Unclean.Count + Crashes.Count + Hangs.Count + Over.Count == 0;
}

/// <summary>Attacks one format: starts victims, and another wherever one ended before its work was done.</summary>
static class Siege
{
    /// <summary>Of processor time, which a busy machine does not stretch; a file that waits for something shows on the clock.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(10), LongestOnClock = 12 * Longest;

    internal static Outcome Of(string root, Format format, int seed, int count)
    {
        var (read, refused, failed) = (0, 0, 0);
        List<string> unclean = [], crashes = [], hangs = [], over = [];
        for (var next = 0; next < count;)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!,
                ["victim", root, format.Name, Text(seed), Text(next), Text(count - next)])
            { RedirectStandardOutput = true, RedirectStandardError = true };
            using var victim = Process.Start(start)!;
            var errors = victim.StandardError.ReadToEndAsync();
            var (at, ended) = (-1, false);
            while (!ended)
            {
                var line = victim.StandardOutput.ReadLineAsync();
                if (!Arrives(line, victim))
                {
                    hangs.Add($"{Text(at)}: more than {Longest.TotalSeconds} s\n{Stacks.Of(victim.Id)}");
                    victim.Kill();
                    break;
                }
                switch (line.Result?.Split(' ', 2))
                {
                    case ["at", var number]: at = int.Parse(number, CultureInfo.InvariantCulture); break;
                    case ["read"]: read++; break;
                    case ["refused"]: refused++; break;
                    case ["failed"]: failed++; break;
                    case ["unclean", var what]: unclean.Add($"{Text(at)}: {what}"); break;
                    case ["over", var what]: over.Add($"{Text(at)}: {what}"); break;
                    case ["end"]: at = count; ended = true; break;
                    case null:
                        victim.WaitForExit();
                        if (at < 0)
                            throw new InvalidOperationException($"{format.Name}: the victim did not start: {errors.Result}");
                        if (victim.ExitCode != 3)
                            crashes.Add(
                                $"{Text(at)}: exit code {Text(victim.ExitCode)}{(victim.ExitCode > 128 ? $", signal {Text(victim.ExitCode - 128)}" : "")}: "
                                    + $"{Last(errors.Result)}");
                        ended = true;
                        break;
                    default: break; // what a native library prints
                }
            }
            victim.WaitForExit();
            next = at == count ? count : at + 1;
        }
        return new(format.Name, read, refused, failed, unclean, crashes, hangs, over);
    }

    static bool Arrives(Task line, Process victim)
    {
        if (line.Wait(TimeSpan.FromSeconds(1)))
            return true;
        var (clock, before) = (Stopwatch.StartNew(), victim.TotalProcessorTime);
        while (!line.Wait(TimeSpan.FromMilliseconds(250)))
        {
            victim.Refresh();
            if (victim.HasExited)
                return line.Wait(Longest);
            if (victim.TotalProcessorTime - before > Longest || clock.Elapsed > LongestOnClock)
                return false;
        }
        return true;
    }

    static string Last(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? last.Trim() : "no message";

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
