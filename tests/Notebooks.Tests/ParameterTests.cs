using Patchwise;

namespace Notebooks.Tests;

/// <summary>
/// The notebooks run again with other parameters, on other folders, and on folders where something is wrong. What is refused before anything runs is in the
/// tests of csnb: ProjectNotebooksTests.
/// </summary>
public sealed class ParameterTests : IDisposable
{
    readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    ExecutedNotebook Run(string number, params string[] options)
    {
        var output = _folder[$"{number}.ipynb"];
        var ended = Repository.RunNotebook(number, output, [.. options, "-p", $"output={_folder.Path}"]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return new(output);
    }

    (int ExitCode, ExecutedNotebook? Notebook) Fails(string number, params string[] options)
    {
        var output = _folder[$"{number}.ipynb"];
        var ended = Repository.RunNotebook(number, output, [.. options, "-p", $"output={_folder.Path}"]);
        Assert.NotEqual(0, ended.ExitCode);
        Assert.False(File.Exists(output));
        var failed = _folder[$"{number}.failed.ipynb"];
        return (ended.ExitCode, File.Exists(failed) ? new(failed) : null);
    }

    static string Message(ExecutedNotebook? notebook) => (string)Assert.Single(notebook!.Errors)["evalue"]!;

    /// <summary>Some of the embedded pairs under the names that a folder of one's own has, beside each other.</summary>
    string OwnFolder(int pairs)
    {
        var folder = Directory.CreateDirectory(_folder["my images"]).FullName;
        foreach (var (name, image, mask, _) in Truth.Index.Take(pairs))
        {
            File.Copy(image, Path.Combine(folder, $"{name}.png"));
            File.Copy(mask, Path.Combine(folder, $"{name}_mask.png"));
        }
        return folder;
    }

    [Fact]
    public void The_size_test_at_another_magnification_counts_what_fits_there()
    {
        var notebook = Run("03", "-p", "chosen=10", "-p", "sizes=24,12", "-p", "step=4", "-p", "target=0.9", "-p", "edge=0", "-p", "mask=false", "-p",
            "figures=png");
        Assert.Equal(
            [(12, Truth.Objects.Count(o => o.Needs / 4.0 <= 12), Truth.Objects.Count),
            (24, Truth.Objects.Count(o => o.Needs / 4.0 <= 24), Truth.Objects.Count)],
            notebook.Fit("fit"));
        var size = Enumerable.Range(1, 100).Select(i => 4 * i).First(size => Truth.Objects.Count(o => o.Needs / 4.0 <= size) >= 0.9 * Truth.Objects.Count);
        Assert.Contains($"{size} px", notebook["suggestion"], StringComparison.Ordinal);
        Pictures.Shown(_folder["03-histograms.png"], _folder["03-coverage.png"], _folder["03-cut-off.png"]);
    }

    [Fact]
    public void The_clarity_test_shows_the_trials_that_are_asked_for()
    {
        var notebook = Run("02", "-p", "trials=[20, 8]", "-p", "method=Nearest", "-p", "mask=true", "-p", "padding=4", "-p", "sample=30", "-p",
            "threshold=0.05", "-p", "figures=png");
        Assert.Contains("columns: Original | 40x | 20x | 8x", notebook["gallery"], StringComparison.Ordinal);
        Assert.StartsWith("8x", notebook["suggestion"], StringComparison.Ordinal);
        Pictures.Shown(_folder["02-gallery.png"], _folder["02-curve.png"]);
    }

    [Fact]
    public void A_folder_of_ones_own_is_measured_at_the_magnification_given()
    {
        var folder = OwnFolder(3);
        var expected = Truth.Objects.Where(o => Truth.Index.Take(3).Any(entry => entry.Name == o.Image)).ToArray();
        Assert.Contains($"{expected.Length} objects in 3 images, px at 20x", Run("01", "-p", $"images={folder}", "-p", "magnification=20").Texts("measure"),
            StringComparison.Ordinal);
        var fit = Run("03", "-p", $"images={folder}", "-p", "magnification=20", "-p", "chosen=10", "-p", "edge=0").Fit("fit");
        Assert.Contains((16, expected.Count(o => o.Needs / 2.0 <= 16), expected.Length), fit);
    }

    [Fact]
    public void Without_a_magnification_the_error_says_how_to_give_it()
    {
        var (exitCode, notebook) = Fails("03", "-p", $"images={OwnFolder(1)}");
        Assert.Equal(1, exitCode);
        Assert.Contains("-p magnification=40", Message(notebook), StringComparison.Ordinal);
        Assert.DoesNotContain("magnification: 40", Message(notebook), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unreadable_image_and_a_mask_of_another_size_are_left_out_and_named()
    {
        var folder = OwnFolder(3);
        var names = Truth.Index.Take(3).Select(entry => entry.Name).ToArray();
        File.WriteAllText(Path.Combine(folder, $"{names[0]}.png"), "no image at all");
        Raster.FromSamples(5, 4, 1, new byte[20]).Save(Path.Combine(folder, $"{names[1]}_mask.png"));
        var notebook = Run("01", "-p", $"images={folder}", "-p", "magnification=40");
        Assert.Contains($"{Truth.Objects.Count(o => o.Image == names[2])} objects in 1 image", notebook.Texts("measure"), StringComparison.Ordinal);
        Assert.Contains($"{names[0]}.png", notebook["set"], StringComparison.Ordinal);
        Assert.Contains($"{names[1]}_mask.png", notebook["set"], StringComparison.Ordinal);
        Assert.Contains("5 x 4 px", notebook["set"], StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_folder_is_refused_by_name()
    {
        var folder = Directory.CreateDirectory(_folder["nothing here"]).FullName;
        Assert.Contains(folder, Message(Fails("01", "-p", $"images={folder}").Notebook), StringComparison.Ordinal);
    }

    [Fact]
    public void Masks_without_objects_are_no_failure_until_something_is_asked_of_them()
    {
        var folder = Directory.CreateDirectory(_folder["empty masks"]).FullName;
        Raster.FromSamples(64, 64, 1, new byte[64 * 64]).Save(Path.Combine(folder, "a_mask.png"));
        Raster.FromSamples(64, 64, 3, new byte[64 * 64 * 3]).Save(Path.Combine(folder, "a.png"));
        var (_, notebook) = Fails("01", "-p", $"images={folder}", "-p", "magnification=40");
        Assert.Contains("0 objects in 1 image", notebook!.Texts("measure"), StringComparison.Ordinal);
        Assert.Contains("none of the masks holds an object", Message(notebook), StringComparison.Ordinal);
    }

    [Fact]
    public void Notebooks_are_stored_in_the_common_dialect()
    {
        foreach (var file in Directory.GetFiles(Repository.Path("notebooks"), "*.ipynb"))
        {
            var notebook = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(file))!;
            Assert.Equal("csharp", (string?)notebook["metadata"]!["polyglot_notebook"]!["defaultKernelName"]);
            var cells = notebook["cells"]!.AsArray();
            var code = cells.Where(cell => (string)cell!["cell_type"]! == "code")
                .Select(cell => (Cell: cell!, Text: string.Concat(cell!["source"]!.AsArray().Select(line => (string)line!)))).ToArray();
            Assert.StartsWith("#r \"../lib/bin/Patchwise.Interactive.dll\"\nusing Patchwise;\nNotebook.Start();", code[0].Text, StringComparison.Ordinal);
            Assert.Contains(code, c => c.Cell["metadata"]!["tags"] is { } tags && (string)tags[0]! == "parameters");
            foreach (var (cell, text) in code)
            {
                Assert.Equal("csharp", (string?)cell["metadata"]!["polyglot_notebook"]!["kernelName"]);
                Assert.DoesNotMatch(@"^#!|Kernel\.|namespace |using var|\bfor\b|http|nuget|Console\.Read",
                    System.Text.RegularExpressions.Regex.Replace(text, "//.*", ""));
            }
        }
    }
}
