using System.Security.Cryptography;
using System.Text;

namespace CSharpNotebook.Runner;

/// <summary>One run at a time writes an output: two would replace each other's. The system lets go of the lock however the process ends.</summary>
sealed class OutputLock : IDisposable
{
    readonly FileStream _file;

    /// <exception cref="NotebookException">Another run has it, or the folder cannot be written.</exception>
    internal OutputLock(string output)
    {
        var path = Beside(output, "lock");
        // The rename to its name would replace the device.
        if (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal))
            throw new BadInputException($"{output} is a device: expected the name of a file");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"{output} cannot be written: {error.Message}", error);
        }
        try
        {
            // A file that its last holder has removed meanwhile is not locked but made anew.
            _file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        // EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION.
        catch (IOException error) when (error.HResult is 11 or 35 or unchecked((int)0x80070020))
        {
            throw new NotebookException($"{output} is being written by another run: wait for its end, or give this one another place with -o", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"{output} cannot be written: {error.Message}", error);
        }
    }

    /// <summary>
    /// A hidden file in the folder of an output that belongs to it; its name is short where that of the output takes all that the file system has room for.
    /// </summary>
    internal static string Beside(string output, string ending) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(output))!,
        $".csnb-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(output))))[..16]}.{ending}");

    public void Dispose() => _file.Dispose();
}
