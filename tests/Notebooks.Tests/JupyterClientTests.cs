namespace Notebooks.Tests;

/// <summary>The notebooks as other programs of Jupyter run them: through the kernel, without csnb's runner.</summary>
public sealed class JupyterClientTests : IDisposable
{
    readonly Folder _folder = new();

    public JupyterClientTests()
    {
        Directory.CreateDirectory(_folder["notebooks"]);
        Directory.CreateSymbolicLink(_folder["lib"], Repository.Path("lib"));
        Directory.CreateSymbolicLink(_folder["notebooks/data"], Repository.Path("notebooks", "data"));
        foreach (var notebook in Directory.GetFiles(Repository.Path("notebooks"), "*.ipynb"))
            File.Copy(notebook, _folder[$"notebooks/{Path.GetFileName(notebook)}"]);
    }

    public void Dispose() => _folder.Dispose();

    string Own(string number) => Directory.GetFiles(_folder["notebooks"], $"{number}-*.ipynb").Single();

    static readonly string Kernels = $"JUPYTER_PATH={Repository.Path("lib", "bin", "jupyter", "share", "jupyter")}";

    [Theory, InlineData("01"), InlineData("03")]
    public void Nbconvert_executes_them(string number)
    {
        var ended = Repository.Run("env", Kernels, "/usr/bin/jupyter", "nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.timeout=600",
            "--output", _folder["executed.ipynb"], Own(number));
        Whole(ended);
    }

    [Theory, InlineData("02"), InlineData("04")]
    public void Nbclient_executes_them(string number)
    {
        const string Script = """
            import nbclient, nbformat, sys
            notebook = nbformat.read(sys.argv[1], 4)
            nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": sys.argv[3]}}).execute()
            nbformat.write(notebook, sys.argv[2])
            """;
        Whole(Repository.Run("env", Kernels, "/usr/bin/python3", "-c", Script, Own(number), _folder["executed.ipynb"], _folder["notebooks"]));
    }

    void Whole(Repository.Ended ended)
    {
        Assert.True(ended.ExitCode == 0, ended.Error);
        var notebook = new ExecutedNotebook(_folder["executed.ipynb"]);
        Assert.Empty(notebook.Errors);
        Assert.True(notebook.CountOf("application/vnd.plotly.v1+json") >= 1);
    }
}
