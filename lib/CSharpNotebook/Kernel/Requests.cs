using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace CSharpNotebook.Kernel;

/// <summary>Answers what runs no code.</summary>
sealed class Requests(IKernelLanguage language, ConnectionFile connection, History history, Clients clients)
{
    /// <summary>Null for messages that have no answer.</summary>
    internal JsonObject? Answer(Message request) => request.Type switch
    {
        "kernel_info_request" => Info(),
        "complete_request" => Complete(request),
        "inspect_request" => Inspect(request),
        "is_complete_request" => IsComplete(request),
        "history_request" => new() { ["history"] = history.Answer(request) },
        // Widgets need a partner in the kernel; there is none.
        "comm_info_request" => new() { ["comms"] = new JsonObject() },
        "comm_open" => CloseComm(request),
        "connect_request" => new()
        {
            ["shell_port"] = connection.Shell,
            ["control_port"] = connection.Control,
            ["iopub_port"] = connection.Iopub,
            ["stdin_port"] = connection.Stdin,
            ["hb_port"] = connection.Heartbeat,
        },
        _ => null,
    };

    static JsonObject Info() => new()
    {
        ["protocol_version"] = Wire.ProtocolVersion,
        ["implementation"] = "csnb",
        ["implementation_version"] = Kernels.Version,
        ["language_info"] = new JsonObject
        {
            ["name"] = "C#",
            ["version"] = "14.0",
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
            ["codemirror_mode"] = "text/x-csharp",
        },
        ["banner"] = $"csnb {Kernels.Version}: C# 14, {RuntimeInformation.FrameworkDescription}",
        ["debugger"] = false,
        ["supported_features"] = new JsonArray(),
        ["help_links"] = new JsonArray(new JsonObject { ["text"] = ".NET libraries", ["url"] = "https://learn.microsoft.com/dotnet/api/" }),
    };

    JsonObject Complete(Message request)
    {
        var (code, position) = Place(request);
        var found = language.Complete(code, position);
        var (start, end) = (FromUtf16(code, found.Start), FromUtf16(code, found.End));
        return new()
        {
            ["matches"] = new JsonArray([.. found.Items.Select(item => (JsonNode)item.Text)]),
            ["cursor_start"] = start,
            ["cursor_end"] = end,
            ["metadata"] = new JsonObject
            {
                ["_jupyter_types_experimental"] = new JsonArray([.. found.Items.Select(item =>
                    (JsonNode)new JsonObject { ["start"] = start, ["end"] = end, ["text"] = item.Text, ["type"] = item.Kind,
                    ["signature"] = item.Signature })]),
            },
        };
    }

    JsonObject Inspect(Message request)
    {
        var (code, position) = Place(request);
        var found = language.Inspect(code, position);
        return new() { ["found"] = found is not null, ["data"] = found?.ToJson() ?? [], ["metadata"] = new JsonObject() };
    }

    JsonObject IsComplete(Message request)
    {
        var found = language.IsComplete(request.Text("code"));
        var reply = new JsonObject { ["status"] = found.Status.ToString().ToLowerInvariant() };
        if (found.Status == CompletenessStatus.Incomplete)
            reply["indent"] = found.Indent;
        return reply;
    }

    JsonObject? CloseComm(Message request)
    {
        clients.Publish("comm_close", new JsonObject { ["comm_id"] = request.Text("comm_id"), ["data"] = new JsonObject() }, request);
        return null;
    }

    static (string Code, int Position) Place(Message request)
    {
        var code = request.Text("code");
        return (code, ToUtf16(code, request.Number("cursor_pos", int.MaxValue)));
    }

    /// <summary>Positions on the wire count code points; those before the start or behind the end count as these.</summary>
    internal static int ToUtf16(string text, int position) => text.EnumerateRunes().Take(position).Sum(rune => rune.Utf16SequenceLength);

    internal static int FromUtf16(string text, int position) => text[..Math.Min(position, text.Length)].EnumerateRunes().Count();
}
