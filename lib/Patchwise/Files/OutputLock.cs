using System.Security.Cryptography;

namespace Patchwise;

/// <summary>One writes an output at a time: two would replace each other's. The system lets go of the lock however the process ends.</summary>
public sealed class OutputLock : IDisposable
{
    readonly FileStream _file;

    /// <param name="output">Its folder exists.</param>
    /// <exception cref="BadInputException">Another process, or another thread, writes it now; or it is a device.</exception>
    public OutputLock(string output)
    {
        var path = Beside(output, "lock");
        // The rename to its name would replace the device.
        if (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal))
            throw new BadInputException($"{output} is a device: expected the name of a file");
        try
        {
            // A file that its last holder has removed meanwhile is not locked but made anew.
            _file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (IsHeld(error))
        {
            throw new BadInputException($"{output} is being written by another process: wait until it has ended, or give another output", error);
        }
    }

    /// <summary>
    /// A hidden file in the folder of an output that belongs to it; its name is short where that of the output takes all that the file system has room for.
    /// </summary>
    internal static string Beside(string output, string ending) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(output))!,
        $".patchwise-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(output))))[..16]}.{ending}");

    /// <summary>Whether another holds a file that was to be opened for one alone: EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION.</summary>
    internal static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);

    public void Dispose() => _file.Dispose();
}
