using System.Globalization;

namespace Patchwise.Attack;

/// <summary>
/// Good files of every format, and outputs of every writer, under names of 200 characters with spaces and of several scripts, in a folder of such a name.
/// </summary>
static class Names
{
    static readonly string Long = "Gewebe İıŞğ 組織 \U0001F52C 'a' $(b);".PadRight(200, 'x');

    /// <returns>What was found broken.</returns>
    internal static List<string> Run(string root)
    {
        List<string> broken = [];
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"patchwise {Guid.NewGuid():N}", Long)).FullName;
        try
        {
            foreach (var format in Format.All)
                if (format.Good(root).All(good => Victim.Use(format, Path.Combine(folder, Long + format.Ending), good) is { } problem
                    && (problem is not BadInputException || !Victim.MayBeRefused(format, problem))))
                    broken.Add($"{format.Name}: not one good file was read under {Long}{format.Ending}");
            foreach (var writer in Writer.All(root))
            {
                var path = Path.Combine(folder, Long + writer.File);
                writer.Write(path, 1);
                if (!File.Exists(path))
                    broken.Add($"{writer.File}: not written as {path}");
            }
        }
        catch (Exception error) when (error is PatchwiseException or IOException)
        {
            broken.Add(error.Message);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Format.All.Length} formats read and {Writer.All(root).Length} outputs written under names of 200 characters of several scripts: "
                + $"{broken.Count} problems"));
        return broken;
    }
}
