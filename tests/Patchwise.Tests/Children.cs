using System.Globalization;

namespace Patchwise.Tests;

/// <summary>The processes that this one has started itself and that run, each by its number.</summary>
static class Children
{
    /// <param name="part">What their command line holds.</param>
    internal static int[] With(string part) => [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
        .Where(name => name!.All(char.IsAsciiDigit) && IsMine(name!) && Text(name!, "cmdline").Contains(part, StringComparison.Ordinal))
        .Select(name => int.Parse(name!, CultureInfo.InvariantCulture))];

    // "number (name) state parent ...", where the name may hold anything.
    static bool IsMine(string process) => Text(process, "stat") is { Length: > 0 } line && line[(line.LastIndexOf(')') + 2)..].Split(' ') is var rest
        && rest[0] != "Z" && rest[1] == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <summary>Empty where it has ended by now.</summary>
    static string Text(string process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
