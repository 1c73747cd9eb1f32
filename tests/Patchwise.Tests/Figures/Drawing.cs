using System.Globalization;
using System.Xml.Linq;

namespace Patchwise.Tests;

/// <summary>Reads a drawing back as an XML reader does: elements and numbers.</summary>
static class Drawing
{
    internal const string Namespace = "http://www.w3.org/2000/svg";

    internal static XElement Of(string svg) => XDocument.Parse(svg).Root!;

    internal static XElement[] All(this XElement svg, string name) => [.. svg.Descendants(XName.Get(name, Namespace))];

    internal static double Number(this XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);

    internal static string? Say(this XElement element, string attribute) => element.Attribute(attribute)?.Value;

    internal static string[] Texts(this XElement svg) => [.. svg.All("text").Select(text => text.Value)];

    internal static XElement Text(this XElement svg, string text) => svg.All("text").Single(element => element.Value == text);

    /// <summary>The ground that a text covers, turned or not, with the font size as its height.</summary>
    internal static (double X0, double Y0, double X1, double Y1) Extent(this XElement text)
    {
        var (x, y, size) = (text.Number("x"), text.Number("y"), text.Number("font-size"));
        var wide = TextWidth.Of(text.Value, size, text.Say("font-weight") is "bold");
        var start = text.Say("text-anchor") switch { "middle" => -wide / 2, "end" => -wide, _ => 0 };
        var angle = text.Say("transform") is { } turn ? double.Parse(turn["rotate(".Length..turn.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture) * Math.PI / 180 : 0;
        var corners = ((double X, double Y)[])[(start, -0.75 * size), (start + wide, -0.75 * size), (start, 0.25 * size), (start + wide, 0.25 * size)];
        var turned = corners.Select(corner => (X: x + corner.X * Math.Cos(angle) - corner.Y * Math.Sin(angle), Y: y + corner.X * Math.Sin(angle) + corner.Y * Math.Cos(angle))).ToArray();
        return (turned.Min(corner => corner.X), turned.Min(corner => corner.Y), turned.Max(corner => corner.X), turned.Max(corner => corner.Y));
    }
}
