namespace Patchwise;

/// <summary>
/// Output files appear whole or not at all: they are written beside their place under another name, then renamed. What a killed process left there goes with
/// the next one.
/// </summary>
public static class WholeFile
{
    /// <summary>
    /// Calls <paramref name="write"/> with a new stream; when it returns, <paramref name="path"/> is replaced in one step. Missing folders are made.
    /// </summary>
    /// <exception cref="BadInputException">Another process or thread writes it now; it is a device or a folder, or below a file.</exception>
    /// <exception cref="PatchwiseException">The place cannot be written; the message names it and the system's reason.</exception>
    public static void Write(string path, Action<Stream> write) => WriteBeside(path, partial =>
    {
        using var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write);
        write(stream);
        stream.Flush(flushToDisk: true);
    });

    /// <summary>As <see cref="Write"/>, for what makes a file by its name: <paramref name="write"/> gets one that does not exist yet.</summary>
    public static void WriteBeside(string path, Action<string> write)
    {
        var (whole, partial) = (Path.GetFullPath(path), OutputLock.Beside(path, "partial"));
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
            using var only = new OutputLock(path);
            File.Delete(partial);
            try
            {
                write(partial);
                File.Move(partial, whole, overwrite: true);
            }
            finally
            {
                File.Delete(partial);
            }
        }
        // The last is what streams throw at the limit of a file's size.
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" })
        {
            throw Fault(path, error);
        }
    }

    /// <summary>Makes a folder that outputs go to, and those above it.</summary>
    /// <exception cref="BadInputException">It cannot be made; the message names what is in the way, or the system's reason.</exception>
    public static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var why = InTheWay(folder) is { } file ? $"{file} is a file, where a folder is needed" : error.Message;
            throw new BadInputException($"{folder} cannot be made: {why}; name another folder", error);
        }
    }

    /// <summary>That a place cannot be written, with what is in the way, or else the system's reason.</summary>
    public static PatchwiseException Fault(string path, Exception error) =>
        Directory.Exists(path) ? new BadInputException($"{path} could not be written: it is a folder, where a file is to be; name another place", error)
        : InTheWay(Path.GetDirectoryName(Path.GetFullPath(path))) is { } file
            ? new BadInputException($"{path} could not be written: {file} is a file, where a folder is needed; name another place", error)
        : new PatchwiseException($"{path} could not be written: "
            + $"{(error is FileNotFoundException ? "the system lets no file be made in this folder" : error.Message)}; nothing was changed there", error);

    /// <summary>Of a folder and those above it what is a file; null: none is.</summary>
    static string? InTheWay(string? folder) =>
        folder is null || File.Exists(folder) ? folder : InTheWay(Path.GetDirectoryName(Path.GetFullPath(folder)));

    public static void WriteText(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    });
}
