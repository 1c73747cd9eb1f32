using System.Diagnostics;
using System.Globalization;

namespace Patchwise.Attack;

/// <summary>Ends processes while they write, and takes the disk from them: what stands at the place of an output afterwards is nothing, the old content or the new one, whole.</summary>
static class Killing
{
    /// <summary>Writes old and new in turn without end, to be killed.</summary>
    internal static int WriteOn(string root, string file, string folder)
    {
        var writer = Writer.All(root).Single(one => one.File == file);
        for (var version = 0; ; version = 1 - version)
        {
            writer.Write(Path.Combine(folder, file), version);
            Console.Out.WriteLine("written");
            Console.Out.Flush();
        }
    }

    /// <summary>Writes the new content once.</summary>
    /// <returns>1 where that fails, with the reason on standard error.</returns>
    internal static int WriteOnce(string root, string file, string folder)
    {
        try
        {
            Writer.All(root).Single(one => one.File == file).Write(Path.Combine(folder, file), 1);
            return 0;
        }
        catch (PatchwiseException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    /// <summary>Two processes write the same file at a time, one of which is killed first.</summary>
    /// <returns>What was found broken.</returns>
    internal static List<string> Run(string root, int count, int seed)
    {
        var (random, found, writers) = (new Random(seed), new Dictionary<string, int> { ["none"] = 0, ["old"] = 0, ["new"] = 0 }, Writer.All(root));
        List<string> broken = [];
        var (digests, unfinished) = (new Dictionary<string, string[]>(), 0);
        for (var i = 0; i < count; i++)
        {
            var writer = writers[i % writers.Length];
            if (!digests.TryGetValue(writer.File, out var expected))
                digests[writer.File] = expected = writer.Digests();
            var folder = Directory.CreateTempSubdirectory("patchwise-attack-").FullName;
            Process[] processes = [.. Enumerable.Range(0, 2).Select(_ => Start(Environment.ProcessPath!, ["write on", root, writer.File, folder]))];
            // Some are killed in their first write, most in a later one.
            if (i % 5 != 0)
                processes[0].StandardOutput.ReadLine();
            else
                Thread.Sleep(random.Next(400));
            Thread.Sleep(random.Next(120));
            foreach (var process in processes)
            {
                process.Kill();
                process.WaitForExit();
                process.Dispose();
                Look();
                Thread.Sleep(random.Next(60));
            }
            unfinished += Directory.GetFiles(folder).Count(path => Path.GetFileName(path) != writer.File);
            Directory.Delete(folder, recursive: true);

            void Look()
            {
                var path = Path.Combine(folder, writer.File);
                var state = !File.Exists(path) ? "none" : Writer.DigestOf(path) is var digest && digest == expected[0] ? "old" : digest == expected[1] ? "new" : "broken";
                if (state == "broken")
                    broken.Add($"{writer.File}, kill {Text(i)}");
                else
                    found[state]++;
            }
        }
        Console.WriteLine($"{Text(2 * count)} processes killed while they wrote: no file {Text(found["none"])}, the old one {Text(found["old"])}, the new one {Text(found["new"])}, broken {Text(broken.Count)}; {Text(unfinished)} unfinished files lay beside under another name");
        return broken;
    }

    /// <summary>Every writer with no more than 1 KiB for a file: it has to say so and leave the old file as it was, and nothing beside it.</summary>
    /// <returns>What was found broken.</returns>
    internal static List<string> FillDisk(string root)
    {
        List<string> broken = [];
        foreach (var writer in Writer.All(root))
        {
            var folder = Directory.CreateTempSubdirectory("patchwise-attack-").FullName;
            var path = Path.Combine(folder, writer.File);
            writer.Write(path, 0);
            var old = Writer.DigestOf(path);
            // With the signal ignored, writes beyond the limit fail as on a full disk. The runtime's own mapped code would hit it, too.
            using (var process = Start("bash", ["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "bash", Environment.ProcessPath!, "write once", root, writer.File, folder]))
            {
                var output = process.StandardOutput.ReadToEndAsync();
                var error = process.StandardError.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode != 1 || !error.Contains(path, StringComparison.Ordinal) || !error.Contains("could not be written", StringComparison.Ordinal))
                    broken.Add($"{writer.File} on a full disk: exit code {Text(process.ExitCode)}: {error.ReplaceLineEndings(" ")}");
            }
            if (Writer.DigestOf(path) != old)
                broken.Add($"{writer.File} on a full disk: the old file is gone");
            if (Directory.GetFiles(folder) is { Length: > 1 } left)
                broken.Add($"{writer.File} on a full disk: left {string.Join(", ", left.Select(Path.GetFileName))}");
            Directory.Delete(folder, recursive: true);
        }
        Console.WriteLine($"{Text(Writer.All(root).Length)} writers on a full disk: {Text(broken.Count)} problems");
        return broken;
    }

    static Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return Process.Start(start)!;
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
