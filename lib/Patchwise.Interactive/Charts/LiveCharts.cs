using Plotly.NET;

namespace Patchwise;

/// <summary>Figures of the clarity test and of the size test that a reader plays with: sliders on the page choose among what was computed here.</summary>
public static class LiveCharts
{
    /// <summary>Of a gallery's row.</summary>
    const int Columns = 5;

    static readonly double[] Powers = [1.25, 2.5, 5, 7.5, 10, 15, 20, 30, 40, 60, 80, 100];
    static readonly double[] Thresholds = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.95, 0.96, 0.98];
    static readonly double[] Shares = [0.5, 0.75, 0.8, 0.9, 0.95, 0.99, 1];

    /// <summary>
    /// The share of the objects that stays clear at each trial, with sliders for the threshold from which on an object is clear, and for the share that must
    /// be. The words are those of <see cref="ClarityTest.With"/>'s suggestion.
    /// </summary>
    public static GenericChart ClearObjects(this ClarityTest clarity)
    {
        double[] thresholds = [.. Thresholds.Append(clarity.Options.Threshold).Distinct().Order()];
        double[] shares = [.. Shares.Append(clarity.Options.Share).Distinct().Order()];
        ClarityTest[] tests = [.. thresholds.SelectMany(threshold => shares.Select(share => clarity.With(threshold, share)))];
        // Also where a suggestion has looked between the trials.
        double[] powers = [.. tests.SelectMany(test => test.Suggestion.Tried).Select(tried => tried.Power).Distinct().Order()];
        double[] ends = [powers[0] - Math.Max(0.5, 0.04 * (powers[^1] - powers[0])), powers[^1] + Math.Max(0.5, 0.04 * (powers[^1] - powers[0]))];
        string[] groups = [.. clarity.Table.Select(row => row.Group).Distinct(), "all objects"];
        ClearCount[][] Counts(ClarityTest test) => [.. powers.Select(power => test.ClearAt(new Magnification(power)))
            .Select(at => (ClearCount[])[.. at, new("all objects", at.Sum(one => one.Clear), at.Sum(one => one.Objects))])];
        // Of a group whose images are all of lower magnifications there is nothing.
        static double Share(ClearCount[] at, string group) => at.FirstOrDefault(one => one.Group == group) is { Objects: > 0 } found
            ? Math.Round(100.0 * found.Clear / found.Objects, 2) : double.NaN;
        static double[] Suggested(ClarityTest test) => test.Suggestion.Magnification is { } power ? [power.Power, power.Power] : [double.NaN, double.NaN];

        var first = Counts(clarity);
        var panel = new Panel("Objects that stay clear")
            .X("magnification", "x", ends[0], ends[1], [.. clarity.Trials.Select(trial => trial.Power).Order()]).Y("clear objects", "%", 0, 102);
        foreach (var (i, group) in groups.Index())
            panel.Line(powers, [.. first.Select(at => Share(at, group))], group, i < groups.Length - 1 ? ChoosingCharts.Thirds[i] : Style.Ink, markers: true,
                objects: first.Select(at => at.FirstOrDefault(one => one.Group == group)?.Objects ?? 0));
        panel.Line(ends, [100 * clarity.Options.Share, 100 * clarity.Options.Share], "share that is asked for", Style.Muted, dashed: true)
            .Line(Suggested(clarity), [0, 102], "suggested magnification", Style.Color(3));
        return panel.Control(
            [
                Control.Of("an object is clear from an SSIM of", thresholds, clarity.Options.Threshold, value => Text(value, "0.00##")),
                Control.Of("objects that must be clear", shares, clarity.Options.Share, value => Text(100 * value, "0.##") + " %"),
            ],
            tests.Select(test => (Test: test, Counts: Counts(test))).Select(one => new State(one.Test.Suggestion.Reason, new
            {
                x = (object[])[.. groups.Select(_ => powers), ends, Style.Gaps(Suggested(one.Test))],
                y = (object[])[.. groups.Select(group => Style.Gaps(one.Counts.Select(at => Share(at, group)))),
                    (double[])[100 * one.Test.Options.Share, 100 * one.Test.Options.Share], (double[])[0, 102]],
            }))).ToChart(900, 320);
    }

    /// <summary>
    /// The patches that the objects need, in the colors of those that fit and those that do not, with sliders for the patch size and for the magnification. The
    /// words are those of <see cref="SizeTest.At"/>: how many fit, and what would be suggested there.
    /// </summary>
    public static GenericChart FittingObjects(this SizeTest test)
    {
        var own = test.Regions.Magnification is { } at ? Math.Round(at.Power / test.Regions.Min(row => row.Scale), 6) : (double?)null;
        double[] powers = own is null ? [] : PowersTo(own.Value, test.Regions.Magnification!.Value.Power);
        // Of objects in px of their masks there is but one frame.
        var largest = test.Regions.Max(row => row.CentredSide) * (own is null ? 1 : own.Value / test.Regions.Magnification!.Value.Power);
        var every = test.Step * (int)Math.Max(1, Math.Ceiling(largest / test.Step / 24));
        int[] sizes = [.. Enumerable.Range(1, (int)Math.Ceiling(largest / every)).Select(i => i * every).Concat(test.Marked.Select(one => one.Size))
            .Append(test.Suggestion.Size).Distinct().Order()];
        SizeTest[] tests = own is null ? [SizeTest.Of(test.Regions, sizes, test.Suggestion.Target, test.Step)]
            : [.. powers.Select(power => test.At(new Magnification(power), sizes))];
        double[][] sides = [.. tests.Select(one => one.Regions.Select(row => row.CentredSide).ToArray())];
        var (needs, bins) = (new Distribution(sides[^1]), Enumerable.Range(1, 4).Reverse().FirstOrDefault(parts => largest / test.Step * parts <= 80, 1));
        var limit = Math.Ceiling(Math.Min(needs.Largest, 1.5 * needs.Percentile(99.5)) / test.Step) * test.Step;
        bins = Math.Clamp((int)(limit / test.Step * bins), 1, 400);
        (double[] Edges, int[] Fit, int[] Not) Counts(int i, int size)
        {
            var (edges, fit) = Panel.Count([.. sides[i].Where(side => side <= size)], bins, 0, limit);
            return (edges, fit, Panel.Count([.. sides[i].Where(side => side > size)], bins, 0, limit).Counts);
        }

        var chosen = own is null ? 0 : Array.IndexOf(powers, test.Regions.Magnification!.Value.Power);
        var first = Counts(chosen, test.Suggestion.Size);
        var panel = new Panel("Objects that fit")
            .Note(needs.Largest > limit ? $"nothing is drawn beyond {Text(limit, "#,0.##")} px" : "")
            .X("patch that an object needs", own is null ? "px" : "px at the magnification", 0, limit).Y("objects")
            .Counts(first.Edges, first.Fit, Style.Color(0), "fit").Counts(first.Edges, first.Not, Style.Color(3), "do not fit")
            .Rule(new { xref = "x", yref = "y domain", x0 = test.Suggestion.Size, x1 = test.Suggestion.Size, y0 = 0, y1 = 1 }, null, dashed: true);
        var bySize = Control.Of("patch size", sizes, test.Suggestion.Size, size => $"{size} px");
        return panel.Control(own is null ? [bySize]
            : [Control.Of("magnification", powers, powers[chosen], power => new Magnification(power).ToString()), bySize],
            tests.SelectMany((one, i) => sizes.Select(size =>
            {
                var (row, (_, fit, not)) = (one.Fit.First(row => row.Size == size), Counts(i, size));
                var words = string.Create(CultureInfo.InvariantCulture, $"{row}{(own is null ? "" : $" at {new Magnification(powers[i])}")} "
                    + $"(95 % interval {100 * row.Share.Low:0.0} to {100 * row.Share.High:0.0} %). Suggested is {one.Suggestion.Reason}");
                return new State(words, new { y = new[] { fit, not } },
                    new Dictionary<string, object> { ["shapes[0].x0"] = size, ["shapes[0].x1"] = size });
            }))).ToChart(900, 280);
    }

    /// <summary>
    /// The objects of <see cref="ClarityTest.Gallery"/>, all at one magnification at a time, with sliders for the magnification and for how much of the
    /// surroundings is seen. Of large objects fewer are shown, so that a page stays small.
    /// </summary>
    /// <param name="paddings">Px of the original on each side; null: none, those of the test, and three times as many.</param>
    /// <param name="magnifications">Null: the trials, and usual ones between them.</param>
    /// <exception cref="BadInputException">A padding out of range, or no magnification that can be looked at.</exception>
    public static LiveGallery LiveGallery(this ClarityTest clarity, IReadOnlyList<int>? paddings = null, IReadOnlyList<double>? magnifications = null)
    {
        int[] around = [.. (paddings ?? [0, clarity.Options.Padding, 3 * Math.Max(clarity.Options.Padding, 10)]).Distinct().Order()];
        var highest = clarity.Trials[0].Power;
        double[] powers = [.. magnifications ?? PowersTo(highest, [.. clarity.Trials.Select(trial => trial.Power)])];
        Gallery[] looks = [.. around.Select(padding => clarity.Look(padding, powers))];
        var (rows, kept, steps) = (looks[0].Rows.Length, Kept(looks), looks[0].Columns.Count);
        Gallery Shown(Gallery look, int step) => Enumerable.Range(0, kept).Select(i => look.Rows[i * rows / kept])
            .Select(row => row.Cells[step] is { Image: null } none ? none : row.Cells[step] with { Caption = row.Label }).Chunk(Columns)
            .Aggregate(new Gallery(look.Title, cellSize: 168), (gallery, cells) => gallery.Row("", cells));
        // From the lowest to the original.
        return new(
            [
                new("magnification", [.. looks[0].Columns.Reverse().Select(name => name.Replace(" |", ",", StringComparison.Ordinal))], steps - 1),
                Control.Of("px of surroundings", around, around.Contains(clarity.Options.Padding) ? clarity.Options.Padding : around[0],
                    padding => $"{padding}"),
            ],
            [.. Enumerable.Range(0, steps).Reverse().SelectMany(step => looks.Select(look => Shown(look, step)))]);
    }

    /// <summary>
    /// The objects that patch sizes cut off, see <see cref="SizeTest.CutOff(ImageSet, CutOffOptions, CancellationToken)"/>: at first all, as there, with
    /// sliders for one patch size and for how much of the surroundings is seen. Of many large objects fewer are shown, and the title says so.
    /// </summary>
    /// <param name="set">The set that the objects were measured on.</param>
    /// <param name="options">Null: as they stand in <see cref="CutOffOptions"/>.</param>
    /// <param name="paddings">Px around the patch; 0 shows what a network would see. Null: none, those of the options, and twice as many.</param>
    /// <exception cref="BadInputException">An object of no image of the set, or an option out of range.</exception>
    public static LiveGallery LiveCutOff(this SizeTest test, ImageSet set, CutOffOptions? options = null, IReadOnlyList<int>? paddings = null) =>
        LiveCutOff(options ?? new(), paddings, padded => test.CutOff(set, padded));

    /// <summary>As the other, for regions of a slide.</summary>
    /// <exception cref="BadInputException">A region of another slide, or an option out of range.</exception>
    public static LiveGallery LiveCutOff(this SizeTest test, Slide slide, CutOffOptions? options = null, IReadOnlyList<int>? paddings = null) =>
        LiveCutOff(options ?? new(), paddings, padded => test.CutOff(slide, padded));

    static LiveGallery LiveCutOff(CutOffOptions options, IReadOnlyList<int>? paddings, Func<CutOffOptions, Gallery> cut)
    {
        int[] around = [.. (paddings ?? [0, options.Padding, 2 * Math.Max(options.Padding, 10)]).Distinct().Order()];
        Gallery[] looks = [.. around.Select(padding => cut(options with { Padding = padding }))];
        // Each image is there twice: with those of all sizes, and with those of its own.
        var (names, rows, kept) = (looks[0].Columns, looks[0].Rows.Length, Kept([.. looks, .. looks], 3_000_000));
        var fewer = kept < rows ? $"; of {rows} rows the first {kept}" : "";
        Gallery All(Gallery look) =>
            look.Rows.Take(kept).Aggregate(new Gallery(look.Title + fewer, look.Columns), (gallery, row) => gallery.Row("", row.Cells));
        Gallery One(Gallery look, int size) => look.Rows.Take(kept).Select(row => row.Cells[size]).Where(cell => cell.Image is not null).Chunk(Columns)
            .Aggregate(new Gallery($"Objects {names[size]}{fewer}", cellSize: 168), (gallery, cells) => gallery.Row("", cells));
        return new(
            [
                new("patch size", ["all", .. names], 0),
                Control.Of("px of surroundings", around, around.Contains(options.Padding) ? options.Padding : around[0], padding => $"{padding}"),
            ],
            [.. looks.Select(All), .. names.Index().SelectMany(name => looks.Select(look => One(look, name.Index)))]);
    }

    /// <summary>How many of their rows make a page of so many bytes at most, or one.</summary>
    static int Kept(Gallery[] looks, double most = 1_500_000)
    {
        // About what the images take, in bytes: noise in a PNG, JPEG from where pages have it.
        var bytes = looks.SelectMany(look => look.Rows).SelectMany(row => row.Cells).Select(cell => cell.Image?.Size.Area ?? 0)
            .Sum(area => area * (area >= 1 << 15 ? 0.6 : 2.2));
        var rows = looks[0].Rows.Length;
        return rows == 0 ? 0 : Math.Clamp((int)(rows * most / bytes), 1, rows);
    }

    /// <summary>Usual magnifications down to an eighth of the highest, and those that are given.</summary>
    static double[] PowersTo(double highest, params double[] more) =>
        [.. Powers.Where(power => power >= highest / 8 && power <= highest * (1 + 1e-9)).Concat(more).Append(highest).Distinct().Order()];

    static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
