using Xunit.Abstractions;

namespace Patchwise.Tests;

/// <summary>Begins what takes longest first, so that at the end of a suite nobody waits for one that has just begun; the others follow by name.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    /// <summary>Collections, and classes that are one of their own, as their names end.</summary>
    static readonly string[] Long =
    [
        "networks", "default run", "networks that learn", ".CohortCommandTests", ".AttackTests", ".SlideViewerPageTests", ".PackageTests", ".ParameterTests",
        ".RunCommandTests",
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) => testCollections
        .OrderBy(one => Array.FindIndex(Long, name => one.DisplayName.EndsWith(name, StringComparison.Ordinal)) is var at and >= 0 ? at : Long.Length)
        .ThenBy(one => one.DisplayName, StringComparer.Ordinal);
}
