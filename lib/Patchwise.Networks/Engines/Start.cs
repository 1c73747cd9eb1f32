using System.Runtime.CompilerServices;

namespace Patchwise;

static class Start
{
#pragma warning disable CA2255 // until the engines come from packages
    [ModuleInitializer]
    internal static void Init() => NativeLibraries.Serve(typeof(Start).Assembly);
}
