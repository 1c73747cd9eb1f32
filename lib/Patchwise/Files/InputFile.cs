namespace Patchwise;

/// <summary>Files of the user: what cannot be read is an input at fault, which a message names with the reason.</summary>
public static class InputFile
{
    /// <summary>Of another encoding letters would be lost, and names that differ in them would become one: it is refused.</summary>
    internal static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The whole text of a file in UTF-8, or in UTF-16 or UTF-32 where its first bytes say so.</summary>
    /// <param name="fault">What to say of the path where it cannot be read, before the system's reason.</param>
    /// <exception cref="BadInputException">It cannot be read, or is in another encoding.</exception>
    public static string ReadText(string path, string fault = "cannot be read") => Directory.Exists(path)
        ? throw new BadInputException($"{path} {fault}: it is a folder, where a file is expected") : Read(path, () => File.ReadAllText(path, Utf8), fault);

    /// <param name="read">Text is to be read as <see cref="Utf8"/>.</param>
    /// <param name="fault">What to say of the path, before the system's reason.</param>
    internal static T Read<T>(string path, Func<T> read, string fault = "could not be read")
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException error)
        {
            throw new BadInputException(
                $"{path} is no text in UTF-8, so that its names cannot be read: save it as UTF-8; in a spreadsheet, save it as CSV UTF-8", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BadInputException($"{path} {fault}: {error.Message}", error);
        }
    }
}
