using System.Text.Json;
using NetTopologySuite.Geometries;
using NetTopologySuite.Geometries.Utilities;
using NetTopologySuite.Operation.OverlayNG;

namespace Patchwise;

/// <summary>Predictions as GeoJSON (RFC 7946) in px as large as level 0's, with the properties that QuPath reads: type, class, color, measurements.</summary>
static class PredictionGeoJson
{
    internal static readonly JsonSerializerOptions Options = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <param name="corner">Where they count from, in px of level 0.</param>
    internal static void Write(Stream stream, PredictionTable table, bool merged, (int X, int Y) corner) =>
        JsonSerializer.Serialize(stream, new { type = "FeatureCollection", features = merged ? Areas(table, corner) : Patches(table, corner) }, Options);

    /// <summary>A tile of QuPath for each patch: it draws many of them quickly, which annotations are not made for.</summary>
    static IEnumerable<object> Patches(PredictionTable table, (int X, int Y) corner) => table.Select((row, i) =>
    {
        var box = row.Level0.Shift(-corner.X, -corner.Y);
        var measurements = !table.HasProbabilities ? new() { ["probability"] = row.Probability }
            : table.Probabilities(i).ToArray().Index().ToDictionary(one => $"probability {table.Classes[one.Index].Name}", one => one.Item);
        if (row.Novelty is { } novelty)
            measurements["novelty"] = novelty;
        return Feature("tile", table.Classes[row.Class],
            [[[box.X0, box.Y0], [box.X1, box.Y0], [box.X1, box.Y1], [box.X0, box.Y1], [box.X0, box.Y0]]], measurements);
    });

    /// <summary>An annotation for each connected area of patches of one class.</summary>
    static IEnumerable<object> Areas(PredictionTable table, (int X, int Y) corner)
    {
        var factory = NetTopologySuite.NtsGeometryServices.Instance.CreateGeometryFactory();
        foreach (var patches in table.GroupBy(row => row.Class).OrderBy(group => group.Key))
        {
            var runs = Runs(patches.Select(row => row.Level0.Shift(-corner.X, -corner.Y)))
                .Select(run => factory.ToGeometry(new Envelope(run.X0, run.X1, run.Y0, run.Y1))).ToArray();
            foreach (var area in PolygonExtracter.GetPolygons(OverlayNGRobust.Union(runs)).Cast<Polygon>())
                yield return Feature("annotation", table.Classes[patches.Key], [.. ((LineString[])[area.ExteriorRing, .. area.InteriorRings])
                    .Select(ring => Array.ConvertAll(ring.Coordinates, point => (double[])[point.X, point.Y]))]);
        }
    }

    static object Feature(string type, ClassInfo known, double[][][] rings, Dictionary<string, float>? measurements = null) => new
    {
        type = "Feature",
        geometry = new { type = "Polygon", coordinates = rings },
        properties = new
        {
            objectType = type,
            classification = new
            {
                name = known.Name,
                color = Array.ConvertAll((int[])[1, 3, 5],
                    part => int.Parse(known.Color.AsSpan(part, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
            },
            measurements,
        },
    };

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
}
