using System.Diagnostics;
using CSharpNotebook.Kernel;

namespace CSharpNotebook.Tests.Kernel;

/// <summary>The protocol under attack, beside a client that works.</summary>
public sealed class HostileClientTests(HostileClientTests.Run run) : IClassFixture<HostileClientTests.Run>
{
    public static TheoryData<string> Names => PythonCases.Names("hostile.py");

    [Theory, MemberData(nameof(Names))]
    public void Client(string name) => run.Cases.Check(name);

    public sealed class Run() : EchoKernel("hostile.py");

    /// <summary>Few of the cells; by hand, soak.py runs as many as one likes.</summary>
    [Fact]
    public async Task A_long_session_keeps_its_memory()
    {
        var script = Path.Combine(Repository.Root, "tests", "CSharpNotebook.Tests", "Kernel", "python", "soak.py");
        var start = new ProcessStartInfo("/usr/bin/python3", [script, Repository.Csnb, "600", "24"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var soak = Process.Start(start)!;
        var errors = soak.StandardError.ReadToEndAsync();
        var text = await soak.StandardOutput.ReadToEndAsync();
        await soak.WaitForExitAsync();
        Assert.True(soak.ExitCode == 0, text + await errors);
        Assert.Contains("600 cells, 24 interrupts", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "no connection file")]
    [InlineData("{", "no connection file")]
    [InlineData("""{"transport":"tcp","transport":"ipc"}""", "no connection file")]
    [InlineData("""{"transport":"udp"}""", "the transport is 'udp'")]
    [InlineData("""{"key":"","ip":"\ud800"}""", "no connection file")]
    [InlineData("""{"key":"k","shell_port":70000}""", "shell_port is missing or no port number")]
    [InlineData("""{"ip":"127.0.0.1","shell_port":1,"control_port":2,"iopub_port":3,"stdin_port":4,"hb_port":5}""", "the key is missing")]
    public void A_wrong_connection_file_is_refused(string json, string message)
    {
        using var folder = new Folder();
        var error = Assert.Throws<BadInputException>(() => ConnectionFile.Load(folder.Write("kernel.json", json)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_file_without_end_is_refused() =>
        Assert.Contains("has more than 100,000 bytes", Assert.Throws<BadInputException>(() => ConnectionFile.Load("/dev/zero")).Message,
        StringComparison.Ordinal);
}
