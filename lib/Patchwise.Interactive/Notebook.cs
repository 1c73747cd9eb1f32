using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Patchwise;

/// <summary>The library in a notebook.</summary>
public static class Notebook
{
    const string Formatting = "Microsoft.DotNet.Interactive.Formatting";
    static readonly Lock Once = new();
    static bool _started;

    /// <summary>Makes the notebook show the library's values: tables, charts, images. The first cell calls it.</summary>
    public static void Start()
    {
        lock (Once)
        {
            if (_started || Loaded(Formatting) is null)
                return;
            _started = true;
            Formatters.Register();
        }
    }

    /// <summary>
    /// Runs before anything else here. Plotly.NET wants a newer FSharp.Core than some hosts bring: ours lies in a folder of its own, where it is in nobody's
    /// way, and is used where none or an older one would be found.
    /// </summary>
#pragma warning disable CA2255 // a notebook has no other place for it
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Initialize()
    {
        AssemblyLoadContext.Default.Resolving += (context, name) => name.Name is not "FSharp.Core" ? null
            : Loaded("FSharp.Core") ?? (Path.Combine(Path.GetDirectoryName(typeof(Notebook).Assembly.Location) ?? "", "fsharp", "FSharp.Core.dll") is var path
            && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null);
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) =>
        {
            if (loaded.LoadedAssembly.GetName().Name == Formatting)
                Start();
        };
        Start();
    }

    internal static Assembly? Loaded(string name) => AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(assembly => assembly.GetName().Name == name);
}
