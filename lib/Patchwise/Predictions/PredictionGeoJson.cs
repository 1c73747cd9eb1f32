using System.Globalization;
using System.Text.Json;
using NetTopologySuite.Geometries;
using NetTopologySuite.Geometries.Utilities;
using NetTopologySuite.Operation.OverlayNG;

namespace Patchwise;

/// <summary>Predictions as GeoJSON (RFC 7946) in px as large as level 0's, with the properties that QuPath reads: type, class, color, measurements.</summary>
static class PredictionGeoJson
{
    /// <summary>Bytes that are gathered before they go on to the file.</summary>
    const int Chunk = 1 << 16;

    /// <param name="corner">Where they count from, in px of level 0.</param>
    internal static void Write(Stream stream, PredictionTable table, bool merged, (int X, int Y) corner)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("type", "FeatureCollection");
        json.WriteStartArray("features");
        if (merged)
            Areas(json, table, corner);
        else
            Patches(json, table, corner);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A tile of QuPath for each patch: it draws many of them quickly, which annotations are not made for.</summary>
    static void Patches(Utf8JsonWriter json, PredictionTable table, (int X, int Y) corner)
    {
        foreach (var (i, row) in table.Index())
        {
            var box = row.Level0.Shift(-corner.X, -corner.Y);
            Feature(json, "tile", table.Classes[row.Class],
                () => Ring(json, [(box.X0, box.Y0), (box.X1, box.Y0), (box.X1, box.Y1), (box.X0, box.Y1), (box.X0, box.Y0)]), () =>
            {
                json.WriteStartObject("measurements");
                if (!table.HasProbabilities)
                    json.WriteNumber("probability", row.Probability);
                else
                    foreach (var (k, probability) in table.Probabilities(i).ToArray().Index())
                        json.WriteNumber($"probability {table.Classes[k].Name}", probability);
                json.WriteEndObject();
            });
            if (json.BytesPending > Chunk)
                json.Flush();
        }
    }

    /// <summary>An annotation for each connected area of patches of one class.</summary>
    static void Areas(Utf8JsonWriter json, PredictionTable table, (int X, int Y) corner)
    {
        var factory = NetTopologySuite.NtsGeometryServices.Instance.CreateGeometryFactory();
        foreach (var patches in table.GroupBy(row => row.Class).OrderBy(group => group.Key))
        {
            var runs = Runs(patches.Select(row => row.Level0.Shift(-corner.X, -corner.Y)))
                .Select(run => factory.ToGeometry(new Envelope(run.X0, run.X1, run.Y0, run.Y1))).ToArray();
            foreach (var area in PolygonExtracter.GetPolygons(OverlayNGRobust.Union(runs)).Cast<Polygon>())
            {
                Feature(json, "annotation", table.Classes[patches.Key], () =>
                {
                    foreach (var ring in (LineString[])[area.ExteriorRing, .. area.InteriorRings])
                        Ring(json, ring.Coordinates.Select(point => (point.X, point.Y)));
                }, () => { });
                json.Flush();
            }
        }
    }

    /// <summary>Boxes that touch or overlap in a row as one: what is left is united much sooner.</summary>
    static IEnumerable<Box> Runs(IEnumerable<Box> boxes)
    {
        Box? run = null;
        foreach (var box in boxes.OrderBy(box => box.Y0).ThenBy(box => box.Y1).ThenBy(box => box.X0))
            if (run is { } before && (before.Y0, before.Y1) == (box.Y0, box.Y1) && box.X0 <= before.X1)
                run = before with { X1 = Math.Max(before.X1, box.X1) };
            else
            {
                if (run is { } whole)
                    yield return whole;
                run = box;
            }
        if (run is { } last)
            yield return last;
    }

    static void Feature(Utf8JsonWriter json, string type, ClassInfo known, Action rings, Action properties)
    {
        json.WriteStartObject();
        json.WriteString("type", "Feature");
        json.WriteStartObject("geometry");
        json.WriteString("type", "Polygon");
        json.WriteStartArray("coordinates");
        rings();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteString("objectType", type);
        json.WriteStartObject("classification");
        json.WriteString("name", known.Name);
        json.WriteStartArray("color");
        foreach (var part in (int[])[1, 3, 5])
            json.WriteNumberValue(int.Parse(known.Color.AsSpan(part, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        json.WriteEndArray();
        json.WriteEndObject();
        properties();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    static void Ring(Utf8JsonWriter json, IEnumerable<(double X, double Y)> points)
    {
        json.WriteStartArray();
        foreach (var (x, y) in points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(x);
            json.WriteNumberValue(y);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }
}
