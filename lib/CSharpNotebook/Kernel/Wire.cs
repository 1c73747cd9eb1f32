using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace CSharpNotebook.Kernel;

/// <summary>
/// Messages as frames: identities, a delimiter, the signature, header, parent header, metadata, content, buffers. The signature is the HMAC-SHA256
/// of the four JSON frames in hexadecimal; with an empty key it is empty and nothing is checked. Called from any thread.
/// </summary>
sealed class Wire(byte[] key)
{
    internal const string ProtocolVersion = "5.4";

    /// <summary>Signatures that are remembered, so that a message which is sent again is not obeyed again.</summary>
    const int Remembered = 65_536;

    /// <summary>Headers come back as the parent of each output; those of Jupyter have 250 bytes.</summary>
    const int LongestHeader = 65_536;

    static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray(), EmptyObject = "{}"u8.ToArray();
    static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1000 };
    static readonly JsonDocumentOptions Plain = new() { AllowDuplicateProperties = false };

    readonly string _session = Guid.NewGuid().ToString("N");
    readonly HashSet<string> _seen = [];
    readonly Queue<string> _order = new();
    long _sent;

    /// <summary>Null for what is to be dropped; <paramref name="why"/> says it.</summary>
    internal Message? Read(byte[][] frames, out string why)
    {
        var at = Array.FindIndex(frames, frame => frame.AsSpan().SequenceEqual(Delimiter));
        if (at < 0 || frames.Length < at + 6)
        {
            why = "it has not the frames of a message";
            return null;
        }
        var (signature, parts) = (frames[at + 1], frames[(at + 2)..(at + 6)]);
        if (key.Length > 0)
        {
            if (!CryptographicOperations.FixedTimeEquals(signature, Sign(parts)))
            {
                why = signature.Length == 0 ? "it is not signed" : "its signature is not made with this kernel's key";
                return null;
            }
            if (!Remember(Encoding.ASCII.GetString(signature)))
            {
                why = "it came before";
                return null;
            }
        }
        if (parts[0].Length > LongestHeader)
        {
            why = string.Create(CultureInfo.InvariantCulture, $"its header has more than {LongestHeader:N0} bytes");
            return null;
        }
        try
        {
            var header = Object(parts[0]);
            var message = new Message(frames[..at], parts[0], header.GetProperty("msg_id").GetString()!, header.GetProperty("msg_type").GetString()!,
                Object(parts[1]), Object(parts[3]));
            why = "its header has no msg_id or no msg_type";
            return message.Id is null || message.Type is null ? null : message;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            why = error.Message;
            return null;
        }
    }

    internal byte[][] Write(IReadOnlyList<byte[]> identities, string type, JsonObject content, byte[]? parentHeader)
    {
        var header = new JsonObject
        {
            ["msg_id"] = string.Create(CultureInfo.InvariantCulture, $"{_session}_{Interlocked.Increment(ref _sent)}"),
            ["session"] = _session,
            ["username"] = "kernel",
            ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            ["msg_type"] = type,
            ["version"] = ProtocolVersion,
        };
        byte[][] parts = [Bytes(header), parentHeader ?? EmptyObject, EmptyObject, Bytes(content)];
        return [.. identities, Delimiter, key.Length > 0 ? Sign(parts) : [], .. parts];
    }

    static byte[] Bytes(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json, Relaxed);

    static JsonElement Object(byte[] json)
    {
        // The reader of JSON does not look into texts, and clients fail at what they cannot decode.
        if (!Utf8.IsValid(json))
            throw new JsonException("it is not UTF-8");
        var element = JsonElement.Parse(json, Plain);
        return element.ValueKind == JsonValueKind.Object ? element : throw new JsonException($"it has a JSON {element.ValueKind} where an object belongs");
    }

    byte[] Sign(byte[][] parts)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        foreach (var part in parts)
            hash.AppendData(part);
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    bool Remember(string signature)
    {
        lock (_seen)
        {
            if (!_seen.Add(signature))
                return false;
            _order.Enqueue(signature);
            if (_order.Count > Remembered)
                _seen.Remove(_order.Dequeue());
            return true;
        }
    }
}

/// <summary>A message of a client that has passed the checks of <see cref="Wire"/>.</summary>
/// <param name="Identities">The way back to the client.</param>
/// <param name="Header">As it came: answers and outputs carry it on as their parent.</param>
sealed record Message(IReadOnlyList<byte[]> Identities, byte[] Header, string Id, string Type, JsonElement Parent, JsonElement Content)
{
    /// <summary>Execute becomes execute_reply.</summary>
    internal string ReplyType => Type.EndsWith("_request", StringComparison.Ordinal) ? Type[..^"request".Length] + "reply" : Type + "_reply";

    /// <exception cref="BadRequestException">It is missing or something else.</exception>
    internal string Text(string name) => Text(name, null) ?? throw new BadRequestException($"{Type}: '{name}' is missing");

    internal string? Text(string name, string? otherwise)
    {
        try
        {
            return Of(name, JsonValueKind.String) is { } value ? value.GetString()! : otherwise;
        }
        catch (InvalidOperationException)
        {
            throw new BadRequestException($"{Type}: '{name}' holds half a character (a lone surrogate)");
        }
    }

    internal int Number(string name, int otherwise) =>
        Of(name, JsonValueKind.Number) is not { } value ? otherwise
        : value.TryGetInt32(out var number) ? number
        : throw new BadRequestException($"{Type}: '{name}' is no whole number from {int.MinValue} to {int.MaxValue}");

    internal bool Flag(string name, bool otherwise) => Content.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
        ? value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new BadRequestException($"{Type}: '{name}' is of the kind {value.ValueKind}, expected true or false"),
        }
        : otherwise;

    /// <summary>Null where it is missing or null.</summary>
    internal JsonElement? Of(string name, JsonValueKind kind) =>
        !Content.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == kind ? value : throw new BadRequestException($"{Type}: '{name}' is of the kind {value.ValueKind}, expected {kind}");
}

/// <summary>A client's message is well signed, and wrong.</summary>
sealed class BadRequestException(string message) : NotebookException(message);
