using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Notebooks.Tests;

/// <summary>Jupyter Notebook as a command starts it, on this machine only and with a token of its own.</summary>
sealed partial class JupyterServer : IAsyncDisposable
{
    readonly Process _process;

    JupyterServer(Process process, Uri address) => (_process, Address) = (process, address);

    /// <summary>Where the command says the page is, with the token.</summary>
    internal Uri Address { get; }

    /// <summary>A place on the server, with the token.</summary>
    internal string At(string path) => new Uri(Address, path + Address.Query).AbsoluteUri;

    internal static async Task<JupyterServer> StartAsync(Folder home, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, [.. arguments, "--no-browser", "--port",
            FreePort().ToString(CultureInfo.InvariantCulture)])
        { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["JUPYTER_PATH"] = Repository.Path("lib", "bin", "jupyter", "share", "jupyter");
        foreach (var name in (string[])["JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"])
            start.Environment[name] = home[name];
        var process = Process.Start(start)!;
        var address = new TaskCompletionSource<Uri>();
        List<string> said = [];
        void Listen(string? line)
        {
            said.Add(line ?? "");
            if (line is not null && Page().Match(line) is { Success: true } found)
                address.TrySetResult(new(found.Value));
        }
        process.ErrorDataReceived += (_, line) => Listen(line.Data);
        process.OutputDataReceived += (_, line) => Listen(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        if (await Task.WhenAny(address.Task, process.WaitForExitAsync(), Task.Delay(TimeSpan.FromMinutes(5))) != address.Task)
            Assert.Fail($"Jupyter did not start: {string.Join('\n', said)}");
        return new(process, await address.Task);
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Its kernels end with it.</summary>
    public async ValueTask DisposeAsync()
    {
        _ = kill(_process.Id, 15);
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        _process.Dispose();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/\S*\?token=\w+")]
    private static partial Regex Page();

    [DllImport("libc")]
    static extern int kill(int process, int signal);
}
