using System.Text.Json;
using System.Text.Json.Nodes;

namespace CSharpNotebook.Display;

/// <summary>One thing shown, in several forms; the front end picks the richest it can show. Images are base64 text.</summary>
sealed record MimeBundle(IReadOnlyDictionary<string, string> Data)
{
    internal const string Html = "text/html", Text = "text/plain", Png = "image/png", Jpeg = "image/jpeg", Markdown = "text/markdown",
        Script = "application/javascript";

    internal static MimeBundle Of(string mimeType, string value, string text) =>
        new(new Dictionary<string, string> { [mimeType] = value, [Text] = text });

    internal static MimeBundle Plain(string text) => new(new Dictionary<string, string> { [Text] = text });

    internal long Length => Data.Values.Sum(value => (long)value.Length);

    /// <summary>JSON types become JSON, as Jupyter wants them; everything else is a string.</summary>
    internal JsonObject ToJson() =>
        new(Data.Select(entry => KeyValuePair.Create(entry.Key, IsJson(entry.Key) ? Parse(entry.Value) : JsonValue.Create(entry.Value))));

    internal static bool IsJson(string mimeType) => mimeType.EndsWith("json", StringComparison.Ordinal);

    static JsonNode? Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return JsonValue.Create(json);
        }
    }
}
