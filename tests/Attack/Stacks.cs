using System.Globalization;
using System.Text;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Runtime;

namespace Patchwise.Attack;

/// <summary>
/// Where each thread of a .NET process is. Its own runtime writes the dump that is read, also while all threads wait for each other, and no debugger is needed.
/// </summary>
static class Stacks
{
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    internal static string Of(int process)
    {
        var dump = Path.Combine(Path.GetTempPath(), $"patchwise-{Guid.NewGuid():N}.dmp");
        try
        {
            return Task.Run(() => new DiagnosticsClient(process).WriteDump(DumpType.Normal, dump)).Wait(Longest) ? OfDump(dump) : "it gave no dump in a minute";
        }
        catch (Exception error)
        {
            return $"its stacks are not known: {(error.InnerException ?? error).Message}";
        }
        finally
        {
            File.Delete(dump);
        }
    }

    internal static string OfDump(string path)
    {
        using var dump = DataTarget.LoadDump(path);
        using var runtime = dump.ClrVersions.Single().CreateRuntime();
        var text = new StringBuilder();
        foreach (var thread in runtime.Threads.Where(thread => thread.IsAlive))
        {
            text.Append(CultureInfo.InvariantCulture, $"thread {thread.OSThreadId}\n");
            foreach (var frame in thread.EnumerateStackTrace().Select(frame => frame.ToString()?.Trim())
                .Where(frame => frame is { Length: > 0 } && frame[0] != '['))
                text.Append("   ").Append(frame).Append('\n');
        }
        return text.ToString();
    }
}
