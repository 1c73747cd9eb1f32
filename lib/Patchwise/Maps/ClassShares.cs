using System.Collections.ObjectModel;

namespace Patchwise;

/// <summary>What a class takes of a map.</summary>
/// <param name="Pixels">Px of the map.</param>
/// <param name="Share">Of what was predicted, 0 to 1.</param>
/// <param name="SquareMillimetres">Null where microns per pixel are not known.</param>
public sealed record ClassShare(ClassInfo Class, long Pixels, double Share, double? SquareMillimetres);

/// <summary>
/// The area of each class on a map, in the order of the model's classes; shown largest first, with what was predicted in all and what was not.
/// </summary>
public sealed class ClassShares : ReadOnlyCollection<ClassShare>, ITabular
{
    readonly long _predicted, _all;
    readonly string _title;
    readonly double? _pixel;

    ClassShares(ClassShare[] rows, long all, double? pixel, string title) : base(rows) =>
        (_predicted, _all, _pixel, _title) = (rows.Sum(row => row.Pixels), all, pixel, title);

    internal static ClassShares Of(PlacedPatches patches, Raster pixels, CancellationToken cancel)
    {
        var counts = new long[patches.Table.Classes.Count + 1];
        for (var y = 0; y < pixels.Height; y++)
        {
            cancel.ThrowIfCancellationRequested();
            if (pixels.Bits == 8)
                foreach (var value in pixels.Samples8.Slice(y * pixels.Width, pixels.Width))
                    counts[value]++;
            else
                foreach (var value in pixels.Samples16.Slice(y * pixels.Width, pixels.Width))
                    counts[value]++;
        }
        double? pixel = patches.Frame.Mpp is { } mpp ? mpp.X * mpp.Y / 1e6 : null;
        var predicted = pixels.Size.Area - counts[0];
        return new([.. patches.Table.Classes.Select((one,
            k) => new ClassShare(one, counts[k + 1], predicted == 0 ? 0 : counts[k + 1] / (double)predicted, counts[k + 1] * pixel))],
            pixels.Size.Area, pixel,
                $"Classes on {System.IO.Path.GetFileName(patches.Source.Name)} by {patches.Table.Model}, map at {patches.Frame.Resolution}");
    }

    /// <summary>Share of the map that was predicted.</summary>
    public double Predicted => _predicted / (double)_all;

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
            Line("not predicted", "", _all - _predicted, ofPredicted: false),
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
