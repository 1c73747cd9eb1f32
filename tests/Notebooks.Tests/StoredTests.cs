using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Patchwise;

namespace Notebooks.Tests;

/// <summary>The notebooks as they lie in the repository, with what <c>notebooks/run --store</c> wrote into them, for who reads them where nothing runs.
/// </summary>
[Collection("default run")]
public sealed class StoredTests(DefaultRun run) : IDisposable
{
    readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    const string Cure = "run notebooks/run --store and commit what it wrote";

    static JsonNode[] Code(string file) => [.. JsonNode.Parse(File.ReadAllText(file))!["cells"]!.AsArray().Select(cell => cell!)
        .Where(cell => (string)cell["cell_type"]! == "code")];

    static string Text(JsonNode? node) => node is JsonArray lines ? string.Concat(lines.Select(line => (string)line!)) : (string)node!;

    static IEnumerable<JsonNode> Outputs(JsonNode cell) => cell["outputs"]!.AsArray().Select(output => output!);

    [Theory, MemberData(nameof(Repository.Numbers), MemberType = typeof(Repository))]
    public void It_is_short_small_and_shows_what_a_repositorys_page_shows(string number)
    {
        var file = Repository.Notebook(number);
        Assert.InRange(JsonNode.Parse(File.ReadAllText(file))!["cells"]!.AsArray().Count, 8, 20);
        Assert.InRange(new FileInfo(file).Length, 10_000, 1_500_000);
        var (pictures, shown) = (0, 0);
        foreach (var output in Code(file).SelectMany(Outputs))
        {
            shown++;
            Assert.Contains((string)output["output_type"]!, (string[])["execute_result", "display_data", "stream"]);
            foreach (var (type, content) in output["data"]?.AsObject() ?? [])
            {
                Assert.Contains(type, (string[])["text/plain", "text/html", "image/png"]);
                if (type == "image/png")
                {
                    var picture = Raster.Decode(Convert.FromBase64String(Text(content)));
                    pictures++;
                    Assert.InRange(picture.Width, 100, 1000);
                    Assert.True(picture.AsBytes().ContainsAnyExcept(picture.AsBytes()[0]), "the picture is blank");
                }
                else
                    Assert.DoesNotMatch("<script|<img|data:image|<iframe", Text(content));
            }
            // Nothing of the machine that stored it.
            var words = string.Join('\n', (output["data"]?.AsObject() ?? []).Where(one => one.Key != "image/png").Select(one => one.Value)
                .Append(output["text"]).OfType<JsonNode>().Select(Text));
            foreach (var own in (string[])[Repository.Root, Path.GetTempPath(), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)])
                Assert.DoesNotContain(own.TrimEnd('/') + "/", words, StringComparison.Ordinal);
        }
        Assert.True(pictures > 0 && shown > 3, $"{file} shows {shown} outputs and {pictures} pictures: {Cure}");
    }

    [Theory, MemberData(nameof(Repository.Numbers), MemberType = typeof(Repository))]
    public void Its_outputs_are_of_the_code_that_stands_there(string number)
    {
        var sources = string.Join('\0', Code(Repository.Notebook(number)).Select(cell => Text(cell["source"])));
        var stored = JsonNode.Parse(File.ReadAllText(Repository.Notebook(number)))!["metadata"]!["stored"]?["code"];
        Assert.True((string?)stored == Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sources))),
            $"the code of notebook {number} was changed since its outputs were stored: {Cure}");
    }

    /// <summary>Text and tables; numbers of a network differ a little from processor to processor.</summary>
    [Theory, MemberData(nameof(Repository.Numbers), MemberType = typeof(Repository))]
    public void What_is_stored_is_what_a_run_gives(string number)
    {
        var ran = Code(run[number].File).ToDictionary(cell => (string)cell["id"]!);
        var stored = Code(Repository.Notebook(number));
        var exact = !stored.Any(cell => Regex.IsMatch(Text(cell["source"]), "Model.Open|PatchPredictor|LinearHead"));
        foreach (var cell in stored)
        {
            var expected = Outputs(ran[(string)cell["id"]!]).Where(output => output["data"]?["text/html"] is not { } html
                || !Text(html).Contains("<progress", StringComparison.Ordinal)).ToArray();
            var found = Outputs(cell).ToArray();
            Assert.True(expected.Length == found.Length,
                $"cell {cell["id"]} of notebook {number} shows {expected.Length} outputs, stored are {found.Length}: {Cure}");
            foreach (var (one, other) in expected.Zip(found))
            {
                Same(one["text"], other["text"]);
                Same(one["data"]?["text/plain"], other["data"]?["text/plain"]);
                // What is no picture there is as it is on the page.
                if (other["data"]?["text/html"] is { } html)
                    Same(one["data"]?["text/html"], html);
            }

            void Same(JsonNode? of, JsonNode? text)
            {
                var (a, b) = (of is null ? "" : Text(of), text is null ? "" : Text(text));
                a = a.Replace(Path.GetDirectoryName(run.Written("x")) + "/", "out/", StringComparison.Ordinal); // as the parameter calls it
                Assert.True(exact ? a == b : Prose.Alike(a, b), $"cell {cell["id"]} of notebook {number} shows\n{a}\nand stored is\n{b}\n{Cure}");
            }
        }
    }

    [Theory, MemberData(nameof(Repository.Numbers), MemberType = typeof(Repository))]
    public void Every_number_in_its_text_comes_from_the_run_or_the_sentence_says_where_it_is_from(string number) =>
        Assert.Empty(run[number].Markdown.SelectMany(text => Prose.Unsupported(text, run[number].Words, run[number].Source("parameters"))));

    [Fact]
    public void Readmes_pictures_are_those_of_the_notebooks()
    {
        (string Number, string Cell, string Picture)[] shown = [("02", "gallery", "clarity-gallery"), ("03", "histograms", "size-histograms"),
            ("03", "cutoff", "cut-off"), ("04", "tile", "tile"), ("04", "slides", "slide")];
        Assert.Equal(shown.Select(one => one.Picture).Concat(["notebook-page", "viewer"]).Order(), // taken of pages, not of cells
            Directory.GetFiles(Repository.Path("notebooks", "pictures")).Select(file => Path.GetFileNameWithoutExtension(file)).Order());
        foreach (var (number, id, picture) in shown)
        {
            var pictures = Outputs(Code(Repository.Notebook(number)).Single(cell => (string)cell["id"]! == id)).Select(output => output["data"]?["image/png"]);
            Assert.True(pictures.OfType<JsonNode>().Any(png => Text(png) == Convert.ToBase64String(
                File.ReadAllBytes(Repository.Path("notebooks", "pictures", $"{picture}.png")))), $"{picture}.png is not what notebook {number} shows: {Cure}");
        }
    }

    [Fact]
    public void A_run_with_other_parameters_puts_its_own_outputs_in_the_place_of_the_stored_ones_and_a_failed_one_keeps_none()
    {
        Assert.Equal(0, Repository.RunNotebook("03", _folder["03.ipynb"], "-p", $"output={_folder.Path}", "-p", "chosen=10").ExitCode);
        var executed = new ExecutedNotebook(_folder["03.ipynb"]);
        Assert.Contains(" px at 10x: ", executed["suggestion"], StringComparison.Ordinal);
        Assert.Equal(0, executed.CountOf("image/png"));
        Assert.Equal(3, executed.Charts);

        // A trial above the images' own: the first cell that measures fails.
        Assert.Equal(1, Repository.RunNotebook("02", _folder["02.ipynb"], "-p", $"output={_folder.Path}", "-p", "trials=[60]").ExitCode);
        Assert.Single(new ExecutedNotebook(_folder["02.failed.ipynb"]).Errors);
        Assert.Equal(0, new ExecutedNotebook(_folder["02.failed.ipynb"]).CountOf("image/png"));
        Assert.DoesNotContain("40x", File.ReadAllText(_folder["02.failed.ipynb"]).Split("\"id\": \"suggestion\"")[1], StringComparison.Ordinal);
    }
}
