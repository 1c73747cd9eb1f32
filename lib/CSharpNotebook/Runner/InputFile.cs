using System.Text;
using System.Text.Json;

namespace CSharpNotebook.Runner;

/// <summary>Text files from outside. Also pipes and devices, whose length nobody knows, are read up to a limit and no further.</summary>
static class InputFile
{
    /// <summary>A key twice in one object would mean one thing here and another elsewhere.</summary>
    internal static readonly JsonDocumentOptions Json = new() { AllowDuplicateProperties = false, MaxDepth = 128 };

    /// <param name="most">In bytes.</param>
    /// <param name="cure">What to do with a larger one.</param>
    /// <exception cref="BadInputException">It is larger.</exception>
    internal static string Read(string path, int most, string cure)
    {
        BadInputException TooLarge() => new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{path} has more than {most:N0} bytes: {cure}"));
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.CanSeek && file.Length > most)
            throw TooLarge();
        using var reader = new StreamReader(file, Encoding.UTF8);
        var text = new StringBuilder();
        var part = new char[1 << 16];
        for (int read; (read = reader.Read(part, 0, part.Length)) > 0;)
            if (text.Append(part, 0, read).Length > most)
                throw TooLarge();
        return text.ToString();
    }
}
