using System.Globalization;
using Plotly.NET;

namespace Patchwise;

/// <summary>The charts of labelled patches, evaluations, slides and maps.</summary>
public static class PredictionCharts
{
    /// <summary>A matrix of more classes shows those only that occur.</summary>
    const int MostClasses = 30;

    /// <summary>How many patches each class has.</summary>
    public static GenericChart Counts(this LabelledPatches patches) =>
        new Panel($"Patches of {patches.Name}").Names("class", patches.Classes.Select(one => one.Name)).Y("patches")
        .Bars([.. patches.Classes.Select(one => one.Name)],
        [.. patches.Classes.Index().Select(one => (double)patches.Labels.Count(label => label == one.Index))]).ToChart();

    /// <summary>Patches of each class as known and as predicted.</summary>
    public static GenericChart ClassCounts(this Evaluation evaluation)
    {
        string[] names = [.. evaluation.Classes.Select(one => one.Class.Name)];
        return new Panel("Patches of each class").Names("class", names).Y("patches")
            .Bars(names, [.. evaluation.Classes.Select(one => (double)one.Support)], "known").Bars(names,
            [.. evaluation.Classes.Select(one => (double)one.Predicted)], "predicted").ToChart();
    }

    /// <summary>A heat map: rows the known class, columns the predicted one, color the share of the row, in each cell the count and that share.</summary>
    public static GenericChart ConfusionChart(this Evaluation evaluation)
    {
        var matrix = evaluation.Confusion;
        int[] shown = [.. Enumerable.Range(0, matrix.Classes.Count)
            .Where(index => matrix.Classes.Count <= MostClasses || matrix.Support(index) > 0 || matrix.Predicted(index) > 0)];
        string[] names = [.. shown.Select(index => matrix.Classes[index].Name)];
        double[][] shares = [.. shown.Select(label => shown.Select(predicted => matrix.Share(label, predicted)).ToArray())];
        string[][] texts = [.. shown.Select(label => shown.Select(predicted => matrix[label, predicted] is > 0 and var count
            ? string.Create(CultureInfo.InvariantCulture, $"{count:N0} ({100 * matrix.Share(label, predicted):0} %)") : matrix.Support(label) > 0 ? "0" : "")
            .ToArray())];
        var cell = Math.Max(shown.Length > 20 ? 22 : 50, texts.SelectMany(row => row).Max(text => Style.Width(text)) + 10);
        return new Panel("Confusion matrix: patches, and their share of the known class").Names("predicted class", names, "known class").HeatMap(names, shares,
            texts, "share of the known class")
            .ToChart(Math.Clamp(cell * shown.Length + 170, 420, 980), Math.Max(140, shown.Length * Math.Clamp(cell, 26, 50)));
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
            new Panel("Reliability: share that is right, 95 % interval; pale: fewer than 5 patches")
                .X("mean probability of the predicted class", "", 0, 1).Y("share that is right", "", 0, 1.02)
                .Line([0, 1], [0, 1], "calibrated", Style.Muted, dashed: true)
                .Shares([.. filled.Select(bin => bin.Confidence!.Value)], [.. filled.Select(bin => bin.Accuracy!.Value)],
                    [.. filled.Select(bin => bin.Count)], [.. filled.Select(bin => bin.IsPale)]).ToChart(),
            new Panel("Patches in each bin").X("probability of the predicted class", "", 0, 1).Y("patches")
                .Counts([0, .. evaluation.Bins.Select(bin => bin.To)], [.. evaluation.Bins.Select(bin => bin.Count)]).ToChart(),
        ], string.Create(CultureInfo.InvariantCulture, $"Calibration error {evaluation.CalibrationError!.Value}"));
    }

    /// <summary>The patches over a thumbnail of the slide, in px of level 0: what will be read, before it is.</summary>
    /// <param name="at">Of the thumbnail; null: at most 1024 px.</param>
    public static GenericChart Show(this PatchGrid grid, Slide slide, Resolution? at = null)
    {
        var thumbnail = slide.Thumbnail(at);
        var marks = new Marks(thumbnail.Size);
        foreach (var patch in grid)
            marks.Frame(patch.Box, grid.Frame.Size);
        return Over(thumbnail, marks, slide, grid.ToString());
    }

    /// <summary>The mask over a thumbnail of the slide, in px of level 0.</summary>
    public static GenericChart Show(this TissueMask tissue, Slide slide, Resolution? at = null)
    {
        tissue.CheckIsOver(slide);
        var thumbnail = slide.Thumbnail(at);
        var marks = new Marks(thumbnail.Size);
        marks.Fill(tissue.Pixels);
        return Over(thumbnail, marks, slide, tissue.ToString());
    }

    static GenericChart Over(Raster thumbnail, Marks marks, Slide slide, string title)
    {
        var pixel = slide.Size.Width / (double)thumbnail.Width;
        return new Panel(title).Image(thumbnail, pixel, "px of level 0").Image(marks.ToRaster(), pixel, "px of level 0").ToChart();
    }

    /// <summary>The tile that was laid out.</summary>
    public static GenericChart Chart(this PatchMosaic mosaic) => new Panel(mosaic.ToString()).Image(mosaic.Image, 1, "px").ToChart();

    /// <summary>
    /// The image with a layer of cells for each class, or for the probability: hovering tells class and probability, clicking an entry of the legend hides or
    /// shows its class. It takes a few MB however large map and table are.
    /// </summary>
    public static GenericChart Chart(this Overlay overlay)
    {
        var drawing = overlay.Drawing;
        var panel = new Panel(drawing.Title).Image(drawing.Ground, drawing.Pixel, drawing.Unit);
        foreach (var layer in drawing.Layers)
            panel.Cells(layer, drawing.Alpha);
        return panel.ToChart();
    }
}
