namespace Patchwise;

/// <summary>What the system says of a file that cannot be read, as the user's input at fault.</summary>
static class InputFile
{
    /// <param name="fault">What to say of the path, before the system's reason.</param>
    internal static T Read<T>(string path, Func<T> read, string fault = "could not be read")
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BadInputException($"{path} {fault}: {error.Message}", error);
        }
    }
}
