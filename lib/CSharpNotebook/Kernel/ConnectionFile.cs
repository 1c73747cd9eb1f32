using System.Text.Json;

namespace CSharpNotebook.Kernel;

/// <summary>Where a client wants to find the kernel, and the key that both sign their messages with.</summary>
sealed record ConnectionFile(string Transport, string Ip, int Shell, int Control, int Iopub, int Stdin, int Heartbeat, byte[] Key)
{
    const int Largest = 100_000;

    /// <exception cref="BadInputException">It is not there, or is no connection file of a kind that is known.</exception>
    internal static ConnectionFile Load(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(InputFile.Read(path, Largest, "a connection file of Jupyter has some hundred"), InputFile.Json);
            var file = json.RootElement;
            var (transport, scheme) = (Text("transport", "tcp"), Text("signature_scheme", "hmac-sha256"));
            if (transport is not ("tcp" or "ipc"))
                throw new BadInputException($"{path}: the transport is '{transport}', expected tcp or ipc");
            if (scheme != "hmac-sha256")
                throw new BadInputException($"{path}: the signature scheme is '{scheme}', expected hmac-sha256");
            if (!file.TryGetProperty("key", out _))
                throw new BadInputException(
                    $"{path}: the key is missing, so anybody could send code to this kernel; Jupyter writes one, and an empty one where that is meant");
            return new(transport, Text("ip", "127.0.0.1"), Port("shell_port"), Port("control_port"), Port("iopub_port"), Port("stdin_port"), Port("hb_port"),
                Encoding.UTF8.GetBytes(Text("key", "")));

            string Text(string name, string otherwise) => file.TryGetProperty(name, out var value) ? value.GetString() ?? otherwise : otherwise;
            int Port(string name) => file.TryGetProperty(name, out var value) && value.TryGetInt32(out var port) && port is > 0 and < 65536 ? port
                : throw new BadInputException($"{path}: {name} is missing or no port number from 1 to 65535");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"the connection file {path} cannot be read: {error.Message}; Jupyter writes it when it starts a kernel ('csnb install' makes this kernel "
                    + $"known to Jupyter)", error);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new BadInputException($"{path} is no connection file of Jupyter: {error.Message}", error);
        }
    }

    internal string Endpoint(int port) => Transport == "ipc" ? $"ipc://{Ip}-{port}" : $"tcp://{(Ip.Contains(':') ? $"[{Ip}]" : Ip)}:{port}";
}
