using System.Text.RegularExpressions;

namespace Patchwise.Tests;

/// <summary>What a reader meets first: README and the guides beside it.</summary>
public partial class DocumentsTests
{
    static readonly string[] Documents =
    [
        "README.md", ".github/CONTRIBUTING.md", ".github/CHANGELOG.md", ".github/PULL_REQUEST_TEMPLATE.md", ".github/SECURITY.md", ".github/SUPPORT.md",
        "tests/Benchmarks/RESULTS.md", "tests/Attack/RESULTS.md",
    ];

    [GeneratedRegex("""(?:\]\(|src=")([^)"]+)[)"]""")]
    static partial Regex Link { get; }

    [GeneratedRegex("""(?<![\w./-])(?:lib|tests|notebooks|\.ci|\.github)/[\w./-]*\w""")]
    static partial Regex PathOfOurs { get; }

    [Fact]
    public void Readme_is_read_in_a_quarter_of_an_hour() =>
        Assert.InRange(Text("README.md").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length, 500, 1499);

    [Fact]
    public void Links_lead_to_files_that_are_there() => Assert.All(Documents, document =>
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        var links = Link.Matches(Text(document)).Select(match => match.Groups[1].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal) && link[0] != '#');
        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(folder, link.Split('#')[0])), $"{document} links to {link}"));
    });

    [Fact]
    public void Paths_in_the_text_are_there_or_are_built() =>
        Assert.All(Documents.Where(document => !document.EndsWith("CHANGELOG.md", StringComparison.Ordinal)), document =>
        Assert.All(PathOfOurs.Matches(Text(document)).Select(match => match.Value), path => Assert.True(
            path.StartsWith("lib/bin/", StringComparison.Ordinal) || path is "lib/bin" || path.StartsWith("lib/obj/", StringComparison.Ordinal)
            || path.StartsWith("notebooks/out", StringComparison.Ordinal) || Path.Exists(Path.Combine(Repository.Root, path)), $"{document} names {path}")));

    [Fact]
    public void A_clone_holds_at_its_top_what_the_guide_says() => Assert.Equal(
        ["README.md", "data-manifest.json", "global.json", "lib", "notebooks", "tests"],
        Directory.GetFileSystemEntries(Repository.Root).Select(entry => Path.GetFileName(entry)).Where(name => name[0] != '.').Order(StringComparer.Ordinal));

    static string Text(string document) => File.ReadAllText(Path.Combine(Repository.Root, document));
}
