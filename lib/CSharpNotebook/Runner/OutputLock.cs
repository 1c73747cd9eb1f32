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
        var (folder, name) = (Path.GetDirectoryName(output)!, Path.GetFileName(output));
        // Short, where the name of the output takes all that the file system has room for.
        var path = Path.Combine(folder, $".csnb-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16]}.lock");
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"{output} cannot be written: {error.Message}", error);
        }
        try
        {
            _file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new NotebookException($"{output} is being written by another run: wait for its end, or give this one another place with -o", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"{output} cannot be written: {error.Message}", error);
        }
    }

    public void Dispose() => _file.Dispose();
}
