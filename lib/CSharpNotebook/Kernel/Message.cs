using System.Text.Json;

namespace CSharpNotebook.Kernel;

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
