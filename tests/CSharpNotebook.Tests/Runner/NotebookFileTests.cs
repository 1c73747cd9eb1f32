using CSharpNotebook.Runner;

namespace CSharpNotebook.Tests.Runner;

public sealed class NotebookFileTests : IDisposable
{
    readonly Folder _folder = new();

    [Fact]
    public void A_script_is_told_from_a_damaged_notebook()
    {
        foreach (var name in (string[])["x.dib", "x.csx", "x.txt"])
        {
            var message = Assert.Throws<BadInputException>(() => NotebookFile.Load(_folder.Write(name, "#!csharp\n1"))).Message;
            Assert.Contains("expected a file that ends in .ipynb", message, StringComparison.Ordinal);
            Assert.Equal(name != "x.txt", message.Contains("#!import", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("hello", "is not a notebook")]
    [InlineData(" \n", "it is empty")]
    [InlineData("[1]", "its JSON is not an object")]
    [InlineData("{}", "it has no 'nbformat' number")]
    [InlineData("""{"nbformat": 3, "worksheets": []}""", "it is of nbformat 3, and 4 is needed")]
    [InlineData("""{"nbformat": 5, "cells": []}""", "it is of nbformat 5")]
    [InlineData("""{"nbformat": 4}""", "it has no list of 'cells'")]
    [InlineData("""{"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"language": "python"}}}""", "it is written in python, not in C#")]
    [InlineData("""{"nbformat": 4, "cells": [], "metadata": {"language_info": {"name": "R"}}}""", "it is written in R")]
    [InlineData("""{"nbformat": 4, "cells": [{"cell_type": "code"}]}""", "cell 1 is not a code, markdown or raw cell with a 'source' text")]
    [InlineData("""{"nbformat": 4, "cells": [{"cell_type": "heading", "source": "x"}]}""", "cell 1 is not")]
    [InlineData("""{"nbformat": 4, "cells": [3]}""", "cell 1 is not")]
    [InlineData("""{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["a", 1]}]}""", "cell 1 is not")]
    public void A_file_that_is_no_csharp_notebook_is_refused_with_its_name(string json, string message)
    {
        var path = _folder.Write("bad.ipynb", json);
        var error = Assert.Throws<BadInputException>(() => NotebookFile.Load(path));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("bad.ipynb", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_another_encoding_is_refused_since_it_would_be_written_again_without_its_letters()
    {
        var path = _folder.At("latin.ipynb");
        var text = NotebookFile.Load(_folder.Notebook("good.ipynb", "var name = \"Mueller\";")).Path is var good ? File.ReadAllText(good) : "";
        File.WriteAllText(path, text.Replace("ue", "ü", StringComparison.Ordinal), System.Text.Encoding.Latin1);
        Assert.Contains("is no text in UTF-8", Assert.Throws<BadInputException>(() => NotebookFile.Load(path)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace("ue", "ü", StringComparison.Ordinal), System.Text.Encoding.UTF8);
        Assert.Equal("var name = \"Müller\";", NotebookFile.Load(path).CodeCells.Single().Source);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        Assert.Contains("none.ipynb", Assert.Throws<BadInputException>(() => NotebookFile.Load(_folder.At("none.ipynb"))).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<BadInputException>(() => NotebookFile.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_are_kept_or_made_and_outputs_dropped()
    {
        var path = _folder.Write("n.ipynb", """
            {"nbformat": 4, "nbformat_minor": 2, "cells": [
              {"cell_type": "code", "id": "mine-1", "source": ["a\n", "b"], "outputs": [1], "execution_count": 3, "metadata": {"x": 1}},
              {"cell_type": "code", "id": "mine-1", "source": "c"},
              {"cell_type": "markdown", "id": "no good!", "source": "d", "attachments": {"p.png": {}}}
            ]}
            """);
        NotebookFile.Load(path).Save(_folder.At("out.ipynb"));

        var cells = NotebookMaker.Read(_folder.At("out.ipynb"))["cells"]!.AsArray();
        var ids = cells.Select(cell => (string)cell!["id"]!).ToArray();
        Assert.Equal("mine-1", ids[0]);
        Assert.Equal(3, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[a-zA-Z0-9_-]{1,64}$", id));
        Assert.Equal(["a\n", "b"], cells[0]!["source"]!.AsArray().Select(line => (string)line!));
        Assert.Empty(cells[0]!["outputs"]!.AsArray());
        Assert.Equal(1, (int)cells[0]!["metadata"]!["x"]!);
        Assert.NotNull(cells[2]!["attachments"]);
        Assert.Null(cells[2]!["outputs"]);
    }

    [Fact]
    public void A_cell_is_titled_by_the_nearest_heading_above_it()
    {
        var notebook = NotebookFile.Load(_folder.Notebook("n.ipynb", "1", "md:# The *title*\ntext\n\n## Next: [a](b) `c` ##", "2",
            "md:no heading\n```\n# not one\n```", "3"));
        Assert.Equal(["", "Next: a c", "Next: a c"], notebook.Titles().Values);
    }

    public void Dispose() => _folder.Dispose();
}
