using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Patchwise;

/// <summary>
/// XML as Aperio ImageScope saves it: layers (Annotation) of regions with their corners. The layer's name, or its first attribute's, is the class.
/// A region of type 1 is a rectangle, 2 an ellipse in its box, 0 a free outline; one marked NegativeROA is a hole in its layer.
/// </summary>
static class AperioAnnotations
{
    const int EllipsePoints = 72;

    /// <summary>As in JSON; the work on a tree grows faster than its depth.</summary>
    const int Deepest = 64;

    internal static List<Annotation> Read(byte[] bytes, string path)
    {
        try
        {
            // No DTD, so no entities that refer to files or grow without end.
            var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
            using (var depth = XmlReader.Create(new MemoryStream(bytes), settings))
                while (depth.Read())
                    if (depth.Depth > Deepest)
                        throw new BadInputException(
                            $"{path} is nested more than {Deepest} deep: expected <Annotations>, as Aperio ImageScope saves them; save it again from there");
            using var reader = XmlReader.Create(new MemoryStream(bytes), settings);
            var root = XDocument.Load(reader).Root!;
            if (root.Name.LocalName != "Annotations")
                throw new BadInputException(
                    $"{path} is XML of another kind (it begins <{root.Name.LocalName}>): expected <Annotations>, as Aperio ImageScope saves them");
            return [.. root.Elements("Annotation").SelectMany((layer, i) => OfLayer(layer, $"{path}: layer {i + 1}"))];
        }
        catch (XmlException error)
        {
            throw new BadInputException($"{path} is no XML that can be read ({error.Message}): save it again from ImageScope", error);
        }
    }

    static IEnumerable<Annotation> OfLayer(XElement layer, string where)
    {
        var name = Text(layer, "Name") is { Length: > 0 } own ? own
            : layer.Element("Attributes")?.Elements("Attribute").Select(a => Text(a, "Name")).FirstOrDefault() ?? "";
        var regions = layer.Element("Regions")?.Elements("Region").Where(region => Text(region, "Type") is "" or "0" or "1" or "2").ToArray() ?? [];
        (double X, double Y)[][] holes = [.. regions.Where(IsHole).Select(region => OutlineOf(region, where))];
        foreach (var region in regions.Where(region => !IsHole(region)))
        {
            var outline = OutlineOf(region, where);
            var alone = new Annotation(name, Text(region, "Text")) { Outlines = [outline] };
            yield return alone with { Outlines = [outline, .. holes.Where(hole => alone.Contains(hole[0]))] };
        }
    }

    static bool IsHole(XElement region) => Text(region, "NegativeROA") == "1";

    static (double X, double Y)[] OutlineOf(XElement region, string where)
    {
        where = $"{where}, region {Text(region, "Id")}";
        (double X, double Y)[] corners = [.. region.Element("Vertices")?.Elements("Vertex").Select(v => (Number(v, "X", where), Number(v, "Y", where))) ?? []];
        if (Text(region, "Type") is var type && type is "1" or "2" && corners.Length >= 2)
        {
            double x0 = corners.Min(p => p.X), y0 = corners.Min(p => p.Y), x1 = corners.Max(p => p.X), y1 = corners.Max(p => p.Y);
            corners = type == "1" ? [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
                : [.. Enumerable.Range(0, EllipsePoints).Select(i => Math.SinCos(2 * Math.PI * i / EllipsePoints))
                .Select(at => ((x0 + x1 + at.Cos * (x1 - x0)) / 2, (y0 + y1 + at.Sin * (y1 - y0)) / 2))];
        }
        return Outline.Checked(corners, where);
    }

    static string Text(XElement element, string attribute) => (string?)element.Attribute(attribute) ?? "";

    static double Number(XElement element, string attribute, string where) =>
        double.TryParse(Text(element, attribute), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
            : throw new BadInputException($"{where}: a vertex with {attribute}=\"{Text(element, attribute)}\", expected a number");
}
