using System.Security.Cryptography;
using System.Text.Json;

namespace CSharpNotebook.Runner;

/// <summary>Text files from outside. Also pipes and devices, whose length nobody knows, are read up to a limit and no further.</summary>
static class InputFile
{
    /// <summary>A key twice in one object would mean one thing here and another elsewhere.</summary>
    internal static readonly JsonDocumentOptions Json = new() { AllowDuplicateProperties = false, MaxDepth = 128 };

    /// <param name="most">In bytes.</param>
    /// <param name="cure">What to do with a larger one.</param>
    /// <exception cref="BadInputException">It is larger, or of another encoding than UTF-8, so that letters would be lost.</exception>
    internal static string Read(string path, int most, string cure)
    {
        BadInputException TooLarge() => new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{path} has more than {most:N0} bytes: {cure}"));
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.CanSeek && file.Length > most)
            throw TooLarge();
        using var reader = new StreamReader(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        var text = new StringBuilder();
        var part = new char[1 << 16];
        try
        {
            for (int read; (read = reader.Read(part, 0, part.Length)) > 0;)
                if (text.Append(part, 0, read).Length > most)
                    throw TooLarge();
        }
        catch (DecoderFallbackException error)
        {
            throw new BadInputException($"{path} is no text in UTF-8, as JSON is: save it as UTF-8", error);
        }
        return text.ToString();
    }
}

/// <summary>
/// A place that one process at a time writes: two would replace each other's. The system lets go of the lock however the process ends. What is written appears
/// whole or not at all: beside its place under another name, then renamed; what a killed process left there goes with the next one.
/// </summary>
sealed class OutputFile : IDisposable
{
    readonly FileStream _lock;

    /// <exception cref="NotebookException">Another run has it, or the folder cannot be written.</exception>
    internal OutputFile(string path)
    {
        var beside = Beside(path, "lock");
        // The rename to its name would replace the device.
        if (beside.StartsWith("/dev/", StringComparison.Ordinal) && !beside.StartsWith("/dev/shm/", StringComparison.Ordinal))
            throw new BadInputException($"{path} is a device: expected the name of a file");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(beside)!);
            // A file that its last holder has removed meanwhile is not locked but made anew.
            _lock = new(beside, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        // EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION.
        catch (IOException error) when (error.HResult is 11 or 35 or unchecked((int)0x80070020))
        {
            throw new NotebookException($"{path} is being written by another run: wait for its end, or give this one another place with -o", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw InTheWay(Path.GetDirectoryName(beside)) is { } file
                ? new BadInputException($"{path} cannot be written: {file} is a file, where a folder is needed; name another place (-o)", error)
                : new NotebookException($"{path} cannot be written: no file can be made in {Path.GetDirectoryName(beside)} ({error.Message})", error);
        }
    }

    /// <summary>Of a folder and those above it what is a file; null: none is.</summary>
    static string? InTheWay(string? folder) => folder is null || File.Exists(folder) ? folder : InTheWay(Path.GetDirectoryName(folder));

    /// <exception cref="NotebookException">The place cannot be written; the message names it and the system's reason.</exception>
    internal static void Write(string path, Action<Stream> write)
    {
        var partial = Beside(path, "partial");
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write))
                write(stream);
            File.Move(partial, path, overwrite: true);
        }
        // The last is what streams throw at the limit of a file's size.
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" })
        {
            throw new NotebookException($"{path} could not be written: {error.Message}; nothing was changed there", error);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>A hidden file; its name is short where that of the output takes all that the file system has room for.</summary>
    static string Beside(string path, string ending) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!,
            $".csnb-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(path))))[..16]}.{ending}");

    public void Dispose() => _lock.Dispose();
}

/// <summary>
/// Where a run writes: beside its place while it lasts, and into it only when it has ended well. An earlier good one stays until then, and what failed has
/// another name.
/// </summary>
sealed class RunOutput(string place) : IDisposable
{
    const int LongestName = 255;

    readonly OutputFile _lock = new(place);

    internal string Place { get; } = Path.GetFullPath(place);

    internal string Unfinished => Named("unfinished");

    internal string Failed => Named("failed");

    internal void Save(NotebookFile notebook) => notebook.Save(Unfinished);

    /// <summary>Gives what was saved last the name that it has earned.</summary>
    /// <returns>That name.</returns>
    internal string End(bool good)
    {
        if (File.Exists(Unfinished))
            File.Move(Unfinished, good ? Place : Failed, overwrite: true);
        if (good)
            File.Delete(Failed);
        return good ? Place : Failed;
    }

    string Named(string how)
    {
        var (stem, ending) = (Path.GetFileNameWithoutExtension(Place), $".{how}{Path.GetExtension(Place)}");
        while (stem.Length > 1 && Encoding.UTF8.GetByteCount(stem + ending) > LongestName)
            stem = stem[..^(char.IsLowSurrogate(stem[^1]) ? 2 : 1)];
        return Path.Combine(Path.GetDirectoryName(Place)!, stem + ending);
    }

    public void Dispose() => _lock.Dispose();
}
