namespace Patchwise;

/// <summary>A region that someone outlined on a slide, in px of level 0.</summary>
/// <param name="Class">What it was classified as; empty where it was not.</param>
/// <param name="Name">Its own name; empty where it has none.</param>
public sealed record Annotation(string Class, string Name)
{
    /// <summary>
    /// Closed outlines (the last point joins the first). A point is inside where a line from it crosses an odd number of them, so that inner outlines are
    /// holes.
    /// </summary>
    internal IReadOnlyList<(double X, double Y)[]> Outlines { get; init; } = [];

    /// <summary>The smallest box of whole pixels around it.</summary>
    public Box Box
    {
        get
        {
            var points = Outlines.SelectMany(outline => outline);
            return new((int)Math.Floor(points.Min(p => p.X)), (int)Math.Floor(points.Min(p => p.Y)), (int)Math.Ceiling(points.Max(p => p.X)),
                (int)Math.Ceiling(points.Max(p => p.Y)));
        }
    }

    /// <summary>Area and centroid; holes count against it.</summary>
    internal (double Area, double Cx, double Cy) Moments()
    {
        // An outline inside an odd number of others is a hole.
        double area = 0, sumX = 0, sumY = 0;
        for (var i = 0; i < Outlines.Count; i++)
        {
            var (a, x, y) = Moments(Outlines[i]);
            var (first, holes) = (Outlines[i][0], 0);
            for (var k = 0; k < Outlines.Count; k++)
                if (k != i && Crossings(Outlines[k], first.X, first.Y) % 2 == 1)
                    holes++;
            var sign = holes % 2 == 0 ? Math.Sign(a) : -Math.Sign(a);
            (area, sumX, sumY) = (area + sign * a, sumX + sign * x, sumY + sign * y);
        }
        var middle = Box;
        return area > 0 ? (area, sumX / area, sumY / area) : (0, (middle.X0 + middle.X1) / 2.0, (middle.Y0 + middle.Y1) / 2.0);
    }

    /// <summary>By Green's theorem: the area, positive or negative by the turn, and the integrals of x and y over it.</summary>
    static (double Area, double X, double Y) Moments((double X, double Y)[] outline)
    {
        double area = 0, sumX = 0, sumY = 0;
        for (int i = 0, before = outline.Length - 1; i < outline.Length; before = i++)
        {
            var (a, b) = (outline[before], outline[i]);
            var cross = a.X * b.Y - b.X * a.Y;
            (area, sumX, sumY) = (area + cross / 2, sumX + (a.X + b.X) * cross / 6, sumY + (a.Y + b.Y) * cross / 6);
        }
        return (area, sumX, sumY);
    }

    internal bool Contains((double X, double Y) point) => Outlines.Sum(outline => Crossings(outline, point.X, point.Y)) % 2 == 1;

    static int Crossings((double X, double Y)[] outline, double x, double y)
    {
        var count = 0;
        for (int i = 0, before = outline.Length - 1; i < outline.Length; before = i++)
            if (CrossingX(outline[before], outline[i], y) is { } at && at > x)
                count++;
        return count;
    }

    /// <summary>Where the side a-b crosses the height y; a side owns its upper end only, so that corners count once.</summary>
    static double? CrossingX((double X, double Y) a, (double X, double Y) b, double y) =>
        a.Y <= y == b.Y <= y ? null : a.X + (y - a.Y) / (b.Y - a.Y) * (b.X - a.X);

    /// <summary>Sets the pixels of a mask over the whole slide whose middle is inside.</summary>
    internal void Paint(Raster mask, PixelSize slide, byte value)
    {
        double fx = slide.Width / (double)mask.Width, fy = slide.Height / (double)mask.Height;
        var box = Box;
        List<double> crossings = [];
        for (var y = (int)Math.Clamp(Math.Floor(box.Y0 / fy), 0, mask.Height); y < Math.Clamp(Math.Ceiling(box.Y1 / fy), 0, mask.Height); y++)
        {
            crossings.Clear();
            foreach (var outline in Outlines)
                for (int i = 0, before = outline.Length - 1; i < outline.Length; before = i++)
                    if (CrossingX(outline[before], outline[i], (y + 0.5) * fy) is { } at)
                        crossings.Add(at / fx);
            crossings.Sort();
            for (var i = 0; i + 1 < crossings.Count; i += 2)
            {
                int from = (int)Math.Clamp(Math.Ceiling(crossings[i] - 0.5), 0, mask.Width),
                    to = (int)Math.Clamp(Math.Ceiling(crossings[i + 1] - 0.5), from, mask.Width);
                mask.Samples8.Slice(y * mask.Width + from, to - from).Fill(value);
            }
        }
    }

    public override string ToString() => $"{(Class is "" ? "region" : Class)}{(Name is "" ? "" : $" '{Name}'")} in {Box}";
}
