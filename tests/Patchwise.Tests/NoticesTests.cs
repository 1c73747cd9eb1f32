using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Patchwise.Tests;

/// <summary>lib/THIRD-PARTY-NOTICES.txt, which the packages carry, names what the library stands on and every folder of data.</summary>
public class NoticesTests
{
    static readonly string Library = Path.Combine(Repository.Root, "lib");

    static readonly string[] Lines = File.ReadAllLines(Path.Combine(Library, "THIRD-PARTY-NOTICES.txt"));

    /// <summary>The second cell of each row: name | licence | remarks.</summary>
    static readonly Dictionary<string, string> Licences =
        Lines.Select(line => line.Split(" | ")).Where(cells => cells.Length >= 3).ToDictionary(cells => cells[0], cells => cells[1]);

    [Fact]
    public void Every_package_that_a_project_references_is_named_with_its_licence()
    {
        Assert.Contains("Google.Protobuf", Referenced(Library));
        Assert.All(Referenced(Library), name =>
            Assert.True(Licences.ContainsKey(name), $"lib/THIRD-PARTY-NOTICES.txt has no line '{name} | LICENCE | COPYRIGHT'"));
    }

    /// <summary>By the projects in the folders of a folder.</summary>
    static string[] Referenced(string under) =>
        [.. Directory.GetDirectories(under).SelectMany(folder => Directory.GetFiles(folder, "*.csproj"))
            .SelectMany(project => XDocument.Load(project).Descendants("PackageReference").Select(package => (string)package.Attribute("Include")!))
            .Select(name => name == "$(LibTorch)" ? "libtorch-cpu-linux-x64" : name).Distinct()];

    [Fact]
    public void No_line_is_about_what_is_no_longer_used()
    {
        var resolved = Directory.GetDirectories(Library)
            .Select(folder => Path.Combine(Library, "obj", "obj", Path.GetFileName(folder), "project.assets.json")).Where(File.Exists)
            .SelectMany(file => JsonNode.Parse(File.ReadAllText(file))!["libraries"]!.AsObject())
            .Select(one => one.Key.Split('/')[0]);
        var pages = JsonNode.Parse(File.ReadAllText(Path.Combine(Library, "package.json")))!["dependencies"]!.AsObject()
            .Select(one => one.Key.Split('-')[0]);
        var used = resolved.Concat(Referenced(Library)).Concat(Referenced(Path.Combine(Repository.Root, "tests"))).Concat(pages).ToHashSet();
        Assert.Empty(Section(1).Except(used));
        var setup = File.ReadLines(Path.Combine(Library, "setup")).First(line => line.StartsWith("packages=(", StringComparison.Ordinal));
        Assert.All(Section(2), name => Assert.Contains(name.Split(", ")[^1], setup, StringComparison.Ordinal));
        Assert.All(Section(4), name => Assert.True(File.Exists(Path.Combine(Library, name)), name));
    }

    /// <summary>The names in the section of a number.</summary>
    static string[] Section(int number)
    {
        string[] found = [.. Lines.SkipWhile(line => !line.StartsWith($"{number}. ", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith($"{number + 1}. ", StringComparison.Ordinal)).Select(line => line.Split(" | "))
            .Where(cells => cells.Length >= 3).Select(cells => cells[0])];
        Assert.NotEmpty(found);
        return found;
    }

    [Fact]
    public void Every_folder_of_data_is_named_with_its_licence()
    {
        var folders = new[] { "notebooks/data", "tests/data" }
            .SelectMany(parent => Directory.GetDirectories(Path.Combine(Repository.Root, parent)).Select(folder => $"{parent}/{Path.GetFileName(folder)}"));
        Assert.Equal(folders.Order(), Licences.Keys.Where(name => name.Contains("/data/", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void Embedded_data_has_the_licence_that_the_manifest_states() => Assert.All(
        Manifest.Load().Entries.Where(entry => entry.IsEmbedded),
        entry => Assert.Contains(entry.Licence, Licences[entry.Folder!].Split(" and ")));
}
