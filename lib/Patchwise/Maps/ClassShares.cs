using System.Collections.ObjectModel;

namespace Patchwise;

/// <summary>What a class takes of a map.</summary>
/// <param name="Pixels">Px of the map.</param>
/// <param name="Share">Of what was predicted, 0 to 1.</param>
/// <param name="SquareMillimetres">Null where microns per pixel are not known.</param>
public sealed record ClassShare(ClassInfo Class, long Pixels, double Share, double? SquareMillimetres);

/// <summary>
/// The area of each class on a map, in the order of the model's classes; shown largest first, with what was predicted in all and what was not. Counted where a
/// patch lies wholly inside the tile or slide, unless asked otherwise: one that reaches over the edge shows padding, too, and what is said of it is no tissue.
/// </summary>
public sealed class ClassShares : ReadOnlyCollection<ClassShare>, ITabular
{
    readonly long _predicted, _all, _overEdge;
    readonly string _title;
    readonly double? _pixel;

    ClassShares(ClassShare[] rows, long all, long overEdge, double? pixel, string title) : base(rows) =>
        (_predicted, _all, _overEdge, _pixel, _title) = (rows.Sum(row => row.Pixels), all, overEdge, pixel, title);

    /// <param name="overEdge">Counts all of the map.</param>
    internal static ClassShares Of(PlacedPatches patches, Raster pixels, bool overEdge, CancellationToken cancel)
    {
        // One more than classes for what was not predicted, and one for what only patches over the edge show.
        var counts = new long[patches.Table.Classes.Count + 2];
        var all = overEdge || patches.Table.All(patches.Table.IsInside);
        Box[] boxes = all ? [] : [.. patches.Boxes.Where((box, i) => !box.IsEmpty && patches.Table.IsInside(patches.Table[i])).OrderBy(box => box.Y0)];
        var inside = new bool[pixels.Width];
        Array.Fill(inside, all);
        List<Box> open = [];
        for (int y = 0, next = 0; y < pixels.Height; y++)
        {
            cancel.ThrowIfCancellationRequested();
            if (next < boxes.Length && boxes[next].Y0 <= y || open.Exists(box => box.Y1 <= y))
            {
                open.RemoveAll(box => box.Y1 <= y);
                for (; next < boxes.Length && boxes[next].Y0 <= y; next++)
                    open.Add(boxes[next]);
                Array.Clear(inside);
                foreach (var box in open)
                    inside.AsSpan(box.X0, box.Width).Fill(true);
            }
            if (pixels.Bits == 8)
                Tally<byte>(pixels.Samples8.Slice(y * pixels.Width, pixels.Width), inside, counts);
            else
                Tally<ushort>(pixels.Samples16.Slice(y * pixels.Width, pixels.Width), inside, counts);
        }
        var left = counts[^1];
        double? pixel = patches.Frame.Mpp is { } mpp ? mpp.X * mpp.Y / 1e6 : null;
        var predicted = pixels.Size.Area - counts[0] - left;
        return new([.. patches.Table.Classes.Select((one,
            k) => new ClassShare(one, counts[k + 1], predicted == 0 ? 0 : counts[k + 1] / (double)predicted, counts[k + 1] * pixel))],
            pixels.Size.Area, left, pixel,
                $"Classes on {System.IO.Path.GetFileName(patches.Source.Name)} by {patches.Table.Model}, map at {patches.Frame.Resolution}");
    }

    static void Tally<T>(ReadOnlySpan<T> row, bool[] inside, long[] counts) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        for (var x = 0; x < row.Length; x++)
            counts[inside[x] || row[x] == T.Zero ? int.CreateTruncating(row[x]) : counts.Length - 1]++;
    }

    /// <summary>Share of the map that was predicted.</summary>
    public double Predicted => (_predicted + _overEdge) / (double)_all;

    /// <summary>Classes that a notebook shows.</summary>
    const int Shown = 20;

    public TextTable ToTable()
    {
        var seen = this.Where(row => row.Pixels > 0).OrderByDescending(row => row.Pixels).ToList();
        var rest = seen.Skip(Shown).Sum(row => row.Pixels);
        return new(["class", "", "px", "% of predicted", .. _pixel is null ? (string[])[] : ["mm²"]],
        [
            .. seen.Take(Shown).Select(row => Line(row.Class.Name, row.Class.Title == row.Class.Name ? "" : row.Class.Title, row.Pixels, ofPredicted: true)),
            .. rest > 0 ? [Line($"{seen.Count - Shown} more", "", rest, ofPredicted: true)] : (string[][])[],
            Line("predicted", "", _predicted, ofPredicted: true),
            .. _overEdge > 0 ? [Line("patches over the edge", "", _overEdge, ofPredicted: false)] : (string[][])[],
            Line("not predicted", "", _all - _predicted - _overEdge, ofPredicted: false),
        ], _title, [false, false, true, true, true]);
    }

    string[] Line(string name, string title, long pixels, bool ofPredicted) =>
    [
        name, title, FormattableString.Invariant($"{pixels:N0}"),
        ofPredicted && _predicted > 0 ? FormattableString.Invariant($"{100.0 * pixels / _predicted:0.0}") : "",
        .. _pixel is { } mm ? (string[])[FormattableString.Invariant($"{pixels * mm:0.###}")] : [],
    ];

    public override string ToString() => ToTable().ToString();
}
