using System.Text.Json;
using NetTopologySuite.Geometries;

namespace Patchwise;

/// <summary>
/// GeoJSON (RFC 7946) as QuPath exports it: a collection, a list or one feature; class and name lie in the properties, of which QuPath has spelled some in
/// several ways.
/// </summary>
/// <param name="notes">Takes what is left out, one entry each.</param>
sealed class GeoJsonAnnotations(string path, List<string> notes)
{
    readonly List<Annotation> _all = [];
    int _features;

    /// <param name="slide">Of which the outlines are, as a member "slide" of a collection may say: name, width and height, px of level 0.</param>
    internal static List<Annotation> Read(byte[] bytes, string path, List<string> notes, out (string Name, PixelSize Size)? slide)
    {
        var reader = new GeoJsonAnnotations(path, notes);
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
            reader.Add(document.RootElement);
            slide = Member(document.RootElement, "slide") is { ValueKind: JsonValueKind.Object } of && Whole(of, "width") is { } width
                && Whole(of, "height") is { } height ? (Text(of, "name"), new(width, height)) : null;
            return reader._all;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            var why = error is JsonException ? error.Message.Split('\n')[0] : $"feature {Math.Max(0, reader._features - 1)} has "
                + (error is KeyNotFoundException ? "no geometry with \"type\" and \"coordinates\"" : "a value of another kind, such as text for a number");
            throw new BadInputException($"{path} is no GeoJSON that can be read ({why}): expected features with polygons, as QuPath exports them", error);
        }
    }

    /// <summary>A feature with the objects below it, or a list or collection of them.</summary>
    void Add(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
            foreach (var one in element.EnumerateArray())
                Add(one);
        else if (Member(element, "features") is { } list)
            Add(list);
        else
            AddFeature(element, $"{path}: feature {_features++}");
    }

    void AddFeature(JsonElement feature, string where)
    {
        var (properties, left) = (Member(feature, "properties") ?? default, notes.Count);
        var nucleus = (Member(feature, "nucleusGeometry") ?? Member(properties, "nucleusGeometry")) is { } inner ? AreaOf(inner, where) : Outline.Empty;
        var area = !feature.TryGetProperty("geometry", out var outer) ? AreaOf(feature, where) : outer.ValueKind == JsonValueKind.Null ? nucleus
            : AreaOf(outer, where);
        if (!area.IsEmpty)
            _all.Add(new(ClassOf(properties, where), Text(properties, "name"))
            {
                Type = Text(properties, "objectType") is { Length: > 0 } type ? type : Text(properties, "object_type"),
                Color = ColorOf(Member(properties, "classification") ?? default) ?? ColorOf(properties),
                Area = area,
                Nucleus = nucleus.IsEmpty ? null : nucleus,
            });
        else if (notes.Count == left)
            notes.Add("outline without area left out");
        if ((Member(feature, "childObjects") ?? Member(properties, "childObjects")) is { } children)
            Add(children);
    }

    Geometry AreaOf(JsonElement geometry, string where)
    {
        var kind = geometry.GetProperty("type").GetString();
        JsonElement.ArrayEnumerator Items(string key) => geometry.GetProperty(key).EnumerateArray();
        switch (kind)
        {
            case "Polygon":
                return OfRings(Items("coordinates"), where);
            case "MultiPolygon":
                return Outline.Union([.. Items("coordinates").Select(rings => OfRings(rings.EnumerateArray(), where))]);
            case "GeometryCollection":
                return Outline.Union([.. Items("geometries").Select(part => AreaOf(part, where)).Where(part => !part.IsEmpty)]);
            default:
                notes.Add($"{kind} left out");
                return Outline.Empty;
        }
    }

    static Geometry OfRings(IEnumerable<JsonElement> rings, string where)
    {
        Geometry[] areas = [.. rings.Select(ring => Outline.Ring([.. ring.EnumerateArray().Select(point => point.GetArrayLength() >= 2
            ? (point[0].GetDouble(), point[1].GetDouble())
            : throw new BadInputException($"{where}: a point of {point.GetArrayLength()} numbers, expected x and y"))], where))];
        return areas is [] ? Outline.Empty : areas[0].Without(Outline.Union(areas[1..]));
    }

    /// <summary>Where classes stand in files of other programs.</summary>
    static readonly string[] OtherClasses = ["class", "className", "label", "category", "type", "cell_type"];

    string ClassOf(JsonElement properties, string where)
    {
        if (Member(properties, "classification") is { } known)
            return NameOf(known) ?? throw new BadInputException($"{where} has the classification {Shortened(known.GetRawText())}: expected a name as QuPath "
                + "writes it, such as \"Tumor\", {\"name\": \"Tumor\"} or {\"names\": [\"Tumor\", \"Positive\"]}");
        if (OtherClasses.FirstOrDefault(key => Member(properties, key) is not null) is { } other)
            notes.Add($"property '{other}', which may be a class (expected: classification)");
        return "";
    }

    /// <summary>QuPath 0.4 and later list a class and what is derived of it, 0.2 and 0.3 nest the one in the other. Null where it is neither.</summary>
    static string? NameOf(JsonElement known)
    {
        if (known.ValueKind == JsonValueKind.String)
            return known.GetString()!.Trim();
        if ((known.ValueKind == JsonValueKind.Array ? known : Member(known, "names")) is { ValueKind: JsonValueKind.Array } names)
            return names.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String)
                ? string.Join(": ", names.EnumerateArray().Select(part => part.GetString()!.Trim())) : null;
        if (known.ValueKind != JsonValueKind.Object || Member(known, "name") is { ValueKind: not JsonValueKind.String })
            return null;
        var own = Text(known, "name");
        if (Member(known, "parentClass") is { } parent)
            return NameOf(parent) is not { } above ? null : above is "" || own.StartsWith($"{above}: ", StringComparison.Ordinal) ? own : $"{above}: {own}";
        return own is "" && known.EnumerateObject().Any(member => !member.Name.StartsWith("color", StringComparison.OrdinalIgnoreCase)
            && member.Name is not ("name" or "names" or "parentClass")) ? null : own;
    }

    /// <summary>A list of red, green and blue, or one number of all with the opacity above.</summary>
    static string? ColorOf(JsonElement of)
    {
        if (Member(of, "color") is { ValueKind: JsonValueKind.Array } parts && parts.GetArrayLength() >= 3
            && parts.EnumerateArray().All(part => part.ValueKind == JsonValueKind.Number && part.TryGetByte(out _)))
            return $"#{parts[0].GetByte():x2}{parts[1].GetByte():x2}{parts[2].GetByte():x2}";
        return (Member(of, "colorRGB") ?? Member(of, "color")) is { ValueKind: JsonValueKind.Number } one && one.TryGetInt64(out var argb)
            ? $"#{argb & 0xFFFFFF:x6}" : null;
    }

    static string Shortened(string text) => text.Length <= 80 ? text : $"{text[..80]} ...";

    static string Text(JsonElement of, string key) => Member(of, key) is { ValueKind: JsonValueKind.String } text ? text.GetString()!.Trim() : "";

    static int? Whole(JsonElement of, string key) =>
        Member(of, key) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var found) ? found : null;

    static JsonElement? Member(JsonElement of, string key) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(key, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;
}
