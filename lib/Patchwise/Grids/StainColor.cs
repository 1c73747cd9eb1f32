using System.Numerics;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Patchwise;

/// <summary>
/// The colors of hematoxylin and eosin on a slide, as directions of optical density in red, green and blue, of length 1 (Macenko et al. 2009): the outermost
/// directions in the plane in which densities vary most.
/// </summary>
public sealed record StainColor(Vector3 Hematoxylin, Vector3 Eosin)
{
    /// <summary>What is paler in one of the channels is glass, not stain.</summary>
    const float LeastDensity = 0.15f;

    /// <summary>Percent of the directions at each end that are noise.</summary>
    const double Noise = 1;

    const int MostPixels = 1 << 20, LeastPixels = 1000;

    /// <summary>Of the 61 embedded patches of nct-crc-he, whose colors their publishers have normalized, as <see cref="Of"/> finds it.</summary>
    public static StainColor Reference { get; } = new(new(0.557f, 0.720f, 0.414f), new(0.268f, 0.855f, 0.445f));

    /// <summary>Of images of tissue, 8-bit RGB; of many pixels every so manieth. Null where they hold too little stain, or only one.</summary>
    public static StainColor? Of(IReadOnlyCollection<Raster> images)
    {
        var step = StepOf(images.Sum(image => (long)image.Size.Area));
        long before = 0;
        List<Vector3> densities = [];
        foreach (var image in images)
        {
            densities.AddRange(Densities(image, before, step));
            before += image.Size.Area;
        }
        return OfDensities(densities);
    }

    /// <summary>Every so manieth pixel is taken where there are so many.</summary>
    internal static int StepOf(long pixels) => (int)(pixels / MostPixels) + 1;

    /// <summary>Of what is stained among every so manieth pixel.</summary>
    /// <param name="before">Pixels of the images before this one.</param>
    internal static List<Vector3> Densities(Raster image, long before, int step)
    {
        List<Vector3> densities = [];
        for (var at = (int)((step - before % step) % step); at < image.Size.Area; at += step)
        {
            var rgb = image.AsBytes().Slice(3 * at, 3);
            Vector3 density = new(Density(rgb[0]), Density(rgb[1]), Density(rgb[2]));
            if (Vector3.Min(density, new(LeastDensity)) == new Vector3(LeastDensity))
                densities.Add(density);
        }
        return densities;
    }

    internal static StainColor? OfDensities(List<Vector3> densities)
    {
        if (densities.Count < LeastPixels)
            return null;
        var mean = densities.Aggregate(Vector3.Zero, (sum, one) => sum + one) / densities.Count;
        var spread = new DenseMatrix(3, 3);
        foreach (var density in densities)
            for (var i = 0; i < 3; i++)
                for (var j = 0; j < 3; j++)
                    spread[i, j] += (density - mean)[i] * (density - mean)[j];
        // Ascending: the last two span the plane; both are turned to where densities are.
        var vectors = spread.Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric).EigenVectors;
        Vector3 Axis(int column)
        {
            Vector3 axis = new((float)vectors[0, column], (float)vectors[1, column], (float)vectors[2, column]);
            return Vector3.Dot(axis, mean) < 0 ? -axis : axis;
        }
        var (first, second) = (Axis(2), Axis(1));
        Distribution angles = new(densities.Select(one => Math.Atan2(Vector3.Dot(one, second), Vector3.Dot(one, first))));
        Vector3 At(double angle) => Vector3.Normalize((float)Math.Cos(angle) * first + (float)Math.Sin(angle) * second);
        var (low, high) = (At(angles.Percentile(Noise)), At(angles.Percentile(100 - Noise)));
        // Hematoxylin, which looks blue, takes more of the red.
        var found = low.X > high.X ? new StainColor(low, high) : new(high, low);
        return Degrees(found.Hematoxylin, found.Eosin) < 5 ? null : found;
    }

    static float Density(byte value) => -MathF.Log10(Math.Max(value, (byte)1) / 255f);

    /// <summary>The larger of the angles between both stains' colors and those of another slide; 10 and more are seen at once.</summary>
    public double DegreesFrom(StainColor other) => Math.Max(Degrees(Hematoxylin, other.Hematoxylin), Degrees(Eosin, other.Eosin));

    static double Degrees(Vector3 a, Vector3 b) => Math.Acos(Math.Clamp(Vector3.Dot(a, b), -1, 1)) * 180 / Math.PI;

    /// <summary>What a layer of stain of density 0.8 along its direction looks like: 8-bit RGB.</summary>
    public static (byte R, byte G, byte B) Seen(Vector3 stain)
    {
        static byte Of(float density) => (byte)Math.Round(255 * Math.Pow(10, -Math.Max(0, density) * 0.8));
        return (Of(stain.X), Of(stain.Y), Of(stain.Z));
    }
}
