namespace Patchwise;

/// <summary>How much of each object is measured.</summary>
public enum RegionProperties
{
    /// <summary>What one pass over the mask tells: value, area, box, centroid, side, first pixel, extent, equivalent diameter.</summary>
    Basic,

    /// <summary>
    /// Also what takes the outline or the moments: perimeter, eccentricity, axes, orientation, solidity, Euler number, maximal Feret diameter.
    /// </summary>
    All,
}

/// <summary>
/// One object of a mask: 8-connected pixels of equal value. Lengths, areas and positions are in px of its table's frame; positions count from 0,
/// the middle of a mask's first pixel, boxes are half-open. Properties equal those of scikit-image 0.19 (named where that has peculiarities);
/// those of <see cref="RegionProperties.All"/> are null where they were not asked for.
/// </summary>
public sealed record Region
{
    internal Region(string image, int label, in RegionBasics basics, RegionShape? shape, double scale = 1) =>
        (Image, Label, Basics, Shape, Scale) = (image, label, basics, shape, scale);

    /// <summary>Name of the image.</summary>
    public string Image { get; }

    /// <summary>Number of the object in its image, from 1, in raster order of first pixels.</summary>
    public int Label { get; }

    /// <summary>The mask's value: often a class.</summary>
    public long Value => Basics.Value;

    /// <summary>What it is: as a table or an annotation states it, else <see cref="Value"/>.</summary>
    public string Class => StatedClass ?? Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>What may not be both learned from and tested on, such as the patient: as a table states it, else the image.</summary>
    public string Group => StatedGroup ?? Image;

    /// <summary>Only its centre is known: its box and side are the square that was stated for all.</summary>
    public bool IsCentre => StatedSide is not null;

    internal string? StatedClass { get; init; }
    internal string? StatedGroup { get; init; }

    /// <summary>Px of the image; its box may be less, at the image's border.</summary>
    internal double? StatedSide { get; init; }

    /// <summary>Number of pixels, at the table's frame.</summary>
    public double Area => Basics.Pixels * Scale * Scale;

    public double X0 => SourceBox.X0 * Scale;
    public double Y0 => SourceBox.Y0 * Scale;
    public double X1 => SourceBox.X1 * Scale;
    public double Y1 => SourceBox.Y1 * Scale;

    /// <summary>Mean column of the pixels.</summary>
    public double Cx => Basics.Cx * Scale;

    /// <summary>Mean row of the pixels.</summary>
    public double Cy => Basics.Cy * Scale;

    /// <summary>The longer side of the box.</summary>
    public double Side => (StatedSide ?? SourceBox.Side) * Scale;

    /// <summary>
    /// Side of the smallest square around the centroid that holds the box: what a patch must have that is cut out around the object. Never below
    /// <see cref="Side"/>, and above it where the object's mass lies to one side of its box.
    /// </summary>
    public double CentredSide
    {
        get
        {
            if (StatedSide is not null)
                return Side;
            // Positions count from the middle of the first pixel, boxes from its corner.
            var (x, y, box) = (Basics.Cx + 0.5, Basics.Cy + 0.5, SourceBox);
            var half = Math.Max(Math.Max(x - box.X0, box.X1 - x), Math.Max(y - box.Y0, box.Y1 - y));
            return Math.Round(2 * half, 6) * Scale; // a mean that rounding moves must not cost a pixel
        }
    }

    /// <summary>Length of the border as <c>skimage.measure.perimeter</c> estimates it with 4 neighbours; 0 for one pixel and for a line of two.</summary>
    public double? Perimeter => Shape?.Perimeter * Scale;

    /// <summary>Of the ellipse with the same second moments: 0 for a circle, near 1 for a line.</summary>
    public double? Eccentricity => Shape?.Eccentricity;

    /// <summary>Longer axis of the ellipse with the same second moments. Pixels count as points (no 1/12 for their extent), so one pixel has 0.</summary>
    public double? Major => Shape?.Major * Scale;

    /// <summary>Shorter axis of that ellipse; 0 for a straight line of pixels.</summary>
    public double? Minor => Shape?.Minor * Scale;

    /// <summary>
    /// Angle from the y axis to the longer axis, from -pi/2 to pi/2, positive towards x: 0 stands upright, pi/2 lies flat. Where both axes are equal
    /// it is pi/4 (-pi/4 with a positive covariance of x and y), as in skimage. Here symmetry is exact: skimage's rounding may give a flat object -pi/2.
    /// </summary>
    public double? Orientation => Shape?.Orientation;

    /// <summary>Share of the box that the object fills.</summary>
    public double Extent => Basics.Pixels / (double)SourceBox.Size.Area;

    /// <summary>Diameter of a circle with the same area.</summary>
    public double EquivalentDiameter => Math.Sqrt(4 * Area / Math.PI);

    /// <summary>
    /// Share of its convex image that the object fills; that image takes each pixel as the diamond of its edge middles (<c>convex_hull_image</c>).
    /// </summary>
    public double? Solidity => Shape?.Solidity;

    /// <summary>1 less the number of holes; a hole is 4-connected background.</summary>
    public int? Euler => Shape?.Euler;

    /// <summary>Largest distance between two points of the convex image's outline, which goes through the middles of pixel edges: 1 for one pixel.</summary>
    public double? Feret => Shape?.MaxFeret * Scale;

    /// <summary>Column of the first pixel in raster order, in px of the mask whatever the table's frame; null in a table from a file without it.</summary>
    public int? FirstX => Basics.FirstX;

    /// <summary>Row of the first pixel in raster order, in px of the mask whatever the table's frame.</summary>
    public int FirstY => SourceBox.Y0;

    /// <summary>The box in px of the mask, whatever the table's frame.</summary>
    public Box SourceBox => Basics.Box;

    /// <summary>Px of the table's frame per px of the mask: 1 as measured.</summary>
    public double Scale { get; internal init; }

    internal RegionBasics Basics { get; }
    internal RegionShape? Shape { get; }

    /// <summary>
    /// This object alone, 255 on 0, in a raster of the size of <see cref="SourceBox"/>: other objects of the same value are left out.
    /// </summary>
    /// <param name="mask">The mask it was measured on.</param>
    internal Raster MaskFrom(Mask mask)
    {
        var inside = mask.Codes.Bounds.Contains(SourceBox) ? new Labelling(mask.Codes, SourceBox) : null;
        // All of the object lies in its box, and no other object of its value can touch all four sides of that box without touching it.
        var index = Enumerable.Range(0, inside?.Count ?? 0).FirstOrDefault(i => RegionBasics.Of(inside![i]) is var found
            && found.Box == SourceBox && mask.LabelOf((int)found.Value) == Value && found.Pixels == Basics.Pixels, -1);
        if (index < 0)
            throw new BadInputException(
                $"object {Label} of {Image} (value {Value}, {Basics.Pixels} px, box {SourceBox}) is not in this mask of {mask.Size} px: expected the mask "
                    + $"it was measured on; measure the masks again");
        var alone = new Raster(SourceBox.Width, SourceBox.Height, 1);
        foreach (var run in inside![index])
            alone.Samples8.Slice((run.Y - SourceBox.Y0) * SourceBox.Width + run.X0 - SourceBox.X0, run.Length).Fill(255);
        return alone;
    }
}
