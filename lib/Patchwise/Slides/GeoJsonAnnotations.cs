using System.Text.Json;

namespace Patchwise;

/// <summary>GeoJSON (RFC 7946) as QuPath exports it: a collection, a list or one feature; class and name lie in the properties.</summary>
static class GeoJsonAnnotations
{
    internal static List<Annotation> Read(byte[] bytes, string path)
    {
        List<Annotation> all = [];
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
            var root = document.RootElement;
            var features = root.ValueKind == JsonValueKind.Array ? root.EnumerateArray().ToArray()
                : root.TryGetProperty("features", out var list) ? list.EnumerateArray().ToArray() : [root];
            foreach (var (i, feature) in features.Index())
                if (OutlinesOf(feature, path, i) is { Count: > 0 } outlines)
                    all.Add(new(Text(feature, "classification", "name"), Text(feature, "name")) { Outlines = outlines });
            return all;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new BadInputException(
                $"{path} is no GeoJSON that can be read ({error.Message.Split('\n')[0]}): expected features with polygons, as QuPath exports them", error);
        }
    }

    static List<(double, double)[]> OutlinesOf(JsonElement feature, string path, int index)
    {
        var geometry = feature.TryGetProperty("geometry", out var inside) ? inside : feature;
        if (geometry.ValueKind != JsonValueKind.Object)
            return [];
        var polygons = geometry.GetProperty("type").GetString() switch
        {
            "Polygon" => [geometry.GetProperty("coordinates")],
            "MultiPolygon" => geometry.GetProperty("coordinates").EnumerateArray().ToArray(),
            _ => [],
        };
        return [.. polygons.SelectMany(polygon => polygon.EnumerateArray()).Select(ring => Outline.Checked(
            [.. ring.EnumerateArray().Select(point => point.GetArrayLength() >= 2 ? (point[0].GetDouble(), point[1].GetDouble())
                : throw new FormatException($"a point of {point.GetArrayLength()} numbers in feature {index}"))], $"{path}: feature {index}"))];
    }

    static string Text(JsonElement feature, params string[] keys)
    {
        var at = feature;
        foreach (var key in (string[])["properties", .. keys])
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(key, out at))
                return "";
        return at.ValueKind == JsonValueKind.String ? at.GetString()! : "";
    }
}

/// <summary>Checks of what files give as outlines.</summary>
static class Outline
{
    const double Farthest = 1e9;

    internal static (double X, double Y)[] Checked((double X, double Y)[] points, string where)
    {
        if (points.Length < 3)
            throw new BadInputException($"{where}: an outline of {points.Length} points, expected at least 3");
        foreach (var (x, y) in points)
            if (!(Math.Abs(x) <= Farthest && Math.Abs(y) <= Farthest))
                throw new BadInputException(FormattableString.Invariant($"{where}: the point ({x}, {y}) lies nowhere near a slide: expected px of level 0"));
        return points;
    }
}
