using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Patchwise.Cli;

/// <summary>
/// Figures and the viewer are of Patchwise.Interactive, which lies beside the program and is loaded for them only: it is not among the assemblies that the
/// program lists, as its FSharp.Core must not lie beside the library. Nor is ASP.NET, which would make every command start later: it lies beside .NET.
/// </summary>
static class Interactive
{
    static readonly string[] Folders = [AppContext.BaseDirectory, .. AspNet()];

    /// <param name="what">Cannot be done without, for the message.</param>
    /// <param name="use">A lambda, whose body is compiled when it is called: the assembly is not wanted before.</param>
    internal static void Use(string what, Action use)
    {
        AssemblyLoadContext.Default.Resolving += Beside;
        try
        {
            use();
        }
        catch (FileNotFoundException error) when (error.FileName is { } name && new AssemblyName(name).Name is { } missing
            && (missing == "Patchwise.Interactive" || missing.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)))
        {
            throw new PatchwiseException(missing == "Patchwise.Interactive" ? $"{what}, as Patchwise.Interactive.dll is not beside the program: run lib/setup"
                : $"{what}, as ASP.NET is not beside .NET in {RuntimeEnvironment.GetRuntimeDirectory()}: install the ASP.NET Core runtime "
                + $"{Environment.Version.Major}, which the SDK has", error);
        }
        finally
        {
            AssemblyLoadContext.Default.Resolving -= Beside;
        }
    }

    static Assembly? Beside(AssemblyLoadContext context, AssemblyName name) =>
        Folders.Select(folder => Path.Combine(folder, $"{name.Name}.dll")).FirstOrDefault(File.Exists) is { } file ? context.LoadFromAssemblyPath(file) : null;

    /// <summary>The folder of ASP.NET for this .NET: of its own version, or else the newest of its major version.</summary>
    static IEnumerable<string> AspNet()
    {
        var runtime = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory());
        var all = new DirectoryInfo(Path.Combine(runtime.Parent?.Parent?.FullName ?? "", "Microsoft.AspNetCore.App"));
        return !all.Exists ? [] : all.GetDirectories($"{Environment.Version.Major}.*").OrderByDescending(folder => folder.Name == runtime.Name)
            .ThenByDescending(folder => Version.TryParse(folder.Name, out var version) ? version : new()).Take(1).Select(folder => folder.FullName);
    }
}
