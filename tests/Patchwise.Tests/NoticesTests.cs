using System.Xml.Linq;

namespace Patchwise.Tests;

/// <summary>lib/THIRD-PARTY-NOTICES.txt, which the packages carry, names what the library stands on and every folder of data.</summary>
public class NoticesTests
{
    static readonly string[] Lines = File.ReadAllLines(Path.Combine(Repository.Root, "lib", "THIRD-PARTY-NOTICES.txt"));

    /// <summary>The second cell of each row: name | licence | remarks.</summary>
    static readonly Dictionary<string, string> Licences =
        Lines.Select(line => line.Split(" | ")).Where(cells => cells.Length >= 3).ToDictionary(cells => cells[0], cells => cells[1]);

    [Fact]
    public void Every_package_that_a_project_references_is_named_with_its_licence()
    {
        var referenced = Directory.GetDirectories(Path.Combine(Repository.Root, "lib"))
            .SelectMany(folder => Directory.GetFiles(folder, "*.csproj"))
            .SelectMany(project => XDocument.Load(project).Descendants("PackageReference").Select(package => (string)package.Attribute("Include")!))
            .Select(name => name == "$(LibTorch)" ? "libtorch-cpu-linux-x64" : name).Distinct().ToList();
        Assert.Contains("Google.Protobuf", referenced);
        Assert.All(referenced, name => Assert.True(Licences.ContainsKey(name), $"lib/THIRD-PARTY-NOTICES.txt has no line '{name} | LICENCE | COPYRIGHT'"));
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
