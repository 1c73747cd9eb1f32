using System.Text.RegularExpressions;

namespace Patchwise.Tests;

/// <summary>Rules of the house that only the sources show.</summary>
public class SourceTests
{
    const int LongestLine = 160;

    /// <summary>What test files are about that is no type of ours.</summary>
    static readonly string[] Topics =
    [
        "Architecture", "Attack", "Culture", "Documents", "Geometry", "HostileText", "Limits", "NarrowVector", "Notices", "Numbers", "PublicApi", "Setup",
            "Source", "Zoo",
    ];

    /// <summary>What may follow a type's name where one file of tests is not enough.</summary>
    static readonly string[] Aspects = ["Chart", "Contract", "Crop", "Damage", "Decode", "Encode", "Field", "File", "Files", "Gallery", "Golden", "Memory",
        "Missing", "Page", "Resize", "Resume", "Sklearn", "Zoo"];

    static readonly string[] Roots = ["lib", "tests", "notebooks"];

    /// <summary>The files that git would take, by name relative to the repository.</summary>
    static IEnumerable<string> Files(params string[] endings) =>
        Roots.SelectMany(root => Directory.EnumerateFiles(Path.Combine(Repository.Root, root), "*", SearchOption.AllDirectories))
        .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
        .Where(path => endings.Contains(Path.GetExtension(path)) && !Regex.IsMatch(path, "(^|/)(obj|bin|node_modules|out|packages)/"));

    static void Empty(string rule, IEnumerable<string> violations)
    {
        var found = violations.ToList();
        Assert.True(found.Count == 0, $"{rule}; {found.Count} found:\n{string.Join('\n', found)}");
    }

    static IEnumerable<(string Place, string Text)> Lines(string file) =>
        File.ReadLines(Path.Combine(Repository.Root, file)).Select((text, i) => ($"{file}:{i + 1}", text));

    [Fact]
    public void A_line_has_at_most_160_characters() => Empty($"a line of C# has at most {LongestLine} characters",
        Files(".cs").SelectMany(Lines).Where(line => line.Text.Length > LongestLine).Select(line => $"{line.Place}: {line.Text.Length}"));

    [Fact]
    public void Color_has_one_spelling() => Empty("colors are spelled as .NET spells them, without a u",
        Files(".cs", ".ipynb", ".md", ".json", ".csproj").Append("README.md").SelectMany(Lines).Where(line => Regex.IsMatch(line.Text, "[Cc]olo" + "ur"))
            .Select(line => line.Place));

    [Fact]
    public void Nothing_hangs_on_a_thread_or_on_words_of_the_host() =>
        Empty("no [ThreadStatic] and no AppContext data in a library: what work needs comes as an argument",
        Files(".cs").Where(file => file.StartsWith("lib/Patchwise", StringComparison.Ordinal)).SelectMany(Lines)
            .Where(line => Regex.IsMatch(line.Text, @"\[ThreadStatic\]|AppContext\.(Get|Set|Try)")).Select(line => line.Place));

    [Fact]
    public void A_test_file_has_the_name_of_what_it_tests()
    {
        var types = Files(".cs").Where(file => file.StartsWith("lib/", StringComparison.Ordinal))
            .Select(file => File.ReadAllText(Path.Combine(Repository.Root, file)))
            .SelectMany(text => Regex.Matches(text, @"\b(?:class|struct|record(?: struct)?|interface|enum) (\w+)").Select(match => match.Groups[1].Value))
            .ToHashSet();
        var names = Aspects.Prepend("").SelectMany(aspect => types.Select(type => type + aspect)).Concat(Topics).ToHashSet();
        Empty("a file of tests is named after a type of ours, XTests.cs, or after it and an aspect, or one of the topics in SourceTests",
            Files(".cs").Where(file => file.StartsWith("tests/Patchwise.Tests/", StringComparison.Ordinal)
                && file.EndsWith("Tests.cs", StringComparison.Ordinal)
                && !names.Contains(Path.GetFileName(file)[..^"Tests.cs".Length])));
    }
}
