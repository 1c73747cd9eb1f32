using System.Diagnostics;
using System.Globalization;

namespace Patchwise.Attack;

/// <summary>
/// Ends processes while they write, and takes the disk from them: what stands at the place of an output afterwards is nothing, the old content or the new one,
/// whole.
/// </summary>
static class Killing
{
    const string Refusal = "is being written by another process";

    /// <summary>Writes old and new in turn without end, to be killed.</summary>
    internal static int WriteOn(string root, string file, string folder)
    {
        var writer = Writer.All(root).Single(one => one.File == file);
        for (var version = 0; ; version = 1 - version)
        {
            try
            {
                writer.Write(Path.Combine(folder, file), version);
                Console.Out.WriteLine("written");
            }
            catch (BadInputException busy) when (busy.Message.Contains(Refusal, StringComparison.Ordinal))
            {
                Console.Out.WriteLine("refused");
            }
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
            // The next one takes its place, whatever they left.
            writer.Write(Path.Combine(folder, writer.File), 1);
            if (Writer.DigestOf(Path.Combine(folder, writer.File)) != expected[1] || Directory.GetFiles(folder).Length > 1)
                broken.Add($"{writer.File}, written after kill {Text(i)}: {string.Join(", ", Directory.GetFiles(folder).Select(Path.GetFileName))}");
            Directory.Delete(folder, recursive: true);

            void Look()
            {
                var path = Path.Combine(folder, writer.File);
                var state = !File.Exists(path) ? "none" : Writer.DigestOf(path) is var digest && digest == expected[0] ? "old"
                    : digest == expected[1] ? "new" : "broken";
                if (state == "broken")
                    broken.Add($"{writer.File}, kill {Text(i)}");
                else
                    found[state]++;
            }
        }
        Console.WriteLine(
            $"{Text(2 * count)} processes killed while they wrote: no file {Text(found["none"])}, the old one {Text(found["old"])}, the new one "
                + $"{Text(found["new"])}, broken {Text(broken.Count)}; {Text(unfinished)} unfinished files lay beside under another name");
        return broken;
    }

    /// <summary>Every writer where no file may have more than 1 KiB, and where the system lets one be mounted on a disk that is full.</summary>
    /// <returns>What was found broken.</returns>
    internal static List<string> FillDisk(string root)
    {
        List<string> broken = [];
        foreach (var writer in Writer.All(root))
            broken.AddRange(WithoutSpace(writer, Directory.CreateTempSubdirectory("patchwise-attack-").FullName, folder =>
            {
                // With the signal ignored, writes beyond the limit fail as on a full disk. The runtime's own mapped code would hit it, too.
                using var process = Start("sh", ["-c", "trap '' XFSZ; ulimit -f 2; exec \"$@\"", "sh", Environment.ProcessPath!, "write once", root,
                    writer.File, folder]);
                var output = process.StandardOutput.ReadToEndAsync();
                var error = process.StandardError.ReadToEnd();
                process.WaitForExit();
                return process.ExitCode == 1 ? error : $"exit code {Text(process.ExitCode)}: {error}";
            }));
        Console.WriteLine($"{Text(Writer.All(root).Length)} writers of files without room for more than 1 KiB: {Text(broken.Count)} problems");
        var disk = Directory.CreateTempSubdirectory("patchwise-attack-").FullName;
        using (var full = Start("unshare", ["--map-root-user", "--mount", "bash", "-c", "mount -t tmpfs -o size=32m patchwise \"$0\" || exit 9; exec \"$@\"",
            disk, Environment.ProcessPath!, "write full", root, disk]))
        {
            var error = full.StandardError.ReadToEndAsync();
            Console.Write(full.StandardOutput.ReadToEnd());
            full.WaitForExit();
            if (full.ExitCode == 1 && error.Result.StartsWith("unshare:", StringComparison.Ordinal) || full.ExitCode == 9)
                Console.WriteLine($"no full disk was tried, as the system lets none be mounted here: {error.Result.Trim()}");
            else if (full.ExitCode != 0)
                broken.AddRange(error.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        Directory.Delete(disk);
        return broken;
    }

    /// <summary>Every writer on a small disk of its own, which is filled to the last byte.</summary>
    internal static int WriteFull(string root, string disk)
    {
        List<string> broken = [];
        foreach (var writer in Writer.All(root))
            broken.AddRange(WithoutSpace(writer, Directory.CreateDirectory(Path.Combine(disk, "folder")).FullName, folder =>
            {
                var filling = Path.Combine(disk, "filling");
                try
                {
                    using (var fill = new FileStream(filling, FileMode.Create, FileAccess.Write, FileShare.None, 0))
                        while (true)
                            fill.Write(new byte[4096]);
                }
                catch (IOException)
                {
                }
                try
                {
                    writer.Write(Path.Combine(folder, writer.File), 1);
                    return "it was written";
                }
                catch (PatchwiseException error)
                {
                    return error.Message;
                }
                finally
                {
                    File.Delete(filling);
                }
            }));
        Console.WriteLine($"{Text(Writer.All(root).Length)} writers on a full disk: {Text(broken.Count)} problems");
        broken.ForEach(Console.Error.WriteLine);
        return broken.Count == 0 ? 0 : 2;
    }

    /// <summary>A writer that has no space has to say so and leave the old file as it was, and nothing beside it.</summary>
    /// <param name="write">Its message.</param>
    static List<string> WithoutSpace(Writer writer, string folder, Func<string, string> write)
    {
        List<string> broken = [];
        var path = Path.Combine(folder, writer.File);
        writer.Write(path, 0);
        var old = Writer.DigestOf(path);
        var message = write(folder);
        if (!message.StartsWith(path, StringComparison.Ordinal) || !message.Contains("could not be written", StringComparison.Ordinal)
            || message.Contains("   at ", StringComparison.Ordinal))
            broken.Add($"{writer.File} without space: {message.ReplaceLineEndings(" ")}");
        if (Writer.DigestOf(path) != old)
            broken.Add($"{writer.File} without space: the old file is gone");
        if (Directory.GetFiles(folder) is { Length: > 1 } left)
            broken.Add($"{writer.File} without space: left {string.Join(", ", left.Select(Path.GetFileName))}");
        Directory.Delete(folder, recursive: true);
        return broken;
    }

    /// <summary>Every writer while another process, this one, is about to write the same file: it has to say so and leave the old file as it was.</summary>
    /// <returns>What was found broken.</returns>
    internal static List<string> Refuse(string root)
    {
        List<string> broken = [];
        foreach (var writer in Writer.All(root))
        {
            var folder = Directory.CreateTempSubdirectory("patchwise-attack-").FullName;
            var path = Path.Combine(folder, writer.File);
            writer.Write(path, 0);
            var digests = writer.Digests();
            foreach (var (held, code, content) in ((bool, int, string)[])[(true, 1, digests[0]), (false, 0, digests[1])])
            {
                using var only = held ? new OutputLock(path) : null;
                using var process = Start(Environment.ProcessPath!, ["write once", root, writer.File, folder]);
                var error = process.StandardError.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode != code || (held && !error.Contains($"{path} {Refusal}", StringComparison.Ordinal)) || Writer.DigestOf(path) != content)
                    broken.Add($"{writer.File} {(held ? "beside" : "after")} another writer: exit code {Text(process.ExitCode)}: "
                        + $"{error.ReplaceLineEndings(" ")}");
            }
            if (Directory.GetFiles(folder) is { Length: > 1 } left)
                broken.Add($"{writer.File} beside another writer: left {string.Join(", ", left.Select(Path.GetFileName))}");
            Directory.Delete(folder, recursive: true);
        }
        Console.WriteLine($"{Text(Writer.All(root).Length)} writers beside another one of the same file: {Text(broken.Count)} problems");
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
