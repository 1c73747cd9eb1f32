using Plotly.NET;

namespace Patchwise;

/// <summary>The charts of labelled patches, evaluations, slides and maps.</summary>
public static class PredictionCharts
{
    /// <summary>Px of a mask whose outline is drawn.</summary>
    const int MostOutlined = 512;

    /// <summary>Light within dark, which any stain and glass leave to be seen, also by who confuses red and green.</summary>
    const string Marked = "#ffcf00", Around = "#000000";

    /// <summary>How many patches each class has.</summary>
    public static GenericChart Counts(this LabelledPatches patches) =>
        new Panel("Labelled patches of each class").Names("class", patches.Classes.Select(one => one.Name)).Y("patches")
            .Bars([.. patches.Classes.Select(one => one.Name)],
                [.. patches.Classes.Index().Select(one => (double)patches.Labels.Count(label => label == one.Index))]).ToChart();

    /// <summary>So that 100 means all, and 0 none.</summary>
    static string Percent(double share) => share switch
    {
        > 0 and < 0.005 => "<1",
        > 0.995 and < 1 => ">99",
        _ => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0}"),
    };

    /// <summary>A heat map: rows the known class, columns the predicted one, color the share of the row, in each cell the count and that share.</summary>
    /// <param name="viewer">Of the slide that these predictions are of: a click on a cell opens it at the cell's patches; null: cells lead nowhere.</param>
    public static GenericChart ConfusionChart(this Evaluation evaluation, SlideViewer? viewer = null)
    {
        var matrix = evaluation.Confusion;
        int[] shown = [.. matrix.Shown];
        string[] names = [.. shown.Select(index => matrix.Classes[index].Name)];
        double[][] shares = [.. shown.Select(label => shown.Select(predicted => matrix.Share(label, predicted)).ToArray())];
        string[][] texts = [.. shown.Select(label => shown.Select(predicted => matrix[label, predicted] is > 0 and var count
            ? string.Create(CultureInfo.InvariantCulture, $"{count:N0} ({Percent(matrix.Share(label, predicted))} %)") : matrix.Support(label) > 0 ? "0" : "")
            .ToArray())];
        var cell = Math.Max(shown.Length > 20 ? 22 : 50, texts.SelectMany(row => row).Max(text => Style.Width(text)) + 10);
        return new Panel("Confusion matrix: patches, and their share of the known class").Names("predicted class", names, "known class").HeatMap(names, shares,
            texts, "patches, and their share of the known class")
            .Leads(viewer?.Address, shown)
            .ToChart(Math.Clamp(cell * shown.Length + 170, 420, 980), Math.Max(140, shown.Length * Math.Clamp(cell, 26, 50)));
    }

    /// <summary>Two networks on the same patches: how many both, one or none has right. The two cells off the diagonal decide which is better.</summary>
    /// <exception cref="BadInputException">No patch has a label.</exception>
    public static GenericChart Chart(this PairedComparison comparison)
    {
        if (comparison is not { Difference: { } difference, PValue: { } p })
            throw new BadInputException("none of the patches has a label: expected patches whose class is known; look at the map of the disagreement instead");
        int[][] counts = [[comparison.BothRight, comparison.OnlyFirstRight], [comparison.OnlySecondRight, comparison.BothWrong]];
        string[] names = ["right", "wrong"];
        return new Panel(string.Create(CultureInfo.InvariantCulture,
                $"{comparison.First} (the first) and {comparison.Second}: difference of accuracy {difference}, ")
                + (p < 0.001 ? "p below 0.001" : string.Create(CultureInfo.InvariantCulture, $"p = {p:0.000}")))
            .Names("the second is", names, "the first is")
            .HeatMap(names, [.. counts.Select(row => row.Select(count => (double)count / comparison.Count).ToArray())],
                [.. counts.Select(row => row.Select(count => count.ToString("N0", CultureInfo.InvariantCulture)).ToArray())], "share of the patches")
            .ToChart(620, 260);
    }

    /// <summary>
    /// Whether probabilities mean what they say: in each bin the share that is right, with its 95 % interval, over the mean probability, and how many patches
    /// the bins hold. Bins of fewer than five patches are pale.
    /// </summary>
    /// <exception cref="BadInputException">The predictions have no probabilities.</exception>
    public static GenericChart Reliability(this Evaluation evaluation)
    {
        if (evaluation.Bins.Count == 0)
            throw new BadInputException("the predictions have no probabilities: predict again and keep them");
        ReliabilityBin[] filled = [.. evaluation.Bins.Where(bin => bin.Count > 0)];
        return Charts.SideBySide(
        [
            new Panel("Share that is right, 95 % interval").Note("pale: fewer than 5 patches")
                .X("mean probability of the predicted class", "", 0, 1).Y("share that is right", "", 0, 1.02)
                .Line([0, 1], [0, 1], "calibrated", Style.Muted, dashed: true)
                .Shares([.. filled.Select(bin => bin.Confidence!.Value)], [.. filled.Select(bin => bin.Accuracy!.Value)],
                    [.. filled.Select(bin => bin.Count)], [.. filled.Select(bin => bin.IsPale)]).ToChart(),
            new Panel("Patches in each bin").X("probability of the predicted class", "", 0, 1).Y("patches")
                .Counts([0, .. evaluation.Bins.Select(bin => bin.To)], [.. evaluation.Bins.Select(bin => bin.Count)]).ToChart(),
        ], string.Create(CultureInfo.InvariantCulture, $"Calibration error {evaluation.CalibrationError!.Value}"));
    }

    /// <summary>The patches over a thumbnail of the slide, each with all its lines: what will be read, before it is.</summary>
    /// <param name="at">Of the thumbnail; null: at most 1024 px.</param>
    public static GenericChart Show(this PatchGrid grid, Slide slide, Resolution? at = null)
    {
        grid.CheckIsOver(slide);
        var (panel, pixel) = Over(slide, at, Invariant($"{grid.Count:N0} patches of {grid.Size} px")
            + (grid.Stride == grid.Size ? "" : $", stride {grid.Stride}")
            + (grid.Frame.Mpp is { } mpp ? Invariant($", {grid.Size.Width * mpp.X:0.#} microns wide") : ""));
        double x = pixel * slide.Size.Width / grid.Frame.Size.Width, y = pixel * slide.Size.Height / grid.Frame.Size.Height;
        var outline = new BorderLines();
        foreach (var patch in grid)
            outline.Box(patch.Box.X0 * x, patch.Box.Y0 * y, patch.Box.X1 * x, patch.Box.Y1 * y);
        return panel.Lines(outline, "patches", Marked, Around).ToChart();
    }

    /// <summary>The outline of the tissue over a thumbnail of the slide.</summary>
    public static GenericChart Show(this TissueMask tissue, Slide slide, Resolution? at = null)
    {
        tissue.CheckIsOver(slide);
        var (panel, pixel) = Over(slide, at, Invariant($"Tissue, outlined: {100 * tissue.Share:0.#} % of the slide"));
        return panel.Lines(Outlined(slide, tissue.Pixels, pixel), "tissue", Marked, Around).ToChart();
    }

    static BorderLines Outlined(Slide slide, Raster pixels, double pixel)
    {
        // Finer than a screen shows it, an outline would only be large.
        var mask = Math.Max(pixels.Width, pixels.Height) is > MostOutlined and var side
            ? pixels.Resize(new(Math.Max(1, pixels.Width * MostOutlined / side), Math.Max(1, pixels.Height * MostOutlined / side)), ResizeMethod.Nearest)
            : pixels;
        return Outline(mask, slide, pixel);
    }

    /// <summary>Over a thumbnail of the slide the patches that were looked at, in focus or not, and around what is pen or very dark.</summary>
    public static GenericChart Show(this SlideQuality quality, Slide slide, Resolution? at = null)
    {
        quality.Tissue.CheckIsOver(slide);
        var (panel, pixel) = Over(slide, at, "Quality of the slide" + (quality.InFocus is { } focus
            ? Invariant($": {100 * focus.Value:0} % of {quality.Focus.Count} patches in focus") : ""));
        BorderLines sharp = new(), blurred = new();
        foreach (var (box, inFocus) in quality.Focus.Select(one => (one.Patch.Level0, one.InFocus)))
            (inFocus ? sharp : blurred).Box(box.X0 * pixel, box.Y0 * pixel, box.X1 * pixel, box.Y1 * pixel);
        foreach (var (outline, name, color) in new[] { (sharp, "in focus", "#56b4e9"), (blurred, "out of focus", Marked),
            (Outlined(slide, quality.PenPixels, pixel), "pen", "#2fd6a5"), (Outlined(slide, quality.DarkPixels, pixel), "very dark", "#ff7fff") })
            if (!outline.IsEmpty)
                panel.Lines(outline, name, color, Around);
        return panel.ToChart();
    }

    /// <summary>The outlined regions over a thumbnail of the slide, a color for each class, to the px of the thumbnail.</summary>
    /// <param name="at">Of the thumbnail; null: at most 1024 px.</param>
    public static GenericChart Show(this AnnotationSet annotations, Slide slide, Resolution? at = null)
    {
        var here = annotations.On(slide);
        var (panel, pixel) = Over(slide, at, $"{here.Count} outlined regions");
        foreach (var (index, name) in here.Classes.Index())
            panel.Lines(Outline(TissueMask.Of(here.OfClass(name), slide, at).Pixels, slide, pixel), name is "" ? "no class" : name, Style.Color(index + 1),
                Around);
        return panel.ToChart();
    }

    static BorderLines Outline(Raster mask, Slide slide, double pixel)
    {
        double[] Edges(int count, int length) => [.. Enumerable.Range(0, count + 1).Select(i => i * pixel * length / count)];
        return BorderLines.Around(Edges(mask.Width, slide.Size.Width), Edges(mask.Height, slide.Size.Height), (x, y) => mask[x, y] != 0);
    }

    /// <summary>A thumbnail in mm where microns per pixel are known, else in px of level 0; and what a px of level 0 is in this.</summary>
    static (Panel Panel, double Pixel) Over(Slide slide, Resolution? at, string title)
    {
        var (thumbnail, pixel) = (slide.Thumbnail(at), slide.Mpp is { } mpp ? mpp.X / 1000 : 1);
        return (new Panel(title).Image(thumbnail, pixel * slide.Size.Width / thumbnail.Width, slide.Mpp is null ? "px of level 0" : "mm",
            1 / pixel), pixel);
    }

    /// <summary>The tile that was laid out.</summary>
    public static GenericChart Chart(this PatchMosaic mosaic) => mosaic.Image.Mpp is { } mpp
        ? new Panel("A tile of known patches").Image(mosaic.Image, mpp.X / 1000, "mm", 1000 / mpp.X).ToChart()
        : new Panel("A tile of known patches").Image(mosaic.Image, 1, "px", 1).ToChart();

    /// <summary>
    /// The image with a layer for each class: hovering tells class and probability, clicking an entry of the legend hides or shows its class. A probability has
    /// a slider above, which hides what is less likely. It takes a few MB however large map and table are.
    /// </summary>
    public static GenericChart Chart(this Overlay overlay)
    {
        var drawing = overlay.Drawing;
        var panel = new Panel(drawing.Title).Image(drawing.Ground, drawing.Pixel, drawing.Unit, drawing.Level0);
        foreach (var layer in drawing.Layers)
            panel.Cells(layer, drawing.Alpha, drawing.Outline);
        return panel.ToChart();
    }
}
