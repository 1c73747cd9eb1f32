using System.Xml;
using System.Xml.Linq;
using NetTopologySuite.Geometries;
using NetTopologySuite.Index.Strtree;

namespace Patchwise;

/// <summary>
/// XML as Aperio ImageScope, HALO and ASAP save it. The first two have layers (Annotation) of regions with their corners, whose types ImageScope numbers and
/// HALO names; negative regions are holes in their layer. ASAP has outlines (Annotation), each of a group.
/// </summary>
/// <param name="notes">Takes what is left out, one entry each.</param>
sealed class XmlAnnotations(string path, List<string> notes)
{
    /// <summary>As in JSON; the work on a tree grows faster than its depth.</summary>
    const int Deepest = 64;

    /// <summary>What ImageScope calls the attribute of a layer that nobody renamed.</summary>
    const string Unnamed = "Description";

    /// <param name="microns">Per pixel of the slide that was outlined, where the file states them.</param>
    internal static List<Annotation> Read(byte[] bytes, string path, List<string> notes, out double? microns)
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
            microns = double.TryParse(Text(root, "MicronsPerPixel"), CultureInfo.InvariantCulture, out var stated) && stated > 0 && double.IsFinite(stated)
                ? stated : null;
            var own = new XmlAnnotations(path, notes);
            return root.Name.LocalName switch
            {
                "Annotations" => [.. root.Elements("Annotation").SelectMany((layer, i) => own.OfLayer(layer, i + 1))],
                "ASAP_Annotations" => [.. own.OfAsap(root)],
                var other => throw new BadInputException($"{path} is XML of another kind (it begins <{other}>): expected <Annotations>, as Aperio ImageScope "
                    + "and HALO save them, or <ASAP_Annotations>"),
            };
        }
        catch (XmlException error)
        {
            throw new BadInputException($"{path} is no XML that can be read ({error.Message}): save it again from where it was made", error);
        }
    }

    IEnumerable<Annotation> OfLayer(XElement layer, int number)
    {
        var name = ClassOf(layer, number);
        // A number with blue highest.
        string? color = int.TryParse(Text(layer, "LineColor"), CultureInfo.InvariantCulture, out var bgr)
            ? $"#{bgr & 0xFF:x2}{bgr >> 8 & 0xFF:x2}{bgr >> 16 & 0xFF:x2}" : null;
        var regions = (layer.Element("Regions")?.Elements("Region") ?? []).Select(region => (Region: region,
            IsHole: Text(region, "NegativeROA") is "1" or "True" or "true",
            Area: AreaOf(region, Text(region, "Type"), "Vertices", $"{path}: layer {number}, region {Text(region, "Id")}"))).ToList();
        var (holes, own) = (new STRtree<Geometry>(), new STRtree<Geometry>());
        foreach (var (_, isHole, area) in regions.Where(one => !one.Area.IsEmpty))
            (isHole ? holes : own).Insert(area.EnvelopeInternal, area);
        foreach (var (region, _, whole) in regions.Where(one => !one.IsHole && !one.Area.IsEmpty))
            if (whole.Without(Outline.Union([.. holes.Query(whole.EnvelopeInternal)])) is { IsEmpty: false } area)
                yield return new(name, Text(region, "Text")) { Area = area, Color = color };
            else
                notes.Add("region that negative ones cover left out");
        foreach (var (_, _, hole) in regions.Where(one => one.IsHole && !own.Query(one.Area.EnvelopeInternal).Any(one.Area.Intersects)))
            notes.Add("negative region beside those of its layer left out");
    }

    /// <summary>
    /// The layer's description, which is the value of an attribute; else its name, or that of its attribute where someone gave it one, as old versions have it;
    /// else its number.
    /// </summary>
    static string ClassOf(XElement layer, int number)
    {
        var attributes = (layer.Element("Attributes")?.Elements("Attribute") ?? []).OrderByDescending(one => Text(one, "Name") == Unnamed).ToList();
        return ((string[])[.. attributes.Select(one => Text(one, "Value")), Text(layer, "Name"), .. attributes.Select(one => Text(one, "Name"))])
            .FirstOrDefault(text => text is not ("" or Unnamed)) ?? $"layer {(Text(layer, "Id") is { Length: > 0 } id ? id : number)}";
    }

    IEnumerable<Annotation> OfAsap(XElement root)
    {
        var colors = (root.Element("AnnotationGroups")?.Elements("Group") ?? []).GroupBy(group => Text(group, "Name"))
            .ToDictionary(group => group.Key, group => Text(group.First(), "Color"));
        foreach (var one in root.Element("Annotations")?.Elements("Annotation") ?? [])
        {
            var (name, group, type) = (Text(one, "Name"), Text(one, "PartOfGroup"), Text(one, "Type"));
            if (type == "Spline")
                notes.Add("spline read as the polygon of its points");
            // Its rectangles have all four corners, and may be turned.
            if (AreaOf(one, type is "Spline" or "Rectangle" ? "Polygon" : type, "Coordinates", $"{path}: annotation {name}") is { IsEmpty: false } area)
                yield return new(group == "None" ? "" : group, name)
                {
                    Area = area,
                    Color = (colors.GetValueOrDefault(group) ?? Text(one, "Color")) is ['#', _, _, _, _, _, _] color ? color.ToLowerInvariant() : null,
                };
        }
    }

    Geometry AreaOf(XElement region, string type, string list, string where)
    {
        switch (type.ToUpperInvariant())
        {
            case "" or "0" or "POLYGON":
                return Outline.Ring(Corners(region, list, where), where);
            case "1" or "RECTANGLE":
                return Corners(region, list, where) is { Count: > 2 } all ? Outline.Ring(all, where)
                    : Outline.Within(Corners(region, list, where), ellipse: false, where);
            case "2" or "ELLIPSE":
                return Outline.Within(Corners(region, list, where), ellipse: true, where);
            case var other:
                notes.Add($"{other switch { "3" => "arrow", "4" => "ruler", _ => type.ToLowerInvariant() }} left out");
                return Outline.Empty;
        }
    }

    static List<(double X, double Y)> Corners(XElement region, string list, string where) => [.. (region.Element(list)?.Elements() ?? [])
        .OrderBy(vertex => int.TryParse(Text(vertex, "Order"), CultureInfo.InvariantCulture, out var order) ? order : 0)
        .Select(vertex => (Number(vertex, "X", where), Number(vertex, "Y", where)))];

    static string Text(XElement element, string attribute) => ((string?)element.Attribute(attribute))?.Trim() ?? "";

    static double Number(XElement element, string attribute, string where) =>
        double.TryParse(Text(element, attribute), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
            : throw new BadInputException($"{where}: a vertex with {attribute}=\"{Text(element, attribute)}\", expected a number");
}
