using System.Text.Json;
using System.Text.RegularExpressions;

namespace Notebooks.Tests;

/// <summary>The command notebooks/run, with small notebooks in a folder that has the programs of the clone.</summary>
public sealed class RunCommandTests : IDisposable
{
    readonly Folder _folder = new();

    public RunCommandTests()
    {
        Directory.CreateDirectory(_folder["notebooks"]);
        Directory.CreateSymbolicLink(_folder["lib"], Repository.Path("lib"));
        File.Copy(Repository.Path("notebooks", "run"), _folder["notebooks/run"]);
    }

    public void Dispose() => _folder.Dispose();

    void Write(string name, params string[] cells) => File.WriteAllText(_folder[$"notebooks/{name}.ipynb"], JsonSerializer.Serialize(new
    {
        cells = cells.Select((source, i) => new
        {
            cell_type = "code",
            id = $"cell-{i}",
            metadata = source.StartsWith("// parameters", StringComparison.Ordinal) ? (object)new { tags = new[] { "parameters" } } : new { },
            execution_count = (int?)null,
            outputs = Array.Empty<object>(),
            source,
        }),
        metadata = new { kernelspec = new { name = ".net-csharp", display_name = ".NET (C#)", language = "C#" } },
        nbformat = 4,
        nbformat_minor = 5,
    }));

    Repository.Ended Run(params string[] arguments) => Repository.Run(_folder["notebooks/run"], arguments);

    IEnumerable<string?> Out => Directory.GetFileSystemEntries(_folder["notebooks/out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    static string Last(Repository.Ended ended) => ended.Error.TrimEnd('\n').Split('\n')[^1];

    const string Parameters = "// parameters\nvar edge = 1; // px [at least 0]\nvar output = \"out\";";

    [Fact]
    public void A_failure_keeps_the_page_of_an_earlier_run_and_the_last_line_says_it()
    {
        Write("02-two", Parameters, "if (edge == 5) throw new Exception(\"as asked\"); $\"edge is {edge}\"");
        Write("03-three", Parameters, "\"of three\"");
        Write("02-two.out", "\"what a run has written is no notebook of the project\"");

        Assert.Equal(0, Run("2").ExitCode);
        Assert.Equal(["02-two.html", "02-two.ipynb"], Out);
        var page = File.ReadAllText(_folder["notebooks/out/02-two.html"]);
        Assert.Contains("edge is 1", page, StringComparison.Ordinal);

        var failed = Run("-p", "edge=5");
        Assert.Equal(1, failed.ExitCode);
        Assert.Equal("run: failed: 02-two; pages of earlier runs stay as they were", Last(failed));
        Assert.Equal(["02-two.failed.html", "02-two.failed.ipynb", "02-two.html", "02-two.ipynb", "03-three.html", "03-three.ipynb"], Out);
        Assert.Equal(page, File.ReadAllText(_folder["notebooks/out/02-two.html"]));
        Assert.Contains("as asked", File.ReadAllText(_folder["notebooks/out/02-two.failed.html"]), StringComparison.Ordinal);

        Assert.Equal(0, Run("02", "-p", "edge=6").ExitCode);
        Assert.Equal(["02-two.html", "02-two.ipynb", "03-three.html", "03-three.ipynb"], Out);
        Assert.Contains("edge is 6", File.ReadAllText(_folder["notebooks/out/02-two.html"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-p edge=-1", "-p edge=-1: expected at least 0 (px [at least 0])")]
    [InlineData("-p egde=1", "did you mean 'edge'?")]
    [InlineData("2 -p edge=wide", "'wide' is not a whole number")]
    [InlineData("2 --timeout soon", "Cannot parse")]
    public void What_is_wrong_is_refused_before_any_work(string arguments, string message)
    {
        Write("02-two", Parameters, "1");
        Write("03-three", Parameters, "2");
        var refused = Run(arguments.Split(' '));
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("[1/", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Out);
    }

    [Fact]
    public void Help_and_wrong_usage_are_answered_without_setting_anything_up()
    {
        Directory.Delete(_folder["lib"]);
        Write("02-two", Parameters, "1");
        File.Copy(Repository.Notebook("04"), _folder["notebooks/04-prediction.ipynb"]);

        Assert.Contains("notebooks/run --open", Run("--help").Output, StringComparison.Ordinal);
        var own = Run("4", "--help");
        Assert.Equal(0, own.ExitCode);
        Assert.Matches(@"\n  int\? stride = null; +// px .* \[1 to 10000\]\n", own.Output);
        Assert.Contains("\n  var published = \"resnet18-kather100k\"; ", own.Output, StringComparison.Ordinal);
        foreach (var (wrong, message) in ((string, string)[])[("--opne", "unknown option --opne"),
            ("9", "no notebook begins with '9'; there are: 02-two.ipynb"),
            ("--out", "--out wants a value"), ("--kernel fsharp", "no kernel 'fsharp'"), ("--open 2 -p edge=1", "-p is for executed notebooks")])
        {
            var refused = Run(wrong.Split(' '));
            Assert.Equal((wrong, 2), (wrong, refused.ExitCode));
            Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        }
        foreach (var script in (string[])["lib/setup", "tests/run"])
        {
            Assert.Contains(script, Repository.Run(Repository.Path(script), "--help").Output, StringComparison.Ordinal);
            Assert.Equal(2, Repository.Run(Repository.Path(script), "--hlep").ExitCode);
        }
    }

    [Fact]
    public void A_copy_of_the_clone_has_programs_and_kernels_of_its_own()
    {
        Directory.Delete(_folder["lib"]);
        Directory.CreateDirectory(_folder["lib"]);
        // With the times of the files, as cp -a or a rename leaves them.
        var copied = Repository.Run("bash", "-c", """
            set -e
            tar -C "$0" --exclude=./lib/obj --exclude=./lib/bin/torch -cf - ./lib ./global.json ./data-manifest.json ./.config | tar -C "$1" -xf -
            ln -s "$0/lib/bin/torch" "$1/lib/bin/torch"
            """, Repository.Root, _folder.Path);
        Assert.True(copied.ExitCode == 0, copied.Error);
        Write("02-two", Parameters, "System.IO.File.ReadAllText(\"/proc/self/cmdline\")");

        var ended = Repository.Run("env", $"JUPYTER_DATA_DIR={_folder["jupyter"]}", _folder["notebooks/run"], "2");

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.DoesNotContain("building", ended.Error, StringComparison.Ordinal);
        Assert.Contains($"\"{_folder["lib/bin/csnb.app/csnb"]}\"", File.ReadAllText(_folder["lib/bin/jupyter/share/jupyter/kernels/.net-csharp/kernel.json"]),
            StringComparison.Ordinal);
        Assert.Contains($"\"{_folder["lib/bin/csnb.app/csnb"]}\"", File.ReadAllText(_folder["jupyter/kernels/csharp-notebook/kernel.json"]),
            StringComparison.Ordinal);
        Assert.DoesNotMatch(Regex.Escape(Repository.Root) + "[^\"]*csnb", File.ReadAllText(_folder["notebooks/out/02-two.ipynb"]));
    }
}
