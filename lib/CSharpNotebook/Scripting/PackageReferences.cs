using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace CSharpNotebook.Scripting;

/// <summary>
/// <c>#r "nuget: Name, 1.2.3"</c>. A project with all packages asked for so far is restored into a folder of the user's cache, named by its
/// content, so that the next run finds it there at once.
/// </summary>
sealed partial class PackageReferences
{
    SortedDictionary<string, string> _asked = new(StringComparer.OrdinalIgnoreCase);
    readonly HashSet<string> _given = [];
    readonly List<string> _new = [];
    readonly List<string> _native = [];

    /// <summary>The text with these lines blanked, after their packages were restored.</summary>
    /// <exception cref="NotebookException">A package cannot be had; the message holds NuGet's reason.</exception>
    internal async Task<string> TakeFromAsync(string code, CancellationToken stop)
    {
        if (PackageSource().Match(code) is { Success: true } source)
            throw new NotebookException($"{source.Value.Trim()}: package sources come from NuGet.config, not from a cell; add it with 'dotnet nuget add source URL'");
        var found = Directive().Matches(code);
        if (found.Count == 0)
            return code;
        // Packages that cannot be had are not asked for again by later cells.
        var asked = new SortedDictionary<string, string>(_asked, StringComparer.OrdinalIgnoreCase);
        foreach (Match directive in found)
        {
            var (name, version) = (directive.Groups[1].Value.Trim(), directive.Groups[2].Value.Trim());
            if (!Version().IsMatch(version))
                throw new NotebookException($"{directive.Value.Trim()}: the exact version is needed, so that the notebook gives the same result next year: #r \"nuget: {name}, 1.2.3\"");
            asked[name] = version;
        }
        await RestoreAsync(asked, stop).ConfigureAwait(false);
        _asked = asked;
        return Directive().Replace(code, "");
    }

    /// <summary>The code with these lines blank, for those who only read it.</summary>
    internal static string Without(string code) => Directive().Replace(code, directive => new string(' ', directive.Length));

    internal IReadOnlyList<MetadataReference> TakeNew()
    {
        var references = _new.Select(path => MetadataReference.CreateFromFile(path)).ToArray();
        _new.Clear();
        return references;
    }

    async Task RestoreAsync(SortedDictionary<string, string> packages, CancellationToken stop)
    {
        var project = new XElement("Project", new XAttribute("Sdk", "Microsoft.NET.Sdk"),
            new XElement("PropertyGroup", new XElement("TargetFramework", "net10.0"), new XElement("RuntimeIdentifier", Rid), new XElement("UseAppHost", "false"), new XElement("SelfContained", "false"),
                new XElement("ManagePackageVersionsCentrally", "false"), new XElement("NuGetAudit", "false")),
            new XElement("ItemGroup", packages.Select(asked => new XElement("PackageReference", new XAttribute("Include", asked.Key), new XAttribute("Version", $"[{asked.Value}]"))))).ToString();
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(project)))[..16];
        var folder = Path.Combine(Cache, key);
        var assets = Path.Combine(folder, "obj", "project.assets.json");
        if (!File.Exists(assets))
        {
            Directory.CreateDirectory(folder);
            // Nothing of a project that the cache folder happens to stand in may get in.
            await File.WriteAllTextAsync(Path.Combine(folder, "Directory.Build.props"), "<Project />", stop).ConfigureAwait(false);
            await File.WriteAllTextAsync(Path.Combine(folder, "Directory.Build.targets"), "<Project />", stop).ConfigureAwait(false);
            await File.WriteAllTextAsync(Path.Combine(folder, "packages.csproj"), project, stop).ConfigureAwait(false);
            var (code, output) = await DotnetAsync(folder, stop).ConfigureAwait(false);
            if (code != 0 || !File.Exists(assets))
            {
                File.Delete(assets);
                throw new NotebookException($"The packages {string.Join(", ", packages.Select(asked => $"{asked.Key} {asked.Value}"))} could not be restored: {Reason(output)}");
            }
        }
        Take(JsonNode.Parse(await File.ReadAllTextAsync(assets, stop).ConfigureAwait(false))!);
    }

    static string Rid => $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    static string Cache => Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "csnb", "nuget");

    static async Task<(int Code, string Output)> DotnetAsync(string folder, CancellationToken stop)
    {
        var start = new ProcessStartInfo("dotnet", ["restore", "packages.csproj", "--nologo", "-v", "quiet"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var dotnet = Process.Start(start)!;
            try
            {
                var (output, error) = (dotnet.StandardOutput.ReadToEndAsync(stop), dotnet.StandardError.ReadToEndAsync(stop));
                await dotnet.WaitForExitAsync(stop).ConfigureAwait(false);
                return (dotnet.ExitCode, await output.ConfigureAwait(false) + await error.ConfigureAwait(false));
            }
            catch (OperationCanceledException)
            {
                dotnet.Kill(entireProcessTree: true);
                throw;
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new NotebookException("#r \"nuget: ...\" needs the .NET SDK: the command 'dotnet' was not found on PATH");
        }
    }

    static string Reason(string output)
    {
        var reasons = output.Split('\n').Select(line => NuGetError().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value.Trim()).Distinct().ToArray();
        return reasons.Length > 0 ? string.Join("; ", reasons) : output.Trim();
    }

    void Take(JsonNode assets)
    {
        var folders = assets["packageFolders"]!.AsObject().Select(entry => entry.Key).ToArray();
        foreach (var (id, library) in assets["targets"]![$"net10.0/{Rid}"]!.AsObject())
        {
            if (assets["libraries"]![id]?["path"]?.GetValue<string>() is not { } path)
                continue;
            foreach (var (kind, list) in new[] { ("runtime", _new), ("native", _native) })
                foreach (var (file, _) in library![kind] as JsonObject ?? [])
                    if (!file.EndsWith("_._", StringComparison.Ordinal) && folders.Select(root => Path.Combine(root, path, file)).FirstOrDefault(File.Exists) is { } whole && _given.Add(whole))
                        list.Add(whole);
        }
        if (_native.Count > 0)
            AssemblyLoadContext.Default.ResolvingUnmanagedDll -= Probe;
        AppDomain.CurrentDomain.AssemblyLoad -= Watch;
        AppDomain.CurrentDomain.AssemblyLoad += Watch;
    }

    /// <summary>Each referenced assembly gets a load context of its own from the script loader; native libraries of packages lie elsewhere.</summary>
    void Watch(object? sender, AssemblyLoadEventArgs loaded)
    {
        if (_native.Count > 0 && !loaded.LoadedAssembly.IsDynamic && _given.Contains(loaded.LoadedAssembly.Location) && AssemblyLoadContext.GetLoadContext(loaded.LoadedAssembly) is { } context)
            context.ResolvingUnmanagedDll += Probe;
    }

    nint Probe(System.Reflection.Assembly asking, string name) => _native.FirstOrDefault(path => Path.GetFileNameWithoutExtension(path) is var file
            && (file == name || file == "lib" + name || Path.GetFileName(path) == name)) is { } found
        ? NativeLibrary.Load(found) : 0;

    [GeneratedRegex("""^[ \t]*#r[ \t]+"nuget:([^",\r\n]+)(?:,([^"\r\n]*))?"[ \t]*\r?$""", RegexOptions.Multiline)]
    private static partial Regex Directive();

    [GeneratedRegex("""^[ \t]*#i[ \t]+".*$""", RegexOptions.Multiline)]
    private static partial Regex PackageSource();

    [GeneratedRegex(@"^\d[\w.+-]*$")]
    private static partial Regex Version();

    [GeneratedRegex(@"error (NU\d+: .*?)(?: \[/.*\])?$")]
    private static partial Regex NuGetError();
}
