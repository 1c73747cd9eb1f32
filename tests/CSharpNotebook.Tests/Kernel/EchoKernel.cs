using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using CSharpNotebook.Kernel;

namespace CSharpNotebook.Tests.Kernel;

/// <summary>A kernel of the echo language, and the cases of a Python script that are clients of it.</summary>
public abstract class EchoKernel : IDisposable
{
    readonly Folder _folder = new();
    readonly EchoLanguage _language = new();
    readonly JupyterKernel _kernel;

    protected EchoKernel(string script)
    {
        var file = WriteConnectionFile(_folder, "kernel.json");
        _kernel = new(ConnectionFile.Load(file), _language, TextWriter.Null);
        Cases = new(script, new Dictionary<string, string?>(), file);
    }

    internal PythonCases Cases { get; }

    public void Dispose()
    {
        _kernel.Dispose();
        _language.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static string WriteConnectionFile(Folder folder, string name)
    {
        var free = Enumerable.Range(0, 5).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in free)
            listener.Start();
        var ports = free.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in free)
            listener.Dispose();
        return folder.Write(name, JsonSerializer.Serialize(new
        {
            transport = "tcp",
            ip = "127.0.0.1",
            shell_port = ports[0],
            control_port = ports[1],
            iopub_port = ports[2],
            stdin_port = ports[3],
            hb_port = ports[4],
            key = Guid.NewGuid().ToString(),
            signature_scheme = "hmac-sha256",
            kernel_name = "echo",
        }));
    }
}
