namespace Notebooks.Tests;

/// <summary>
/// All notebooks, executed once by the genuine tool as notebooks/run starts it. Those that learn from all the embedded patches, which takes a minute of a
/// processor each, learn from a few here: what is computed is the library's, the same as in the default run.
/// </summary>
public sealed class GenuineRun : IDisposable
{
    readonly Folder _folder = new();

    internal Repository.Ended Ended { get; }

    static readonly string[] Learning = ["04", "06"];

    public GenuineRun(DefaultRun run)
    {
        // The scores of notebook 7 take the longest, and the library keeps them for a run to the same folder.
        Directory.CreateDirectory(_folder["07-cache"]);
        foreach (var file in Directory.GetFiles(run.Written("07-cache")))
            File.Copy(file, Path.Combine(_folder["07-cache"], Path.GetFileName(file)));
        PredictionTests.OwnPatches(_folder);
        Ended = Run(Repository.All.Except(Learning));
        if (Ended.ExitCode == 0)
            Ended = Run(Learning, "-p", $"patches={_folder["my patches"]}", "-p", "labelledMpp=0.5", "-p", "tile=500");
    }

    Repository.Ended Run(IEnumerable<string> numbers, params string[] parameters) =>
        Repository.Run(Repository.Path("notebooks", "run"), ["--kernel", ".net-csharp", "--out", _folder.Path, .. numbers, .. parameters]);

    internal ExecutedNotebook this[string number] => new(_folder[Path.GetFileName(Repository.Notebook(number))]);

    public void Dispose() => _folder.Dispose();
}

/// <summary>The notebooks as other programs of Jupyter run them: through the kernel, without csnb's runner.</summary>
[Collection("default run")]
public sealed class JupyterClientTests : IClassFixture<GenuineRun>, IDisposable
{
    readonly Folder _folder = new();
    readonly GenuineRun _genuine;

    public JupyterClientTests(GenuineRun genuine)
    {
        _genuine = genuine;
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

    /// <summary>Of notebook 4 a few patches, a smaller tile and a corner of the slide: all of it is what the default run takes.</summary>
    [Theory, InlineData("02"), InlineData("04")]
    public void Nbclient_executes_them(string number)
    {
        if (number == "04")
        {
            PredictionTests.Corner(_folder["corner.png"], 18, 25);
            PredictionTests.OwnPatches(_folder);
            var prepared = Repository.RunNotebook(number, Own(number), "-p", $"patches={_folder["my patches"]}", "-p", "labelledMpp=0.5", "-p", "tile=672",
                "-p", $"masks={_folder["corner.png"]}", "--prepare-only");
            Assert.True(prepared.ExitCode == 0, prepared.Error);
        }
        const string Script = """
            import nbclient, nbformat, sys
            notebook = nbformat.read(sys.argv[1], 4)
            nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": sys.argv[3]}}).execute()
            nbformat.write(notebook, sys.argv[2])
            """;
        Whole(Repository.Run("env", Kernels, "/usr/bin/python3", "-c", Script, Own(number), _folder["executed.ipynb"], _folder["notebooks"]));
    }

    [Theory, MemberData(nameof(Repository.Numbers), MemberType = typeof(Repository))]
    public void The_genuine_kernel_executes_them(string number)
    {
        Assert.True(_genuine.Ended.ExitCode == 0, _genuine.Ended.Error);
        Assert.Empty(_genuine[number].Errors);
        Assert.True(_genuine[number].Charts >= 1);
    }

    /// <summary>Whatever listens at a port asks for no password, and any page in a browser reaches it.</summary>
    [Fact]
    public void The_genuine_kernel_listens_at_no_port_but_those_of_Jupyter()
    {
        const string Script = """
            import os, sys
            from jupyter_client.manager import start_new_kernel
            manager, client = start_new_kernel(kernel_name=".net-csharp", cwd=sys.argv[1])
            client.execute_interactive("1 + 1")
            group, inodes, found = os.getpgid(manager.provisioner.process.pid), set(), set()
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    if os.getpgid(int(pid)) == group:
                        inodes |= {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
                except OSError:
                    continue
            for family in "tcp", "tcp6":
                for line in list(open(f"/proc/net/{family}"))[1:]:
                    fields = line.split()
                    if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                        found.add((fields[1].split(":")[0], int(fields[1].split(":")[1], 16)))
            ports = {getattr(manager, f"{name}_port") for name in ("shell", "control", "iopub", "stdin", "hb")}
            client.stop_channels()
            manager.shutdown_kernel()
            assert found == {("0100007F", port) for port in ports}, found
            """;
        var ended = Repository.Run("env", $"JUPYTER_PATH={Repository.Path("lib", "bin", "dotnet-interactive", "share", "jupyter")}", "/usr/bin/python3", "-c",
            Script, _folder.Path);
        Assert.True(ended.ExitCode == 0, ended.Error);
    }

    void Whole(Repository.Ended ended)
    {
        Assert.True(ended.ExitCode == 0, ended.Error);
        var notebook = new ExecutedNotebook(_folder["executed.ipynb"]);
        Assert.Empty(notebook.Errors);
        Assert.True(notebook.Charts >= 1);
    }
}
