using System.Text.Json.Nodes;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Kernel;

/// <summary>What all clients see, each message with the request that it belongs to.</summary>
sealed class Publisher(Wire wire, Sockets sockets)
{
    /// <param name="parent">Null for what no request caused.</param>
    internal void Send(string type, JsonObject content, Message? parent) =>
        sockets.Publish(wire.Write([System.Text.Encoding.ASCII.GetBytes(type)], type, content, parent?.Header));

    internal void Status(string state, Message? parent) => Send("status", new JsonObject { ["execution_state"] = state }, parent);

    internal static JsonObject Error(CellError error) => new()
    {
        ["ename"] = error.Name,
        ["evalue"] = error.Message,
        ["traceback"] = new JsonArray([.. error.Trace.Select((line, index) => (JsonNode)(index == 0 ? Marked(line, error.Name) : line))]),
    };

    /// <summary>Clients show the escape sequences of terminals as colors.</summary>
    static string Marked(string line, string name) => line.StartsWith(name, StringComparison.Ordinal) ? $"\e[31m{name}\e[0m{line[name.Length..]}" : line;
}
