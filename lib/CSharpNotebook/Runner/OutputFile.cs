using System.Security.Cryptography;
using System.Text;

namespace CSharpNotebook.Runner;

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
            throw new NotebookException($"{path} cannot be written: {error.Message}", error);
        }
    }

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
