using NetTopologySuite.Geometries;
using NetTopologySuite.Geometries.Utilities;

namespace Patchwise;

/// <summary>A region that someone outlined on a slide.</summary>
/// <param name="Class">What it was classified as, with ": " between a class and what is derived of it, as QuPath shows it; empty where it was not.</param>
/// <param name="Name">Its own name; empty where it has none.</param>
public sealed record Annotation(string Class, string Name)
{
    /// <summary>What QuPath calls it: annotation, detection, cell, tile ...; empty where the file does not say.</summary>
    public string Type { get; init; } = "";

    /// <summary>Its class is one that QuPath leaves out of everything.</summary>
    internal bool IsIgnored => Class.EndsWith('*');

    /// <summary>As #rrggbb; null where the file does not say.</summary>
    public string? Color { get; init; }

    /// <summary>What lies inside of it: a valid polygon or several, never empty.</summary>
    internal Geometry Area { get; init; } = Outline.Empty;

    /// <summary>
    /// Its area as polygons, each an outer ring and then its holes, whose last point is the first again. In px of level 0 after <see cref="AnnotationSet.On"/>.
    /// </summary>
    public IEnumerable<IEnumerable<IEnumerable<(double X, double Y)>>> Polygons =>
        PolygonExtracter.GetPolygons(Area).Cast<Polygon>().Select(polygon => polygon.InteriorRings.Prepend(polygon.ExteriorRing)
            .Select(ring => ring.Coordinates.Select(corner => (corner.X, corner.Y))));

    internal Geometry? Nucleus { get; init; }

    internal OutlineFrame Frame { get; init; }

    /// <summary>The smallest box of whole pixels of level 0 around it.</summary>
    /// <exception cref="BadInputException">Where it lies on the slide is not known before <see cref="AnnotationSet.On"/>.</exception>
    public Box Box => Frame == OutlineFrame.Level0 ? Around : throw new BadInputException(
        $"{this} counts from the corner of the slide's scanned part, as QuPath does, which only the slide knows: expected the annotations on their slide, "
        + "annotations.On(slide), or frame: OutlineFrame.Level0 where they were made by a program that counts from the corner of the glass");

    Box Around => Area.EnvelopeInternal is var box
        ? new((int)Math.Floor(box.MinX), (int)Math.Floor(box.MinY), (int)Math.Ceiling(box.MaxX), (int)Math.Ceiling(box.MaxY)) : default;

    internal Annotation Moved(AffineTransformation by) =>
        this with { Area = by.Transform(Area), Nucleus = Nucleus is null ? null : by.Transform(Nucleus), Frame = OutlineFrame.Level0 };

    /// <summary>Itself where it lies within the slide, else what of it does; null: nothing, though its box may reach over the slide.</summary>
    internal Annotation? CutTo(PixelSize slide)
    {
        if (Box.Of(slide).Contains(Box))
            return this;
        if (Box.Intersect(Box.Of(slide)).IsEmpty || Outline.CutTo(Area, slide) is not { IsEmpty: false } area)
            return null;
        return this with { Area = area, Nucleus = Nucleus is not null && Outline.CutTo(Nucleus, slide) is { IsEmpty: false } nucleus ? nucleus : null };
    }

    /// <summary>Sets to 255 the pixels whose middle is inside; where it is between them, the one that it lies in.</summary>
    /// <param name="part">What the mask covers, px of level 0.</param>
    internal void Paint(Raster mask, Box part)
    {
        double fx = mask.Width / (double)part.Width, fy = mask.Height / (double)part.Height;
        var crossings = new List<double>?[mask.Height];
        foreach (var ring in LinearComponentExtracter.GetLines(Area))
            foreach (var (start, end) in ring.Coordinates.Zip(ring.Coordinates.Skip(1)))
            {
                // A side owns its upper end only, so that corners count once.
                var ((x0, y0), (x1, y1)) = start.Y < end.Y ? (At(start), At(end)) : (At(end), At(start));
                for (var row = (int)Math.Max(0, Math.Ceiling(y0 * fy - 0.5)); row < mask.Height && row + 0.5 < y1 * fy; row++)
                    (crossings[row] ??= []).Add(fx * (x0 + ((row + 0.5) / fy - y0) / (y1 - y0) * (x1 - x0)));
            }
        var painted = 0;
        foreach (var (row, places) in crossings.Index())
        {
            places?.Sort();
            for (var i = 0; i + 1 < places?.Count; i += 2)
            {
                int from = (int)Math.Clamp(Math.Ceiling(places[i] - 0.5), 0, mask.Width),
                    to = (int)Math.Clamp(Math.Ceiling(places[i + 1] - 0.5), from, mask.Width);
                mask.Samples8.Slice(row * mask.Width + from, to - from).Fill(255);
                painted += to - from;
            }
        }
        var inner = At(Area.InteriorPoint.Coordinate);
        var (x, y) = (Math.Floor(inner.X * fx), Math.Floor(inner.Y * fy));
        if (painted == 0 && x >= 0 && y >= 0 && x < mask.Width && y < mask.Height)
            mask.Samples8[(int)y * mask.Width + (int)x] = 255;

        (double X, double Y) At(Coordinate corner) => (corner.X - part.X0, corner.Y - part.Y0);
    }

    public override string ToString() => $"{(Class is "" ? "region" : Class)}{(Name is "" ? "" : $" '{Name}'")} in {Around}";
}
