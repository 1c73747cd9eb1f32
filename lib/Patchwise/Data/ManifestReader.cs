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
        try
        {
            return new FileInfo(path).Length <= SizeLimit ? Parse(File.ReadAllBytes(path), path)
                : throw new BadInputException($"{path} is larger than {SizeLimit} bytes: expected a manifest of data sets");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"the manifest {path} cannot be read: {error.Message}", error);
        }
    }

    internal static IReadOnlyList<ManifestEntry> Parse(ReadOnlySpan<byte> json, string name)
    {
        try
        {
            var entries = JsonSerializer.Deserialize<Document>(json, Options)?.Entries
                ?? throw new BadInputException($"{name}: expected a JSON object, found null");
            var ids = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (i, entry) in entries.Index())
                foreach (var (at, fault) in Faults(entry, ids))
                    throw new BadInputException(FormattableString.Invariant($"{name}: $.entries[{i}]{at}: {fault}"));
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

    /// <summary>What is wrong with an entry, each with its place below it.</summary>
    static IEnumerable<(string At, string Fault)> Faults(ManifestEntry? entry, HashSet<string> ids)
    {
        if (entry is null)
        {
            yield return ("", "null: expected an object");
            yield break;
        }
        if (!Id().IsMatch(entry.Id))
            yield return (".id", $"'{entry.Id}': expected lower-case letters and digits, parted by - or _");
        if (!ids.Add(entry.Id))
            yield return (".id", $"'{entry.Id}' is the id of another entry too");
        foreach (var (member, text) in new[] { ("title", entry.Title), ("licence", entry.Licence), ("source", entry.Source) })
            if (string.IsNullOrWhiteSpace(text))
                yield return ($".{member}", "is empty");
        if (entry.Folder is { } folder && SafePath.Fault(folder) is { } fault)
            yield return (".folder", $"'{SafePath.Printable(folder)}' {fault}");
        if (entry.Files.Count == 0)
            yield return (".files", "is empty");
        var paths = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (i, file) in entry.Files.Index())
            foreach (var (at, wrong) in Faults(file, entry.IsEmbedded, paths))
                yield return (FormattableString.Invariant($".files[{i}]{at}"), wrong);
        if (entry.Resolution is { Mpp: null, Magnification: null })
            yield return (".resolution", "neither mpp nor magnification");
        if (entry.Resolution is { Mpp: <= 0 } or { Magnification: <= 0 })
            yield return (".resolution", "expected numbers above 0");
        foreach (var (i, known) in entry.Classes.Index())
        {
            var at = FormattableString.Invariant($".classes[{i}]");
            if (known is null)
                yield return (at, "null: expected an object");
            else if (!Color().IsMatch(known.Color))
                yield return ($"{at}.color", $"'{known.Color}': expected # and six lower-case hex digits");
            else if (known.Name.Length == 0 || entry.Classes.Take(i).Any(other => other.Name == known.Name))
                yield return ($"{at}.name", $"'{known.Name}' is empty or the name of another class too");
        }
        if (entry.Model is { Patch: < 1 } or { Stride: < 1 })
            yield return (".model", "patch and stride: expected at least 1 px");
    }

    static IEnumerable<(string At, string Fault)> Faults(ManifestFile? file, bool isEmbedded, HashSet<string> paths)
    {
        if (file is null)
        {
            yield return ("", "null: expected an object");
            yield break;
        }
        if (SafePath.Fault(file.Path) is { } fault)
            yield return (".path", $"'{SafePath.Printable(file.Path)}' {fault}");
        if (file.Path == FetchedFile.RecordName)
            yield return (".path", $"'{file.Path}' is the name of the record of a fetch");
        if (!paths.Add(file.Path))
            yield return (".path", $"'{file.Path}' is the path of another file too");
        if (file.Bytes is < 0)
            yield return (".bytes", "is below 0");
        if (file.Sha256 is { } digest && !Digest().IsMatch(digest))
            yield return (".sha256", $"'{digest}': expected 64 lower-case hex digits, or null where it is not known");
        if (isEmbedded && (file.Bytes is null || file.Sha256 is null || file.Urls.Count > 0 || file.Unpack))
            yield return ("", "an embedded file states bytes and sha256 and has no urls and nothing to unpack");
        if (!isEmbedded && file.Urls.Count == 0)
            yield return (".urls", "is empty: expected the addresses to fetch from, or a folder for the entry");
        foreach (var (i, url) in file.Urls.Index().Where(one => !IsAllowed(one.Item)))
            yield return (FormattableString.Invariant($".urls[{i}]"), $"'{url}': expected an https address");
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
