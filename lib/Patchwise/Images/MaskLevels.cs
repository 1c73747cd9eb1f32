using System.Numerics;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>
/// Whether the numbers of a mask can be labels. Where a label has pixels it fills areas. What JPEG compression, blurring, or resizing with smooth edges puts
/// between two labels comes in many values, each a fringe without inside that touches the next value:
/// <code>
///   labels   0 0 0 7 7 7 7 0 0        in between   0 0 3 80 170 251 255 255
/// </code>
/// </summary>
/// <param name="AreLabels">They can be, and nothing is to be done.</param>
/// <param name="Cut">There are two levels: what is above this is an object.</param>
/// <param name="Note">What was found, for the user; null: nothing odd.</param>
readonly record struct MaskLevels(bool AreLabels, double? Cut, string? Note)
{
    internal const string Cure = "give a threshold, above which a pixel is an object (threshold: 127, on the command line --threshold 127, in notebooks "
        + "maskThreshold), or the labels as a file that keeps numbers (PNG or TIFF, resized by nearest neighbour)";

    /// <summary>Rows that are looked at, evenly spread, of larger masks.</summary>
    const int MostRows = 512;

    /// <summary>Levels that are less apart leave no room for in-between values.</summary>
    const int LeastSpan = 32;

    /// <summary>Above the highest label, 255 may mean what is not judged, as around the objects of PASCAL VOC.</summary>
    const int Ignored = 255, HighestBeside = 64;

    struct Level
    {
        /// <summary>Pixels; of these with equal neighbours on all four sides; with a neighbour of another value that is not 0.</summary>
        internal long Pixels, Inside, Touching;

        /// <summary>Stretches of a row; of these of one or two pixels that touch another value.</summary>
        internal long Runs, Frayed;

        /// <summary>Of the stretches those of one or two pixels between a lower and a higher value.</summary>
        internal long Between;

        internal readonly bool IsFringe => Inside * 10 < Pixels;

        internal void Add(Level other) => (Pixels, Inside, Touching, Runs, Frayed, Between) = (Pixels + other.Pixels, Inside + other.Inside,
            Touching + other.Touching, Runs + other.Runs, Frayed + other.Frayed, Between + other.Between);
    }

    internal static MaskLevels Of<T>(Raster mask, bool mustCut = false) where T : unmanaged, IBinaryInteger<T>
    {
        var (levels, pixels) = Count(mask.Samples<T>(), mask.Width, mask.Height);
        var values = levels.OrderBy(level => level.Key).ToArray();
        var (all, fringe, fringes) = (default(Level), default(Level), 0);
        foreach (var (_, level) in values)
        {
            all.Add(level);
            if (level.IsFringe)
            {
                fringe.Add(level);
                fringes++;
            }
        }
        // Of labels few are fringes only, even of objects of a few pixels those do not touch, and a label is one object or some, not hundreds.
        var areFringes = fringes * 2 >= values.Length && values.Length > 1 && (mask.Lossy
            || (values[^1].Key >= LeastSpan && fringe.Touching * 2 >= fringe.Pixels && fringe.Runs * 2 >= 5L * fringes));
        // One value that lines all others may be a border of objects that have a number each.
        var frayed = mask.Lossy || values.Length == 0 ? default : values.MaxBy(level => level.Value.Frayed).Value;
        var areFrayed = mask.Lossy ? values.Length > 1 && all.Frayed * 4 >= all.Runs
            : values.Length >= 16 && (all.Frayed - frayed.Frayed) * 2 >= all.Runs - frayed.Runs && all.Runs - frayed.Runs >= 5L * values.Length;
        // Numbers of objects are each in one piece, also where those of cells line those of their nuclei.
        bool AreNumbers() => !mask.Lossy && fringes * 2 <= values.Length && new Labelling(mask).Count * 5 <= values.Length * 6;
        if (!mustCut && ((!areFringes && !areFrayed) || AreNumbers()))
            return Labels<T>(mask, values);
        // One to three values may well be thin classes.
        if (!mustCut && !mask.Lossy && fringes < 4 && !areFrayed)
            return new(true, null, fringes == values.Length ? null : Lines([.. values.Where(level => level.Value.IsFringe).Select(level => level.Key)]));

        // The two levels: the commonest values of both halves of the range, 0 included.
        var zero = pixels - all.Pixels;
        var (least, most) = (zero > 0 ? 0 : values[0].Key, values[^1].Key);
        var commonest = values.Where(level => level.Key * 2L < least + (long)most).OrderByDescending(level => level.Value.Pixels).FirstOrDefault();
        var (low, high) = (commonest.Value.Pixels > zero ? commonest.Key : least,
            values.Where(level => level.Key * 2L >= least + (long)most).MaxBy(level => level.Value.Pixels).Key);
        double span = (double)high - low;
        // Numbers of objects may lie near each other, too, but none of them has most of the pixels.
        var highest = values.First(level => level.Key == high).Value.Pixels;
        Level near = new() { Pixels = low == 0 ? zero : 0 }, between = default, above = default;
        foreach (var (value, level) in values)
        {
            if (Math.Min(Math.Abs(value - low), Math.Abs(value - high)) <= span / 16)
                near.Add(level);
            if (value >= high - span / 4)
                above.Add(level);
            else if (value > low + span / 4)
                between.Add(level);
        }
        // A third level would have an inside.
        var isBinary = span * 2 >= (double)most - least && near.Pixels * 5 >= pixels * 4 && between.Pixels * 10 <= pixels && between.Pixels <= above.Pixels
            && between.Inside * 10 <= between.Pixels && (mustCut || mask.Lossy || highest * 8 >= above.Pixels);
        if (isBinary)
            return new(false, low + span / 2, FormattableString.Invariant(
                $"{values.Length + (zero > 0 ? 1 : 0)} values, nearly all near {low} and {high}, as lossy compression and soft edges leave them: ")
                + FormattableString.Invariant($"what is above {low + span / 2:0.#} is an object"));
        return !mustCut && !mask.Lossy && values.Length < 16 ? new(true, null, null) : new(false, null,
            $"its {values.Length} values lie in fragments of a few pixels, as after lossy compression or smooth resizing, and can be no labels");
    }

    static string Lines(int[] values) => (values.Length == 1 ? $"the value {values[0]} only lines other objects: it counts as objects of its own; if it is a "
        : $"the values {string.Join(", ", values)} only line other objects: they count as objects of their own; if they are a ")
        + "soft edge, give a threshold (threshold: 127, on the command line --threshold 127), and if not to be judged, save the mask with 0 there";

    /// <summary>
    /// Of labels that fill areas: whether smooth resizing put lines of one class between two others (1 and 2 between 0 and 3), whose objects alone tell, since
    /// these values are labels elsewhere. A network's own class map has slivers, too, but of any value.
    /// </summary>
    static MaskLevels Labels<T>(Raster mask, KeyValuePair<int, Level>[] values) where T : unmanaged, IBinaryInteger<T>
    {
        const int Some = 5, Many = 8;
        if (values.Sum(level => level.Value.Between) * 20 >= values.Sum(level => level.Value.Runs) && values.Any(level => level.Value.Between >= Some))
        {
            var lines = values.Where(level => level.Value.IsFringe).Select(level => level.Key).ToHashSet();
            var (objects, between, ofLines, thick, other) = (new Labelling(mask), 0, 0, 0, 0);
            for (var i = 0; i < objects.Count; i++)
                if (!IsThin<T>(mask, objects[i], out var lower, out var higher, out var touches))
                    thick += lower && higher ? 1 : 0;
                else if (!lower || !higher)
                    other += touches ? 1 : 0;
                else if (lines.Contains(objects[i][0].Value))
                    ofLines++;
                else
                    between++;
            var all = between + ofLines;
            var found = $"{all:N0} of its {objects.Count:N0} objects are lines of one or two pixels between a lower and a higher value, as smooth resizing "
                + "leaves them between labels";
            // A value that is nowhere but in lines may be a class, the border of each object; of nested classes, as cytoplasm around nuclei, not all are thin.
            if (between >= Many && all * 4 >= objects.Count && all >= other * 3 && all >= thick * 4)
                return new(false, null, found + ", and can be no objects");
            if (between >= Some && all * 20 >= objects.Count && all >= other)
                return new(true, null, found + ": they count as objects of their own; where the mask was resized so, do it by nearest neighbour");
        }
        if (values.Where(level => level.Value is { IsFringe: true, Runs: >= 20 } one && one.Touching * 3 >= one.Pixels).Select(level => level.Key).ToArray()
            is { Length: > 0 } only)
            return new(true, null, Lines(only));
        // Around objects it touches them; and above several classes it is hardly one more.
        var isBeside = mask.Bits == 8 && values is [.., { Key: <= HighestBeside }, { Key: Ignored, Value: var high }]
            && (high.Touching * 20 >= high.Pixels || (values.Length > 2 && values[^2].Key < 2 * values.Length));
        return new(true, null, isBeside ? $"the value {Ignored} stands far above all others: it counts as objects of its own; if it means what "
            + "is not judged, save the mask with 0 there" : null);
    }

    /// <summary>Whether hardly a pixel of an object has its value on all four sides, and what it touches.</summary>
    static bool IsThin<T>(Raster mask, ReadOnlySpan<Run> runs, out bool lower, out bool higher, out bool other) where T : unmanaged, IBinaryInteger<T>
    {
        (lower, higher, other) = (false, false, false);
        var samples = mask.Samples<T>();
        var (pixels, inside) = (0L, 0L);
        var value = T.CreateTruncating(runs[0].Value);
        foreach (var run in runs)
        {
            pixels += run.Length;
            for (var x = run.X0; x < run.X1; x++)
            {
                var same = true;
                for (var side = 0; side < 4; side++)
                {
                    var (u, v) = (x + (side == 0 ? -1 : side == 1 ? 1 : 0), run.Y + (side == 2 ? -1 : side == 3 ? 1 : 0));
                    if (u < 0 || v < 0 || u >= mask.Width || v >= mask.Height)
                        same = false;
                    else if (samples[v * mask.Width + u] is var beside && beside != value)
                        (same, lower, higher, other) = (false, lower | beside < value, higher | beside > value, other | beside != T.Zero);
                }
                inside += same ? 1 : 0;
            }
        }
        return inside * 10 < pixels;
    }

    /// <summary>The levels but 0, and the number of pixels that were looked at.</summary>
    static (Dictionary<int, Level> Levels, long Pixels) Count<T>(ReadOnlySpan<T> samples, int width, int height) where T : unmanaged, IBinaryInteger<T>
    {
        var levels = new Dictionary<int, Level>();
        var rows = Math.Min(height, MostRows);
        for (var i = 0; i < rows; i++)
        {
            var y = (int)((long)i * height / rows);
            var row = samples.Slice(y * width, width);
            var above = y == 0 ? row : samples.Slice((y - 1) * width, width);
            var below = y == height - 1 ? row : samples.Slice((y + 1) * width, width);
            for (var x = 0; x < width;)
            {
                var value = row[x];
                var length = row[x..].IndexOfAnyExcept(value) is >= 0 and var end ? end : width - x;
                if (value != T.Zero)
                    Add(ref CollectionsMarshal.GetValueRefOrAddDefault(levels, int.CreateTruncating(value), out _), row, above, below, x, x + length);
                x += length;
            }
        }
        return (levels, (long)rows * width);
    }

    static void Add<T>(ref Level level, ReadOnlySpan<T> row, ReadOnlySpan<T> above, ReadOnlySpan<T> below, int x0, int x1)
        where T : unmanaged, IBinaryInteger<T>
    {
        var value = row[x0];
        bool Other(T beside) => beside != value && beside != T.Zero;
        var touching = 0;
        for (var x = x0; x < x1; x++)
            if (x > x0 && x < x1 - 1 && above[x] == value && below[x] == value)
                level.Inside++;
            else if (Other(above[x]) || Other(below[x]) || (x == x0 && x > 0 && Other(row[x - 1])) || (x == x1 - 1 && x1 < row.Length && Other(row[x1])))
                touching++;
        var isShort = x1 - x0 <= 2;
        var isBetween = isShort && x0 > 0 && x1 < row.Length && (row[x0 - 1] < value) == (row[x1] > value);
        level.Add(new() { Pixels = x1 - x0, Touching = touching, Runs = 1, Frayed = isShort && touching == x1 - x0 ? 1 : 0, Between = isBetween ? 1 : 0 });
    }
}
