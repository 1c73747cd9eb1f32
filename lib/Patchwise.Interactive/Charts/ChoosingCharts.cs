using Plotly.NET;

namespace Patchwise;

/// <summary>The charts of objects, of the clarity test and of the size test.</summary>
public static class ChoosingCharts
{
    const string Bars = "#9db4c8";
    internal static readonly string[] Thirds = ["#e6962e", "#0099e6", "#12594d"];

    /// <summary>
    /// Histograms of the area and of the longer side, in microns where those of all images are known. The largest 0.5 % may lie beyond the axis; the
    /// chart says how many.
    /// </summary>
    /// <exception cref="BadInputException">The table is empty.</exception>
    public static GenericChart Sizes(this RegionTable regions)
    {
        Refuse(regions.Count);
        var (px, unit) = Lengths(regions);
        static GenericChart Of(string title, string axis, string unit, IEnumerable<double> of, Func<double, double> rounded)
        {
            Distribution values = new(of);
            var limit = rounded(Math.Min(values.Largest, 1.5 * values.Percentile(99.5)));
            return new Panel(title).X(axis, unit, 0, limit).Y("objects").Histogram(values.Values, 40, 0, limit)
                .VerticalLine(values.Percentile(50), "median").VerticalLine(values.Percentile(95), "95th percentile", dashed: true).ToChart();
        }
        return Charts.SideBySide([Of("Areas", "area", unit is "microns" ? "square microns" : unit.Replace("px", "px²", StringComparison.Ordinal),
            regions.Select((row, i) => row.Area * px[i] * px[i]), Rounded),
            Of("Longer sides", "longer side of the box", unit, regions.Select((row, i) => row.Side * px[i]),
                limit => WholeSteps(limit, 40 * regions.Select((row, i) => row.Scale * px[i]).Min()))],
            $"Sizes of {regions.Count.ToString("N0", CultureInfo.InvariantCulture)} objects");
    }

    /// <summary>
    /// The longer side of every object, image by image in the order of their medians (the bars), in microns where those of all images are known, else in px of
    /// the masks. Images of one magnification and one kind of object stand at about one height.
    /// </summary>
    /// <exception cref="BadInputException">The table is empty.</exception>
    public static GenericChart SizesByImage(this RegionTable regions)
    {
        Refuse(regions.Count);
        var check = regions.Check();
        // Objects of an image stand beside each other by multiples of the golden ratio, which leave no gap and no pile.
        static double Beside(int i) => 0.6 * (i * 0.6180339887 % 1 - 0.5);
        var panel = new Panel("Sizes of the objects, image by image").X("image, by the median of its objects", "", 0, check.Images.Count + 1)
            .Y("longer side of the box", check.Unit, 0, 1.05 * check.Images.Max(one => one.Sides.Max()))
            .Points([.. check.Images.SelectMany((one, at) => one.Sides.Select((_, i) => at + 1 + Beside(i)))], [.. check.Images.SelectMany(one => one.Sides)],
                "objects", check.Images.SelectMany(one => one.Objects.Select(row => $"{row.Image}, object {row.Label}")));
        foreach (var (at, one) in check.Images.Index())
            panel.Line([at + 0.65, at + 1.35], [one.Median, one.Median], at == 0 ? "median of the image" : "", Style.Ink);
        return panel.ToChart(900);
    }

    /// <summary>The shorter axis of each object's ellipse over its longer one, with the line of circles. Needs <see cref="RegionProperties.All"/>.</summary>
    /// <exception cref="BadInputException">The table is empty or was measured without shapes.</exception>
    public static GenericChart Shapes(this RegionTable regions)
    {
        Refuse(regions.Count);
        var (px, unit) = Lengths(regions);
        var shaped = regions.Index().Where(row => row.Item is { Major: { }, Minor: { } })
            .Select(row => (Long: px[row.Index] * row.Item.Major!.Value, Short: px[row.Index] * row.Item.Minor!.Value, Row: row.Item)).ToArray();
        if (shaped.Length == 0)
            throw new BadInputException("the axes of these objects were not measured: expected RegionTable.Measure(..., properties: RegionProperties.All)");
        var end = 1.05 * shaped.Max(one => one.Long);
        return new Panel("Round and long objects").X("longer axis", unit, 0, end).Y("shorter axis", unit, 0, end)
            .Density([.. shaped.Select(one => one.Long)], [.. shaped.Select(one => one.Short)], end, "objects",
                shaped.Select(one => $"{one.Row.Image}, object {one.Row.Label}"))
            .Line([0, end], [0, end], "circles", Style.Ink, dashed: true).Equal().ToChart(560);
    }

    /// <summary>
    /// Similarity and detail kept, by magnification, for the smallest, middle and largest third of the objects: mean, and 10th percentile dashed.
    /// </summary>
    public static GenericChart Curve(this ClarityTest clarity)
    {
        var (table, threshold) = (clarity.Table, clarity.Suggestion.Threshold);
        double[] ticks = [.. table.Select(row => row.Trial.Power).Distinct().Order()];
        var margin = Math.Max(0.5, 0.04 * (ticks[^1] - ticks[0]));
        static double Floor(double value, double step) => Math.Floor(value / step - 0.01) * step;
        Panel Of(string title, string y, string unit, double from, double to, Func<ClarityRow, (double Mean, double Low)> of)
        {
            var panel = new Panel(title).X("magnification", "x", ticks[0] - margin, ticks[^1] + margin, ticks).Y(y, unit, from, to);
            foreach (var (i, group) in table.GroupBy(row => row.Group).Index())
            {
                ClarityRow[] rows = [.. group.OrderBy(row => row.Trial.Power)];
                double[] x = [.. rows.Select(row => row.Trial.Power)];
                int[] objects = [.. rows.Select(row => row.Objects)];
                var name = string.Create(CultureInfo.InvariantCulture, $"{group.Key} ({rows[0].FromArea:#,0} to {rows[0].ToArea:#,0} {table.Unit})");
                panel.Line(x, [.. rows.Select(row => of(row).Mean)], name, Thirds[i], markers: true, objects: objects)
                    .Line(x, [.. rows.Select(row => of(row).Low)], color: Thirds[i], dashed: true, objects: objects);
            }
            return panel;
        }
        return Charts.SideBySide(
        [
            Of("Similarity kept", "SSIM", "", Floor(Math.Min(threshold, table.Min(row => row.SsimLow)), 0.1), 1.005, row => (row.Ssim, row.SsimLow))
                .HorizontalLine(threshold, string.Create(CultureInfo.InvariantCulture, $"clear from {threshold:0.00##} on")).ToChart(),
            Of("Detail kept", "spectral energy kept", "%", Floor(table.Min(row => 100 * row.EnergyLow), 10), 100.5,
                row => (100 * row.Energy, 100 * row.EnergyLow)).ToChart(),
        ], "What is kept: mean (solid), 10th percentile (dashed)");
    }

    /// <summary>
    /// Areas, with a line at the area of the circle that touches the sides of each marked size; the sides of the patches around their centroids that hold the
    /// objects, with a line at each size.
    /// </summary>
    /// <param name="bins">Of each histogram.</param>
    /// <param name="areaLimit">
    /// Histogram of areas up to this, px²; larger ones are counted in a note. By default far enough for all but the largest 0.5 % of the objects and for the
    /// lines near them.
    /// </param>
    /// <param name="sideLimit">Histogram of sides up to this, px; by default as for areas.</param>
    /// <exception cref="BadInputException">A parameter out of range.</exception>
    public static GenericChart Histograms(this SizeTest test, int bins = 40, double? areaLimit = null, double? sideLimit = null)
    {
        if (bins is < 1 or > 1000)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{bins} bins: expected 1 to 1000"));
        foreach (var (name, limit) in new[] { ("area", areaLimit), ("side", sideLimit) })
            if (limit is { } given && !(given > 0 && double.IsFinite(given)))
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{name} limit {given}: expected a number above 0"));
        Distribution areas = new(test.Regions.Select(row => row.Area)), sides = new(test.Regions.Select(row => row.CentredSide));
        GenericChart Of(string title, string axis, string unit, Distribution values, double limit, Func<MarkedSize, double> of)
        {
            var panel = new Panel(title).Note(title is "Areas" ? "" : Each(test.Regions))
                .X(axis, unit, 0, limit).Y("objects").Histogram(values.Values, bins, 0, limit, Bars);
            foreach (var marked in test.Marked)
                panel.VerticalLine(of(marked), $"{marked.Size} px", marked.Color);
            return panel.ToChart(560);
        }
        return Charts.SideBySide(
        [
            Of("Areas", "area; lines: circle in patch", $"px²{At(test.Regions)}", areas,
                areaLimit ?? Rounded(Limit(areas, test.Marked.Select(marked => marked.Circle))), marked => marked.Circle),
            Of("Patches that objects need", "patch that an object needs", $"px{At(test.Regions)}", sides,
                sideLimit ?? WholeSteps(Limit(sides, test.Marked.Select(marked => (double)marked.Size)), bins * test.Regions.Min(row => row.Scale)),
                    marked => marked.Size),
        ], "Sizes of the objects, and the patches in question");
    }

    /// <summary>The share of objects that fit, over all sizes.</summary>
    public static GenericChart Coverage(this SizeTest test)
    {
        Distribution sides = new(test.Regions.Select(row => row.CentredSide));
        var end = Rounded(1.05 * Math.Max(Math.Max(sides.Largest, test.Suggestion.Size), Near(sides, test.Marked.Select(marked => (double)marked.Size))));
        var panel = Fitting(new Panel("Objects that fit in a patch").Note(Each(test.Regions)).X("patch size", $"px{At(test.Regions)}", 0, end)
            .Y("objects that fit", "%", 0, 100.5), sides, end, "all objects", Style.Ink);
        // Values stand for classes where they are few and have many objects each; in an instance mask each object has its own.
        var classes = test.Regions.ByValue();
        if (classes.Count is > 1 and <= 8 && classes.All(group => group.Regions.Count >= 20))
            foreach (var group in classes)
                Fitting(panel, new(group.Regions.Select(row => row.CentredSide)), end, group.Class == $"{group.Value}" ? $"value {group.Value}" : group.Class,
                    null);
        foreach (var marked in test.Marked)
            panel.VerticalLine(marked.Size, $"{marked.Size} px", marked.Color);
        return panel.HorizontalLine(100 * test.Suggestion.Target,
            string.Create(CultureInfo.InvariantCulture, $"target {100 * test.Suggestion.Target:0.##} %")).ToChart();
    }

    /// <summary>Of each object what a px of the table's frame is in a unit: in microns where they are known of all.</summary>
    static (IReadOnlyList<double> Px, string Unit) Lengths(RegionTable regions) =>
        regions.Microns is { } microns ? (microns, "microns") : ((double[])[.. regions.Select(_ => 1.0)], $"px{At(regions)}");

    /// <summary>Patches are of px; what that is in microns, where it is one length for all.</summary>
    static string Each(RegionTable regions) => regions.Microns is { } microns && microns.Max() <= 1.01 * microns.Min()
        ? string.Create(CultureInfo.InvariantCulture, $"1 px is {microns.Average():0.###} microns") : "";

    static string At(RegionTable regions) => regions.Magnification is { } magnification ? $" at {magnification}" : "";

    static void Refuse(int count)
    {
        if (count == 0)
            throw new BadInputException("no objects to draw: this table is empty; loosen its filters, such as AwayFromEdge, or check the masks");
    }

    /// <summary>Steps up at the side of every object.</summary>
    static Panel Fitting(Panel panel, Distribution sides, double end, string name, string? color)
    {
        List<double> x = [0], y = [0];
        List<int> fit = [0];
        for (var i = 0; i < sides.Count; i++)
            if (i + 1 == sides.Count || sides.Values[i + 1] > sides.Values[i])
            {
                x.Add(sides.Values[i]);
                y.Add(100.0 * (i + 1) / sides.Count);
                fit.Add(i + 1);
            }
        return panel.Line([.. x, end], [.. y, 100], name, color, steps: true, objects: [.. fit, sides.Count]);
    }

    /// <summary>Past all but the largest 0.5 % of the objects, and past the marks that are not far beyond the largest.</summary>
    static double Limit(Distribution values, IEnumerable<double> marks) =>
        1.05 * Math.Max(Math.Min(values.Largest, 1.5 * values.Percentile(99.5)), Near(values, marks));

    /// <summary>The largest mark that is not far beyond the largest value; 0 where none is.</summary>
    static double Near(Distribution values, IEnumerable<double> marks) => marks.Where(mark => mark <= 1.3 * values.Largest).DefaultIfEmpty(0).Max();

    /// <summary>Up to two digits.</summary>
    static double Rounded(double value)
    {
        var step = Math.Pow(10, Math.Floor(Math.Log10(value)) - 1);
        return Math.Ceiling(value / step) * step;
    }

    /// <summary>
    /// Up to a multiple of a step, where that is not far: sides come in whole px of the mask, and bins that hold unequal numbers of these look ragged.
    /// </summary>
    static double WholeSteps(double value, double step) => Math.Ceiling(value / step) * step is var whole && whole <= 1.3 * value ? whole : Rounded(value);
}
