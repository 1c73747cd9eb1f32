using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CSharpNotebook.Kernel;

/// <summary>The folder by which Jupyter knows a kernel: how it is started, and its logos.</summary>
static partial class KernelSpec
{
    internal const string DefaultName = "csharp-notebook", DisplayName = "C# (csnb)", Program = "csnb";

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    static readonly string[] Logos = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];

    /// <summary>The folder of the user's own kernels, in which each Jupyter of the user looks.</summary>
    internal static string UserData => Given("JUPYTER_DATA_DIR")
        ?? (OperatingSystem.IsWindows() ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "jupyter")
        : OperatingSystem.IsMacOS() ? Path.Combine(Home, "Library", "Jupyter")
        : Path.Combine(Given("XDG_DATA_HOME") ?? Path.Combine(Home, ".local", "share"), "jupyter"));

    static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    static string? Given(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>The published program starts itself where the .NET runtime is found as it is now, whatever the environment of Jupyter.</summary>
    internal static IReadOnlyList<string> Command => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == Program
        ? [Environment.ProcessPath!] : [Environment.ProcessPath!, typeof(KernelSpec).Assembly.Location];

    /// <returns>The folder that was written.</returns>
    /// <param name="data">Jupyter's data folder: it holds the folder kernels.</param>
    /// <param name="command">How the kernel is started, without the connection file.</param>
    /// <exception cref="BadInputException">The name is none, or belongs to another kernel and <paramref name="force"/> is not given.</exception>
    internal static string Install(string data, string name, IReadOnlyList<string> command, bool force)
    {
        if (!Name().IsMatch(name))
            throw new BadInputException($"--as {name}: a kernel's name has only letters, digits, '.', '_' and '-'");
        var folder = Path.Combine(Path.GetFullPath(data), "kernels", name);
        var file = Path.Combine(folder, "kernel.json");
        if (!force && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !IsOwn(file))
            throw new BadInputException($"{folder} belongs to another kernel; --force replaces it, --as NAME takes another name");
        var dotnet = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        using var only = new OutputFile(file);
        foreach (var logo in Logos)
            OutputFile.Write(Path.Combine(folder, logo), stream => typeof(KernelSpec).Assembly.GetManifestResourceStream(logo)!.CopyTo(stream));
        OutputFile.Write(file, stream => JsonSerializer.Serialize(stream, new JsonObject
        {
            ["argv"] = new JsonArray([.. command.Select(part => (JsonNode)part), "kernel", "{connection_file}"]),
            ["display_name"] = DisplayName,
            ["language"] = "C#",
            ["interrupt_mode"] = "message",
            ["env"] = new JsonObject { ["DOTNET_ROOT"] = dotnet },
            ["metadata"] = new JsonObject { ["debugger"] = false },
        }, Indented));
        return folder;
    }

    static bool IsOwn(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file))?["argv"] is JsonArray argv
                && argv.Take(2).Any(part => Path.GetFileNameWithoutExtension(NotebookFile.Text(part)) == Program);
        }
        catch (Exception error) when (error is JsonException or IOException or InvalidOperationException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^\.?[A-Za-z0-9][A-Za-z0-9._-]*\z")]
    private static partial Regex Name();
}
