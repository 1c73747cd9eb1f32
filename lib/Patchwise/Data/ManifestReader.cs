using System.Diagnostics.CodeAnalysis;
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

    internal static IReadOnlyList<ManifestEntry> Read(string path) => InputFile.Read($"the manifest {path}", () => new FileInfo(path).Length <= SizeLimit
        ? Parse(File.ReadAllBytes(path), path) : throw new BadInputException($"{path} is larger than {SizeLimit} bytes: expected a manifest of data sets"),
        "cannot be read");

    internal static IReadOnlyList<ManifestEntry> Parse(ReadOnlySpan<byte> json, string name)
    {
        try
        {
            var entries = JsonSerializer.Deserialize<Document>(json, Options)?.Entries
                ?? throw new BadInputException($"{name}: expected a JSON object, found null");
            HashSet<string> ids = [];
            foreach (var (i, entry) in entries.Index())
                Check(entry, FormattableString.Invariant($"{name}: $.entries[{i}]"), ids);
            return entries;
        }
        catch (JsonException error)
        {
            throw new BadInputException(FormattableString.Invariant($"{name}, line {error.LineNumber + 1}: {error.Path ?? "$"}: {InWords(error)}"), error);
        }
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

    static void Check(ManifestEntry? entry, string at, HashSet<string> ids)
    {
        Expect(entry is not null, at, "null: expected an object");
        Expect(Id().IsMatch(entry.Id), $"{at}.id", $"'{entry.Id}': expected lower-case letters and digits, parted by - or _");
        Expect(ids.Add(entry.Id), $"{at}.id", $"'{entry.Id}' is the id of another entry too");
        foreach (var (member, text) in new[] { ("title", entry.Title), ("licence", entry.Licence), ("source", entry.Source) })
            Expect(!string.IsNullOrWhiteSpace(text), $"{at}.{member}", "is empty");
        CheckPath(entry.Folder, $"{at}.folder");
        Expect(entry.Files.Count > 0, $"{at}.files", "is empty");
        var paths = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (i, file) in entry.Files.Index())
            Check(file, FormattableString.Invariant($"{at}.files[{i}]"), entry.IsEmbedded, paths);
        Expect(entry.Resolution is not { Mpp: null, Magnification: null }, $"{at}.resolution", "neither mpp nor magnification");
        Expect(entry.Resolution is not ({ Mpp: <= 0 } or { Magnification: <= 0 }), $"{at}.resolution", "expected numbers above 0");
        HashSet<string> names = [""];
        foreach (var (i, known) in entry.Classes.Index())
        {
            var place = FormattableString.Invariant($"{at}.classes[{i}]");
            Expect(known is not null, place, "null: expected an object");
            Expect(Color().IsMatch(known.Color), $"{place}.color", $"'{known.Color}': expected # and six lower-case hex digits");
            Expect(names.Add(known.Name), $"{place}.name", $"'{known.Name}' is empty or the name of another class too");
        }
        Expect(entry.Model is not ({ Patch: < 1 } or { Stride: < 1 }), $"{at}.model", "patch and stride: expected at least 1 px");
    }

    static void Check(ManifestFile? file, string at, bool isEmbedded, HashSet<string> paths)
    {
        Expect(file is not null, at, "null: expected an object");
        CheckPath(file.Path, $"{at}.path");
        Expect(file.Path != FetchedFile.RecordName, $"{at}.path", $"'{file.Path}' is the name of the record of a fetch");
        Expect(paths.Add(file.Path), $"{at}.path", $"'{file.Path}' is the path of another file too");
        Expect(!(file.Bytes < 0), $"{at}.bytes", "is below 0");
        Expect(file.Sha256 is null || Digest().IsMatch(file.Sha256), $"{at}.sha256", $"'{file.Sha256}': expected 64 lower-case hex digits, or null where it is "
            + "not known");
        Expect(!isEmbedded || file is { Bytes: not null, Sha256: not null, Urls.Count: 0, Unpack: false }, at,
            "an embedded file states bytes and sha256 and has no urls and nothing to unpack");
        Expect(isEmbedded || file.Urls.Count > 0, $"{at}.urls", "is empty: expected the addresses to fetch from, or a folder for the entry");
        foreach (var (i, url) in file.Urls.Index())
            Expect(IsAllowed(url), FormattableString.Invariant($"{at}.urls[{i}]"), $"'{url}': expected an https address");
    }

    static void CheckPath(string? path, string at)
    {
        if (path is not null && SafePath.Fault(path) is { } fault)
            Expect(false, at, $"'{SafePath.Printable(path)}' {fault}");
    }

    static void Expect([DoesNotReturnIf(false)] bool isRight, string at, string fault)
    {
        if (!isRight)
            throw new BadInputException($"{at}: {fault}");
    }

    /// <summary>https, or http to this machine (where nobody stands between).</summary>
    static bool IsAllowed(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    [GeneratedRegex(@"^[a-z0-9]+([_-]+[a-z0-9]+)*\z")] private static partial Regex Id();
    [GeneratedRegex(@"^[0-9a-f]{64}\z")] private static partial Regex Digest();
    [GeneratedRegex(@"^#[0-9a-f]{6}\z")] private static partial Regex Color();
}
