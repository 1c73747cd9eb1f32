namespace CSharpNotebook.Runner;

/// <summary>
/// Files appear whole or not at all: they are written beside their place under another name, then renamed. What a killed process left there goes with the next
/// one. Who writes holds the <see cref="OutputLock"/>.
/// </summary>
static class WholeFile
{
    /// <exception cref="NotebookException">The place cannot be written; the message names it and the system's reason.</exception>
    internal static void Write(string path, Action<Stream> write)
    {
        var (whole, partial) = (Path.GetFullPath(path), OutputLock.Beside(path, "partial"));
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write))
                write(stream);
            File.Move(partial, whole, overwrite: true);
        }
        // The last is what streams throw at the limit of a file's size.
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" })
        {
            throw new NotebookException($"{path} could not be written: {error.Message}; nothing was changed there", error);
        }
        finally
        {
            if (File.Exists(partial))
                File.Delete(partial);
        }
    }
}
