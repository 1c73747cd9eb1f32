using System.Runtime.CompilerServices;

namespace Patchwise.Tests;

/// <summary>libtorch lies once for all programs, where lib/setup --tests put it; those that the tests start find it there, too.</summary>
static class Libtorch
{
    const string Variable = "PATCHWISE_LIBTORCH";

    [ModuleInitializer]
    internal static void Name() => Environment.SetEnvironmentVariable(Variable,
    Environment.GetEnvironmentVariable(Variable) ?? Path.Combine(Repository.Root, "lib", "bin", "torch"));
}
