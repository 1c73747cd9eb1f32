using NetTopologySuite.Geometries;
using NetTopologySuite.Geometries.Utilities;
using NetTopologySuite.Operation.Overlay;
using NetTopologySuite.Operation.OverlayNG;

namespace Patchwise;

/// <summary>Where outlines count their pixels from. The two differ where only a part of the glass was scanned (<see cref="Slide.Bounds"/>).</summary>
public enum OutlineFrame
{
    /// <summary>The corner of the scanned part, as QuPath counts.</summary>
    ScannedPart,

    /// <summary>The corner of level 0, as OpenSlide counts, and with it ImageScope, ASAP and most libraries.</summary>
    Level0,
}

/// <summary>Areas of the outlines that files give. What an outline winds around is inside, and parts unite, so that areas and painted masks agree.</summary>
static class Outline
{
    const double Farthest = 1e9;

    const int EllipsePoints = 72;

    static readonly GeometryFactory Factory = NetTopologySuite.NtsGeometryServices.Instance.CreateGeometryFactory();

    internal static Geometry Empty { get; } = Factory.CreatePolygon();

    /// <summary>The last point may repeat the first; no points are an empty area.</summary>
    internal static Geometry Ring(IReadOnlyList<(double X, double Y)> points, string where)
    {
        var corners = points.Count > 1 && points[0] == points[^1] ? points.SkipLast(1).ToArray() : [.. points];
        foreach (var (x, y) in corners)
            if (!(Math.Abs(x) <= Farthest && Math.Abs(y) <= Farthest))
                throw new BadInputException(FormattableString.Invariant($"{where}: the point ({x}, {y}) lies nowhere near a slide: expected px of level 0"));
        // A click by mistake, or a line, has no area, as others have none.
        return corners.Length < 3 ? Empty : Valid(Factory.CreatePolygon([.. corners.Append(corners[0]).Select(corner => new Coordinate(corner.X, corner.Y))]));
    }

    /// <summary>The box of two or more corners, or the ellipse in it.</summary>
    internal static Geometry Within(IReadOnlyList<(double X, double Y)> corners, bool ellipse, string where)
    {
        if (corners.Count < 2)
            return Ring(corners, where);
        double x0 = corners.Min(p => p.X), y0 = corners.Min(p => p.Y), x1 = corners.Max(p => p.X), y1 = corners.Max(p => p.Y);
        return Ring(!ellipse ? [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
            : [.. Enumerable.Range(0, EllipsePoints).Select(i => Math.SinCos(2 * Math.PI * i / EllipsePoints))
                .Select(at => ((x0 + x1 + at.Cos * (x1 - x0)) / 2, (y0 + y1 + at.Sin * (y1 - y0)) / 2))], where);
    }

    internal static Geometry Union(IReadOnlyList<Geometry> parts) => parts.Count switch { 0 => Empty, 1 => parts[0], _ => OverlayNGRobust.Union(parts) };

    internal static Geometry Without(this Geometry area, Geometry holes) =>
        area.EnvelopeInternal.Intersects(holes.EnvelopeInternal) ? OverlayNGRobust.Overlay(area, holes, SpatialFunction.Difference) : area;

    /// <summary>What lies on an image.</summary>
    internal static Geometry CutTo(Geometry area, PixelSize image)
    {
        var cut = OverlayNGRobust.Overlay(area, Factory.ToGeometry(new Envelope(0, image.Width, 0, image.Height)), SpatialFunction.Intersection);
        // Where a side runs along the edge, lines and points come with the areas.
        return Union([.. PolygonExtracter.GetPolygons(cut)]);
    }

    /// <summary>Of all corners in their order.</summary>
    internal static int HashOf(Geometry area)
    {
        var hash = new HashCode();
        foreach (var corner in area.Coordinates)
            hash.Add((corner.X, corner.Y));
        return hash.ToHashCode();
    }

    static Geometry Valid(Geometry area) => area.IsValid ? area : GeometryFixer.Fix(area);
}
