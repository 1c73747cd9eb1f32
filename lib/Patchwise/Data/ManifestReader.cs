using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Patchwise;

/// <summary>Reads data-manifest.json strictly: what is unknown, missing, ill-typed or doubled is named with its JSON path.</summary>
static partial class ManifestReader
{
    const long SizeLimit = 16 << 20;

    static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        MaxDepth = 16,
    };

    sealed record Document([property: JsonPropertyName("$schema")] string Schema, IReadOnlyList<ManifestEntry> Entries);

    internal static IReadOnlyList<ManifestEntry> Read(string path)
    {
        byte[] json;
        try
        {
            if (new FileInfo(path).Length > SizeLimit)
                throw new BadInputException($"{path} is larger than {SizeLimit} bytes: expected a manifest of data sets");
            json = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"the manifest {path} cannot be read: {error.Message}", error);
        }
        return Parse(json, path);
    }

    internal static IReadOnlyList<ManifestEntry> Parse(ReadOnlySpan<byte> json, string name)
    {
        Document document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(json, Options) ?? throw new BadInputException($"{name}: expected a JSON object, found null");
        }
        catch (JsonException error)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{name}, line {error.LineNumber + 1}: {error.Path ?? "$"}: {InWords(error)}"), error);
        }
        Check(document.Entries, name);
        return document.Entries;
    }

    /// <summary>The serializer's own text speaks of .NET types and repeats the place in bytes.</summary>
    static string InWords(JsonException error)
    {
        var text = error.Message.Split(" Path: ", 2)[0].Split(" LineNumber:", 2)[0].TrimEnd('.');
        if (text.Contains("could not be mapped to any .NET member", StringComparison.Ordinal))
            return "no member of that name is known";
        if (text.Split("missing required properties including: ", 2) is [_, var members])
            return $"lacks {members}";
        return text.Contains("could not be converted", StringComparison.Ordinal) || text.Contains("allow null values", StringComparison.Ordinal)
            ? "is null, of another type or none of the values expected; see data-manifest.schema.json"
            : text;
    }

    static void Check(IReadOnlyList<ManifestEntry> entries, string name)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < entries.Count; i++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"$.entries[{i}]");
            if (entries[i] is not { } entry)
                throw Fault(at, "null: expected an object");
            if (!Id().IsMatch(entry.Id))
                throw Fault($"{at}.id", $"'{entry.Id}': expected lower-case letters and digits, parted by - or _");
            if (!ids.Add(entry.Id))
                throw Fault($"{at}.id", $"'{entry.Id}' is the id of another entry too");
            foreach (var (member, text) in new[] { ("title", entry.Title), ("licence", entry.Licence), ("source", entry.Source) })
                if (string.IsNullOrWhiteSpace(text))
                    throw Fault($"{at}.{member}", "is empty");
            if (entry.Folder is { } folder && SafePath.Fault(folder) is { } fault)
                throw Fault($"{at}.folder", $"'{SafePath.Printable(folder)}' {fault}");
            CheckFiles(entry, at);
            if (entry.Resolution is { } resolution)
            {
                if (resolution.Mpp is null && resolution.Magnification is null)
                    throw Fault($"{at}.resolution", "neither mpp nor magnification");
                if (resolution.Mpp is <= 0 || resolution.Magnification is <= 0)
                    throw Fault($"{at}.resolution", "expected numbers above 0");
            }
            for (var k = 0; k < entry.Classes.Count; k++)
            {
                var inClass = string.Create(CultureInfo.InvariantCulture, $"{at}.classes[{k}]");
                if (entry.Classes[k] is not { } known)
                    throw Fault(inClass, "null: expected an object");
                if (!Color().IsMatch(known.Color))
                    throw Fault($"{inClass}.color", $"'{known.Color}': expected # and six lower-case hex digits");
                if (known.Name.Length == 0 || entry.Classes.Take(k).Any(other => other.Name == known.Name))
                    throw Fault($"{inClass}.name", $"'{known.Name}' is empty or the name of another class too");
            }
            if (entry.Model is { Patch: < 1 } or { Stride: < 1 })
                throw Fault($"{at}.model", "patch and stride: expected at least 1 px");
        }

        void CheckFiles(ManifestEntry entry, string at)
        {
            if (entry.Files.Count == 0)
                throw Fault($"{at}.files", "is empty");
            var paths = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            for (var i = 0; i < entry.Files.Count; i++)
            {
                var inFile = string.Create(CultureInfo.InvariantCulture, $"{at}.files[{i}]");
                if (entry.Files[i] is not { } file)
                    throw Fault(inFile, "null: expected an object");
                if (SafePath.Fault(file.Path) is { } fault)
                    throw Fault($"{inFile}.path", $"'{SafePath.Printable(file.Path)}' {fault}");
                if (file.Path == FetchedFile.RecordName)
                    throw Fault($"{inFile}.path", $"'{file.Path}' is the name of the record of a fetch");
                if (!paths.Add(file.Path))
                    throw Fault($"{inFile}.path", $"'{file.Path}' is the path of another file too");
                if (file.Bytes is < 0)
                    throw Fault($"{inFile}.bytes", "is below 0");
                if (file.Sha256 is { } digest && !Digest().IsMatch(digest))
                    throw Fault($"{inFile}.sha256", $"'{digest}': expected 64 lower-case hex digits, or null where it is not known");
                if (entry.IsEmbedded && (file.Bytes is null || file.Sha256 is null || file.Urls.Count > 0 || file.Unpack))
                    throw Fault(inFile, "an embedded file states bytes and sha256 and has no urls and nothing to unpack");
                if (!entry.IsEmbedded && file.Urls.Count == 0)
                    throw Fault($"{inFile}.urls", "is empty: expected the addresses to fetch from, or a folder for the entry");
                for (var k = 0; k < file.Urls.Count; k++)
                    if (!IsAllowed(file.Urls[k]))
                        throw Fault(string.Create(CultureInfo.InvariantCulture, $"{inFile}.urls[{k}]"), $"'{file.Urls[k]}': expected an https address");
            }
        }

        BadInputException Fault(string at, string what) => new($"{name}: {at}: {what}");
    }

    /// <summary>https, or http to this machine (where nobody stands between).</summary>
    static bool IsAllowed(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    [GeneratedRegex(@"^[a-z0-9]+([_-]+[a-z0-9]+)*\z")]
    private static partial Regex Id();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Digest();

    [GeneratedRegex(@"^#[0-9a-f]{6}\z")]
    private static partial Regex Color();
}
