using System.Text.Json.Nodes;

namespace CSharpNotebook.Kernel;

/// <summary>What cells ask the person in front of the client, one question at a time.</summary>
sealed class Questions(Wire wire, Sockets sockets) : IDisposable
{
    readonly SemaphoreSlim _one = new(1, 1);
    readonly Lock _lock = new();
    (IReadOnlyList<byte[]> Identities, TaskCompletionSource<string> Answer)? _open;

    /// <summary>Asks the client whose request is running.</summary>
    internal async Task<string> AskAsync(Message request, string prompt, bool secret, CancellationToken stop)
    {
        await _one.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
                _open = (request.Identities, answer);
            sockets.Send(Channel.Stdin, wire.Write(request.Identities, "input_request", new JsonObject { ["prompt"] = prompt, ["password"] = secret },
                request.Header));
            return await answer.Task.WaitAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
                _open = null;
            _one.Release();
        }
    }

    /// <summary>An answer that nobody waits for, or from somebody who was not asked, is dropped.</summary>
    internal void Answer(Message reply)
    {
        lock (_lock)
            if (reply.Type == "input_reply" && _open is { } open && open.Identities.Count == reply.Identities.Count
                && open.Identities.Zip(reply.Identities).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
                open.Answer.TrySetResult(reply.Text("value", "")!);
    }

    public void Dispose() => _one.Dispose();
}
