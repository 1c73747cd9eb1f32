using System.Diagnostics;

namespace CSharpNotebook.Tests.Kernel;

/// <summary>The published kernel, installed under a prefix of the test's own and driven by Jupyter's own programs.</summary>
public sealed class CSharpKernelTests(CSharpKernelTests.Installed installed) : IClassFixture<CSharpKernelTests.Installed>
{
    /// <summary>Those of the suite's class KernelTests, release 0.4.5.</summary>
    public static TheoryData<string> SuiteNames =>
        ["kernel_info", "execute_stdout", "execute_stderr", "completion", "is_complete", "pager", "error", "execute_result", "display_data", "history",
        "inspect", "clear_output"];

    public static TheoryData<string> Names => PythonCases.Names("csharp.py");

    [Theory, MemberData(nameof(SuiteNames))]
    public void Suite_of_the_Jupyter_project(string name) => installed.Suite.Check(name);

    [Fact]
    public void No_test_of_the_suite_is_left_out() =>
        Assert.Equal(SuiteNames.Cast<object[]>().Select(row => (string)row[0]).Order(), installed.Suite.Ran.Order());

    [Theory, MemberData(nameof(Names))]
    public void Client(string name) => installed.Cases.Check(name);

    public sealed class Installed : IDisposable
    {
        const string Name = "csnb-under-test";
        readonly Folder _folder = new();
        readonly Lazy<PythonCases> _suite, _cases;

        public Installed()
        {
            using (var install = Process.Start(Repository.Csnb, ["install", "--prefix", _folder.Path, "--as", Name]))
                install.WaitForExit();
            var environment = new Dictionary<string, string?>
            {
                ["JUPYTER_PATH"] = _folder.At("share/jupyter"),
                ["JUPYTER_RUNTIME_DIR"] = _folder.At("runtime"),
                ["IPYTHONDIR"] = _folder.At("ipython"),
                ["JUPYTER_CONFIG_DIR"] = _folder.At("config")
            };
            _suite = new(() => new("suite.py", environment, Name));
            _cases = new(() => new("csharp.py", environment, Name, _folder.Path));
        }

        internal PythonCases Suite => _suite.Value;

        internal PythonCases Cases => _cases.Value;

        public void Dispose() => _folder.Dispose();
    }
}
