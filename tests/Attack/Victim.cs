using System.Globalization;

namespace Patchwise.Attack;

/// <summary>The process that is attacked: uses one damaged file after another and says what came of it. It may crash or hang, which its parent sees.</summary>
static class Victim
{
    internal const long MostMemory = 1L << 30;

    /// <returns>0 at the end, 3 where memory went over the limit.</returns>
    internal static int Serve(string root, Format format, int seed, int first, int count)
    {
        var good = format.Good(root).ToArray();
        // In memory where that can be: a disk would be what takes the time.
        var folder = Directory.Exists("/dev/shm") ? Directory.CreateDirectory($"/dev/shm/patchwise-attack-{Guid.NewGuid():N}").FullName
            : Directory.CreateTempSubdirectory("patchwise-attack-").FullName;
        var file = Path.Combine(folder, "file" + format.Ending);
        try
        {
            // What is good is read, or every error below would prove nothing.
            foreach (var (index, bytes) in good.Index())
                if (Use(format, file, bytes) is { } refused && !MayBeRefused(format, refused))
                    throw new InvalidOperationException($"{format.Name}: good file {index} was refused: {refused}");
            for (var number = first; number < first + count; number++)
            {
                Say($"at {number}");
                var problem = Use(format, file, Mutation.Of(good, format.IsText, seed, number));
                if (Peak() > MostMemory)
                {
                    Say($"over {Peak() >> 20} MiB");
                    return 3;
                }
                Say(problem switch
                {
                    null => "read",
                    BadInputException or CSharpNotebook.BadInputException => "refused",
                    PatchwiseException or CSharpNotebook.NotebookException => "failed",
                    _ => $"unclean {problem.GetType().Name}: {problem.Message.ReplaceLineEndings(" ")} "
                        + $"{problem.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Patchwise", StringComparison.Ordinal))?.Trim()}",
                });
            }
            Say("end");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Among the samples are files that are refused by design: tensors of no known network, pictures of kinds that are not read.</summary>
    internal static bool MayBeRefused(Format format, Exception refused) =>
        refused is BadInputException && format.Name is "checkpoint" or "safetensors" or "png" or "jpeg" or "tiff" or "mask" or "tiled tiff";

    internal static Exception? Use(Format format, string file, byte[] bytes)
    {
        File.WriteAllBytes(file, bytes);
        try
        {
            format.Use(file);
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    static long Peak() =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split((char[]?)null,
        StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
