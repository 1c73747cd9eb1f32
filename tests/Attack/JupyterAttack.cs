using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CSharpNotebook.Display;
using CSharpNotebook.Kernel;
using CSharpNotebook.Scripting;

namespace Patchwise.Attack;

/// <summary>Messages of Jupyter, without a network: as frames that anybody may send, and as requests of a client who has the key and is wrong.</summary>
static class JupyterAttack
{
    static readonly byte[] Key = "a key"u8.ToArray();

    static readonly byte[] Header =
        """{"msg_id":"1_2","session":"1","username":"u","date":"2026-01-01T00:00:00.000000Z","msg_type":"execute_request","version":"5.4"}"""u8.ToArray();

    static readonly string[] Contents =
    [
        """{"code":"var x = 1;\nx","silent":false,"store_history":true,"user_expressions":{"a":"x"},"allow_stdin":false,"stop_on_error":true}""",
        """{"code":"Console.Wri","cursor_pos":11}""",
        """{"code":"\ud83d\ude00.Len","cursor_pos":3}""",
        """{"code":"Math.Max(1, ","cursor_pos":12,"detail_level":1}""",
        """{"code":"if (true) {"}""",
        """{"output":true,"raw":false,"hist_access_type":"range","session":0,"start":1,"stop":5}""",
        """{"output":false,"raw":true,"hist_access_type":"search","n":10,"pattern":"v*x","unique":true}""",
        """{"hist_access_type":"tail","n":3}""",
        """{"comm_id":"c","target_name":"t","data":{}}""",
    ];

    static readonly string[] Types = ["execute_request", "complete_request", "inspect_request", "is_complete_request", "history_request", "comm_open",
        "kernel_info_request"];

    /// <summary>
    /// Each frame behind its length. The first byte of the file says who signs: nobody, the sender before the damage, or one with the key after it.
    /// </summary>
    internal static IEnumerable<byte[]> GoodFrames => from signer in (byte[])[0, 1, 2] from content in Contents select Packed(signer, content);

    internal static IEnumerable<byte[]> GoodRequests => Contents.Select(Encoding.UTF8.GetBytes);

    static byte[] Packed(byte signer, string content)
    {
        byte[][] parts = [Header, "{}"u8.ToArray(), "{}"u8.ToArray(), Encoding.UTF8.GetBytes(content)];
        byte[][] frames = ["client"u8.ToArray(), "<IDS|MSG>"u8.ToArray(), Signature(parts), .. parts];
        return [signer, .. frames.SelectMany(frame => (byte[])[.. BitConverter.GetBytes(frame.Length), .. frame])];
    }

    static byte[] Signature(IEnumerable<byte[]> parts) =>
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(Key, parts.SelectMany(part => part).ToArray())));

    /// <summary>Dropped is refused. What passes is sent once more, and must not pass again.</summary>
    internal static void ReadFrames(string path)
    {
        var bytes = File.ReadAllBytes(path);
        List<byte[]> frames = [];
        for (var at = 1; at + 4 <= bytes.Length;)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)), (uint)(bytes.Length - at - 4));
            frames.Add(bytes[(at + 4)..(at + 4 + length)]);
            at += 4 + length;
        }
        var signer = bytes.Length == 0 ? 0 : bytes[0] % 3;
        if (signer == 2 && frames.Count >= 7)
            frames[2] = Signature(frames[3..7]);
        byte[][] sent = [.. frames];
        var wire = new Wire(signer == 0 ? [] : Key);
        if (wire.Read(sent, out var why) is not { } message)
            throw new CSharpNotebook.BadInputException(why);
        if (signer != 0 && wire.Read(sent, out _) is not null)
            throw new InvalidOperationException("a repeated message passed");
        if (signer == 1 && !Contents.Contains(message.Content.GetRawText()))
            throw new InvalidOperationException("a changed message passed");
        _ = wire.Write(message.Identities, message.ReplyType, [], message.Header);
    }

    /// <summary>The content is asked as each type of request, of the parts that a kernel answers with; what it sends finds no client.</summary>
    internal static void AnswerRequest(string path)
    {
        var parts = Parts.Value;
        CSharpNotebook.NotebookException? refused = null;
        var answered = false;
        foreach (var type in Types)
        {
            var header = Encoding.UTF8.GetBytes(new JsonObject { ["msg_id"] = "1", ["msg_type"] = type }.ToJsonString());
            if (parts.Wire.Read([[], "<IDS|MSG>"u8.ToArray(), [], header, "{}"u8.ToArray(), "{}"u8.ToArray(), File.ReadAllBytes(path)],
                out var why) is not { } request)
                throw new CSharpNotebook.BadInputException(why);
            try
            {
                var reply = type == "execute_request" ? parts.Execution.RunAsync(request).GetAwaiter().GetResult() : parts.Requests.Answer(request);
                if (reply is not null)
                    _ = parts.Wire.Write(request.Identities, request.ReplyType, reply, request.Header);
                answered = true;
            }
            catch (BadRequestException error)
            {
                refused = error;
            }
        }
        if (!answered && refused is not null)
            throw refused;
    }

    sealed record Answering(Wire Wire, Execution Execution, Requests Requests);

    static readonly Lazy<Answering> Parts = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory("patchwise-attack-");
        var connection = new ConnectionFile("ipc", Path.Combine(folder.FullName, "s"), 1, 2, 3, 4, 5, []);
        var clients = new Clients(connection);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            clients.Dispose();
            folder.Delete(recursive: true);
        };
        var language = new NoCode();
        var execution = new Execution(language, clients);
        return new(clients.Wire, execution, new(language, connection, execution.History, clients));
    });

    /// <summary>C# that completes and explains, and gives code back where it would run it: damaged code may be any code.</summary>
    sealed class NoCode : IKernelLanguage
    {
        readonly ScriptSession _language = new(Path.GetTempPath());

        public Task<CellResult> RunAsync(string code, int number, CellOutput output, CancellationToken stop)
        {
            output.Result(MimeBundle.Plain(code));
            return Task.FromResult(CellResult.Done);
        }

        public Completions Complete(string code, int position) => _language.Complete(code, position);

        public MimeBundle? Inspect(string code, int position) => _language.Inspect(code, position);

        public Completeness IsComplete(string code) => _language.IsComplete(code);

        public void Dispose() => _language.Dispose();
    }
}
