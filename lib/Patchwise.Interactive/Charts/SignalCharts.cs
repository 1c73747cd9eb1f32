using Plotly.NET;

namespace Patchwise;

/// <summary>The charts and galleries of the signal test.</summary>
public static class SignalCharts
{
    const string OfClarity = "#d55e00", OfSizes = "#cc79a7";
    static readonly string[] Symbols = ["circle", "square", "diamond", "triangle-up", "cross", "x"];

    /// <summary>
    /// Balanced accuracy by magnification and field of view at one input of the network, with its 95 % interval, in the colors of amounts. The suggestion has a
    /// frame, the best setting a dashed one. What the clarity and the size test of the same objects suggest is marked at the borders: between two places in
    /// equal factors.
    /// </summary>
    /// <param name="clarity">Null: no mark.</param>
    /// <param name="sizes">Null: no mark.</param>
    /// <param name="input">Of the network, px; null: that of the suggestion, or of the best setting.</param>
    /// <exception cref="BadInputException">Nothing was tried at this input, or a magnification is to be marked and that of the images is not known.</exception>
    public static GenericChart Surface(this SignalTest test, ClarityTest? clarity = null, SizeTest? sizes = null, int? input = null)
    {
        var side = input ?? (test.Suggested ?? test.Best).Setting.Input;
        var rows = test.Rows.Where(row => row.Setting.Input == side).DistinctBy(row => row.Setting).ToArray();
        if (rows.Length == 0)
            throw new BadInputException(Invariant(
                $"input: nothing was tried at {side} px: expected {string.Join(", ", test.Rows.Select(row => row.Setting.Input).Distinct().Order())}"));
        // All places that any input has, so that maps of several inputs compare.
        double[] factors = [.. test.Rows.Select(row => row.Setting.Factor).Distinct().OrderDescending()];
        double[] fields = [.. test.Rows.Select(row => (double)row.Setting.Field).Distinct().Order()];
        var found = rows.ToDictionary(row => (row.Setting.Factor, (double)row.Setting.Field));
        T[][] Each<T>(Func<SignalRow, T> of, T none) =>
            [.. factors.Select(factor => fields.Select(field => found.TryGetValue((factor, field), out var row) ? of(row) : none).ToArray())];
        var framed = test.Suggested is null ? "none is suggested" : "framed: the suggestion";
        var best = test.Best.Setting.Input == side ? "dashed: the best" : Invariant($"the best has an input of {test.Best.Setting.Input} px");
        var panel = new Panel(Invariant($"Balanced accuracy with 95 % intervals, network input {side} px; {framed}, {best}"))
            .Places("field of view", [.. fields.Select(field => FieldIn(test, (int)field))],
                "magnification", [.. factors.Select(factor => PowerOf(test, factor))])
            .Surface(Each(row => row.Accuracy.Value, double.NaN),
                Each(row => Invariant($"{row.Accuracy.Value:0.000}\n") + Interval(row.Accuracy, "0.00"), ""),
                Each(row => Said(test, row), ""));
        foreach (var (row, dashed) in new[] { (test.Best, true), (test.Suggested, false) })
            if (row is not null && row.Setting.Input == side)
                panel.Frame(Array.IndexOf(fields, row.Setting.Field), Array.IndexOf(factors, row.Setting.Factor), dashed);
        var highest = test.Magnification;
        if (clarity?.Suggestion.Magnification is { } clear)
            panel.MarkRow(Place(factors, clear.Power / (highest ?? throw new BadInputException(
                "clarity: the magnification of these images is not known, so that another test's cannot be marked: state it when opening the images")).Power),
                $"clarity test: {clear}", OfClarity);
        if (sizes is not null)
        {
            // Sizes are px of the table's frame, fields those of the test's, which is the lowest of the images.
            var share = (sizes.Regions.Magnification, test.Magnification) is ({ } of, { } frame) ? of.Power / frame.Power
                : sizes.Regions.Count > 0 ? sizes.Regions[0].Scale : 1;
            panel.MarkColumn(Place(fields, sizes.Suggestion.Size / share), Invariant($"size test: {sizes.Suggestion.Size / share:0} px"), OfSizes);
        }
        return panel.ToChart(Math.Clamp(150 * fields.Length + 170, 720, 980), Math.Max(150, 66 * factors.Length));
    }

    /// <summary>
    /// Each setting's balanced accuracy, as it is judged (the estimate that borrows strength from all settings), over what its network costs. The line is the
    /// best for the money, the band what lies within the tolerance of the best; hollow are settings that are not safe. Larger marks have larger fields.
    /// </summary>
    public static GenericChart Frontier(this SignalTest test)
    {
        var rows = test.Rows.DistinctBy(row => row.Setting).ToArray();
        var counted = rows.All(row => row.MultiplyAdds is not null);
        // Without counted multiply-adds the pixels that the network sees stand for them.
        double Cost(SignalRow row) => counted ? row.MultiplyAdds!.Value / 1e6 : row.Setting.Input * (double)row.Setting.Input / 1000;
        double Judged(SignalRow row) => test.Best.Accuracy.Value - row.ShrunkLoss / 100;
        double[] costs = [.. rows.Select(Cost).Distinct().Order()], fields = [.. rows.Select(row => (double)row.Setting.Field).Distinct().Order()];
        var (from, to) = (Math.Log10(costs[0]) - 0.12, Math.Log10(costs[^1]) + 0.12);
        var (least, most) = (rows.Min(Judged), rows.Max(Judged));
        var margin = Math.Max(0.01, 0.12 * (most - least));
        var panel = new Panel("Accuracy against cost")
            .X("cost of the network for a patch", counted ? "million multiply-adds" : "thousand px of input", from, to)
            .Logarithmic(costs, [.. costs.Select(cost => Invariant($"{cost:#,0.#}"))]).Y("balanced accuracy, as judged", "", least - margin, most + margin)
            .Band(most - test.Tolerance / 100, most, Invariant($"within {test.Tolerance:0.##} point{(test.Tolerance == 1 ? "" : "s")} of the best"));
        var best = costs.Select(cost => rows.Where(row => Cost(row) <= cost).Max(Judged)).ToArray();
        panel.Line([.. costs, Math.Pow(10, to)], [.. best, best[^1]], "best for the cost", Style.Ink, steps: true);
        foreach (var (i, group) in rows.GroupBy(row => row.Setting.Factor).OrderByDescending(group => group.Key).Index())
            panel.Marks([.. group.Select(Cost)], [.. group.Select(Judged)], PowerOf(test, group.Key), group.Select(row => Said(test, row)),
                (Symbols[i % Symbols.Length], [.. group.Select(row => 8.0 + 10.0 * Array.IndexOf(fields, row.Setting.Field) / Math.Max(1, fields.Length - 1))],
                    [.. group.Select(row => !row.Safe)]));
        if (test.Suggested is { } suggested)
            panel.Ring(Cost(suggested), Judged(suggested), $"suggested: {suggested.Setting.Describe(test.Magnification)}", "circle");
        return panel.Ring(Cost(test.Best), Judged(test.Best), $"best: {test.Best.Setting.Describe(test.Magnification)}", "square").ToChart(900, 380);
    }

    /// <summary>
    /// What the network sees of the same objects at the best setting and, beside it, at the suggested one, some of each class; where none is suggested, or the
    /// best itself, at the cheaper setting that loses least.
    /// </summary>
    /// <param name="each">Objects of a class.</param>
    /// <param name="seed">Decides which.</param>
    public static Gallery Gallery(this SignalTest test, int each = 3, int seed = 7)
    {
        if (each is < 1 or > 20)
            throw new BadInputException(Invariant($"each: {each} objects of a class: expected 1 to 20"));
        var (other, word) = Other(test);
        int[] order = [.. Enumerable.Range(0, test.Objects.Count)];
        new Random(seed).Shuffle(order);
        var gallery = new Gallery($"The same objects at the best setting ({test.Best.Setting.Describe(test.Magnification)}) and at the {word} one "
            + $"({other.Setting.Describe(test.Magnification)})", [.. Enumerable.Range(0, each).SelectMany(_ => (string[])["best", word])]);
        foreach (var name in test.Classes)
        {
            SignalObject[] objects = [.. order.Select(i => test.Objects[i]).Where(one => one.Class == name).Take(each)];
            gallery = gallery.Row(name, [.. Seen(test, test.Best, objects).Zip(Seen(test, other, objects))
                .SelectMany(pair => (GalleryCell[])[new(pair.First), new(pair.Second)])]);
        }
        return gallery;
    }

    /// <summary>
    /// Objects that are told right at the best setting and wrong at the suggested one in most divisions, and the reverse, by class. Where both are about as
    /// many, the difference is chance; where one kind of object stands out among the first, it is what the cheaper setting costs.
    /// </summary>
    /// <param name="most">Objects of each kind.</param>
    public static Gallery Changed(this SignalTest test, int most = 6)
    {
        if (most is < 1 or > 20)
            throw new BadInputException(Invariant($"most: {most} objects of each kind: expected 1 to 20"));
        var (other, word) = Other(test);
        var (atBest, atOther) = (test.Right(test.Best), test.Right(other));
        SignalObject[] Where(Func<double, double, bool> kind) => [.. test.Objects.Where((_, i) => kind(atBest[i], atOther[i]))];
        var (lost, gained) = (Where((best, cheap) => best > 0.5 && cheap <= 0.5), Where((best, cheap) => best <= 0.5 && cheap > 0.5));
        var gallery = new Gallery(
            Invariant($"Of {test.Objects.Count:N0} objects {lost.Length} are told right at the best setting and wrong at the {word} one, ")
            + Invariant($"{gained.Length} the reverse"));
        foreach (var (kind, all) in new[] { ($"right at the best, wrong at the {word} one", lost), ($"wrong at the best, right at the {word} one", gained) })
        {
            // In turn one of each class, so that a common one does not fill the row.
            SignalObject[] shown = [.. all.GroupBy(one => one.Class).SelectMany(group => group.Select((one, turn) => (one, turn))).OrderBy(pair => pair.turn)
                .Take(most).Select(pair => pair.one)];
            foreach (var (setting, name) in new[] { (test.Best, "the best"), (other, $"the {word} one") })
                gallery = gallery.Row($"{kind}: at {name}", shown.Length == 0 ? [GalleryCell.Empty("none")]
                    : [.. Seen(test, setting, shown).Zip(shown, (seen, one) => new GalleryCell(seen, one.Class))]);
        }
        return gallery;
    }

    static IReadOnlyList<Raster> Seen(SignalTest test, SignalRow row, SignalObject[] objects) => test.Patches(row.Setting, objects, Cell.Stop);

    /// <summary>What the best is compared with, and how it is called.</summary>
    static (SignalRow Row, string Word) Other(SignalTest test) => test.Suggested is { } suggested && suggested != test.Best ? (suggested, "suggested")
        : test.Rows.Where(row => row.Setting != test.Best.Setting && row.Setting.Input <= test.Best.Setting.Input)
            .MinBy(row => row.ShrunkLoss) is { } next ? (next, "next cheaper") : (test.Best, "same");

    /// <summary>Where a value lies among ascending or descending ones, in equal factors; at most half a place outside.</summary>
    static double Place(double[] among, double value)
    {
        if (among.Length == 1)
            return Math.Clamp(Math.Log2(value / among[0]), -0.5, 0.5);
        var rising = among[0] < among[^1];
        var i = Math.Clamp(Array.FindIndex(among, one => rising ? one >= value : one <= value) is >= 0 and var at ? at : among.Length - 1, 1, among.Length - 1);
        return Math.Clamp(i - 1 + Math.Log(value / among[i - 1]) / Math.Log(among[i] / among[i - 1]), -0.5, among.Length - 0.5);
    }

    static string FieldIn(SignalTest test, int field) =>
        Invariant($"{field} px{(test.Source.Mpp is { } mpp ? Invariant($", {field * mpp.X:0.#} microns") : "")}");

    static string PowerOf(SignalTest test, double factor) =>
        test.Magnification is { } known ? new Magnification(known.Power * factor).ToString()
        : factor == 1 ? "as scanned" : Invariant($"1/{1 / factor:0.##} of it");

    static string Interval(Estimate of, string digits) => !of.HasInterval ? "no interval"
        : of.Low.ToString(digits, CultureInfo.InvariantCulture) + " to " + of.High.ToString(digits, CultureInfo.InvariantCulture);

    static string Said(SignalTest test, SignalRow row) => $"{row.Setting.Describe(test.Magnification)}\nfield of view {FieldIn(test, row.Setting.Field)}\n"
        + Invariant($"balanced accuracy {row.Accuracy.Value:0.000} ({Interval(row.Accuracy, "0.000")})\n")
        + Invariant($"loss against the best {row.Loss.Value:0.0} points ({Interval(row.Loss, "0.0")}), judged {row.ShrunkLoss:0.0}\n")
        + (row.MultiplyAdds is { } adds ? Invariant($"{adds / 1e6:#,0} million multiply-adds, ") : "") + Invariant($"{row.Pixels:#,0} px read");

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
