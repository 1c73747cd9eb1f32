using System.Text.Json.Nodes;

namespace CSharpNotebook.Kernel;

/// <summary>What the clients of a kernel are sent, and asked.</summary>
sealed class Clients : IDisposable
{
    static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    readonly SemaphoreSlim _one = new(1, 1);

    internal Wire Wire { get; }

    internal Sockets Sockets { get; }

    /// <exception cref="NotebookException">A port is in use, or libzmq is missing.</exception>
    internal Clients(ConnectionFile connection)
    {
        Wire = new(connection.Key);
        Sockets = new(connection, prefix => Message("iopub_welcome", new JsonObject { ["subscription"] = prefix }, null));
    }

    /// <summary>For all of them.</summary>
    /// <param name="parent">The request that it belongs to; null for what no request caused.</param>
    internal void Publish(string type, JsonObject content, Message? parent) => Sockets.Publish(Message(type, content, parent));

    byte[][] Message(string type, JsonObject content, Message? parent) => Wire.Write([Encoding.ASCII.GetBytes(type)], type, content, parent?.Header);

    internal void Status(string state, Message? parent) => Publish("status", new JsonObject { ["execution_state"] = state }, parent);

    /// <summary>Asks the person in front of the client whose request is running, one question at a time. Other answers are dropped.</summary>
    internal async Task<string> AskAsync(Message request, string prompt, bool secret)
    {
        var stop = CurrentCell.Stop;
        await _one.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            while (Sockets.Stdin.Receive() is not null)
                continue;
            Sockets.Stdin.TrySend(Wire.Write(request.Identities, "input_request", new JsonObject { ["prompt"] = prompt, ["password"] = secret },
                request.Header));
            while (true)
                if (Sockets.Stdin.Receive() is not { } frames)
                    await Task.Delay(Moment, stop).ConfigureAwait(false);
                else if (Wire.Read(frames, out _) is { Type: "input_reply" } reply && reply.Identities.Count == request.Identities.Count
                    && reply.Identities.Zip(request.Identities).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
                    return reply.Text("value", "")!;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        Sockets.Dispose();
        _one.Dispose();
    }
}
