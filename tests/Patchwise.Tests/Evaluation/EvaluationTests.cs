namespace Patchwise.Tests;

public class EvaluationTests
{
    /// <summary>
    /// By hand: A has 3 patches, 2 found; B has 2, 1 found; C has none and is said once; D neither.
    /// </summary>
    static readonly PredictionTable ByHand = Tables.Of(4, [0, 0, 0, 1, 1, null],
    [
        0.7f, 0.1f, 0.1f, 0.1f,
        0.4f, 0.2f, 0.2f, 0.2f,
        0.1f, 0.6f, 0.2f, 0.1f,
        0.2f, 0.5f, 0.2f, 0.1f,
        0.1f, 0.2f, 0.7f, 0,
        1, 0, 0, 0,
    ]);

    [Fact]
    public void Measures_are_those_of_counting_by_hand()
    {
        var found = Evaluation.Of(ByHand, resamples: 100);
        Assert.Equal((5, 1), (found.Count, found.Unlabelled));
        Assert.Equal(3 / 5.0, found.Accuracy.Value, 1e-12);
        Assert.Equal((2 / 3.0 + 1 / 2.0) / 2, found.BalancedAccuracy.Value, 1e-12);
        Assert.Equal([1, 1 / 2.0, 0, null], found.Classes.Select(one => one.Precision?.Value));
        Assert.Equal([2 / 3.0, 1 / 2.0, null, null], found.Classes.Select(one => one.Recall?.Value));
        Assert.Equal([4 / 5.0, 1 / 2.0, 0, null], found.Classes.Select(one => one.F1?.Value));
        Assert.Equal([3, 2, 0, 0], found.Classes.Select(one => one.Support));
        Assert.Equal([2, 2, 1, 0], found.Classes.Select(one => one.Predicted));
        // A: 0.7 and 0.4 above both of B; 0.1 below 0.2 and equal to 0.1. B: 0.5 above 0.1 and 0.2, below 0.6; 0.2 above 0.1, equal to 0.2, below 0.6.
        Assert.Equal([4.5 / 6, 3.5 / 6, null, null], found.Classes.Select(one => one.Auc?.Value));
        Assert.Equal(4.0 / 6, found.Auc!.Value.Value, 1e-12);
        Assert.Equal(-(Math.Log(0.7) + Math.Log(0.4) + Math.Log(0.1) + Math.Log(0.5) + Math.Log(0.2)) / 5, found.LogLoss!.Value.Value, 1e-6);
        Assert.Equal((0.12 + 0.48 + 1.22 + 0.34 + 1.14) / 5, found.Brier!.Value.Value, 1e-6);
        // The bins hold 0.7 twice, 0.6, 0.5 and 0.4; one of the first is right, then none, one, one.
        Assert.Equal((Math.Abs(1 - 1.4) + 0.6 + 0.5 + 0.6) / 5, found.CalibrationError!.Value.Value, 1e-6);
        Assert.Equal([1, 1, 1, 2], found.Bins.Where(bin => bin.Count > 0).Select(bin => bin.Count));
        Assert.Equal(Estimate.OfShare(1, 2), found.Bins[10].Accuracy);
        Assert.Equal((2, 1, 1), (found.Confusion[0, 0], found.Confusion[0, 1], found.Confusion[1, 2]));
        Assert.Equal(1 / 3.0, found.Confusion.Share(0, 1), 1e-12);
        Assert.True(double.IsNaN(found.Confusion.Share(3, 0)));
    }

    [Fact]
    public void One_class_only_has_no_area_under_a_curve()
    {
        var found = Evaluation.Of(Tables.Of(2, [1, 1, 1], [0.2f, 0.8f, 0.9f, 0.1f, 0.5f, 0.5f]), resamples: 100);
        Assert.Equal(1 / 3.0, found.Accuracy.Value, 1e-12);
        Assert.Equal(found.Accuracy.Value, found.BalancedAccuracy.Value);
        Assert.Null(found.Auc);
        Assert.All(found.Classes, one => Assert.Null(one.Auc));
        Assert.DoesNotContain("AUC", found.ToString());
    }

    [Fact]
    public void Perfect_predictions_of_four_patches_prove_little()
    {
        var found = Evaluation.Of(Tables.Of(2, [0, 1, 0, 1], [1, 0, 0, 1, 1, 0, 0, 1]), resamples: 500);
        // Wilson of 4 of 4, and of 2 of 2: 1 / (1 + z² / n).
        Assert.Equal((1, 1 / (1 + 3.841459 / 4), 1), (found.Accuracy.Value, Math.Round(found.Accuracy.Low, 6), found.Accuracy.High),
            (a, b) => Math.Abs(a.Item2 - b.Item2) < 1e-6 && a.Item1 == b.Item1 && a.Item3 == b.Item3);
        foreach (var one in found.Classes)
        {
            Assert.Equal(1 / (1 + 3.841459 / 2), one.Precision!.Value.Low, 1e-6);
            Assert.Equal(1 / (1 + 3.841459 / 2), one.Recall!.Value.Low, 1e-6);
            var j = 1 / (1 + 3.841459 / 2);
            Assert.Equal((2 * j / (1 + j), 1), (one.F1!.Value.Low, one.F1.Value.High), (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-6 && a.Item2 == b.Item2);
        }
        foreach (var one in (Estimate?[])[found.BalancedAccuracy, found.Auc, found.Brier, found.CalibrationError, found.LogLoss])
            Assert.False(one!.Value.HasInterval);
        Assert.Equal((1, 0, 0), (found.Auc!.Value.Value, found.Brier!.Value.Value, found.CalibrationError!.Value.Value));
        Assert.Contains("of fewer than 20 patches resamples differ too little", found.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("fewer than 20", Evaluation.Of(Tables.Random(1, 2, 20), 100).ToString(), StringComparison.Ordinal);
        // Certain and wrong: as bad as float32 can tell.
        Assert.Equal(23 * Math.Log(2), Evaluation.Of(Tables.Of(2, [0], [0, 1]), resamples: 100).LogLoss!.Value.Value, 1e-9);
    }

    [Fact]
    public void Shares_have_Wilsons_interval_in_classes_and_bins()
    {
        var table = Tables.Random(4, 5, 90);
        var found = Evaluation.Of(table, 100);
        Assert.Equal(Estimate.OfShare(table.Count(row => row.Label == row.Class), 90), found.Accuracy);
        foreach (var (k, one) in found.Classes.Index())
        {
            var right = table.Count(row => row.Label == k && row.Class == k);
            Assert.Equal(Estimate.OfShare(right, table.Count(row => row.Label == k)), one.Recall);
            Assert.Equal(Estimate.OfShare(right, table.Count(row => row.Class == k)), one.Precision);
            Assert.InRange(one.F1!.Value.Value, one.F1.Value.Low, one.F1.Value.High);
        }
        foreach (var bin in found.Bins)
        {
            int[] rows = [.. Enumerable.Range(0, 90).Where(i => table.Probabilities(i)[table[i].Class] is var p && p >= bin.From && p < bin.To)];
            Assert.Equal(rows.Length, bin.Count);
            Assert.Equal(rows.Length == 0 ? null : Estimate.OfShare(rows.Count(i => table[i].Label == table[i].Class), rows.Length), bin.Accuracy);
            Assert.Equal(rows.Length < 5, bin.IsPale);
        }
        var chart = Shown.Traces(found.Reliability(), "scatter").Single(trace => (string?)trace["name"] == "found");
        ReliabilityBin[] filled = [.. found.Bins.Where(bin => bin.Count > 0)];
        Assert.Equal(filled.Select(bin => $"{bin.Count}"), chart["text"]!.AsArray().Select(text => (string)text!));
        Assert.Equal(filled.Select(bin => bin.IsPale ? 0.3 : 1), Shown.Numbers(chart["marker"]!["opacity"]));
        Assert.Equal(filled.Select(bin => bin.Accuracy!.Value.High - bin.Accuracy.Value.Value), Shown.Numbers(chart["error_y"]!["array"]));
        Assert.Contains(filled, bin => bin.IsPale);
    }

    [Fact]
    public void Patches_over_the_edge_are_left_out_unless_asked()
    {
        // A tile of 500 x 300 px in patches of 224: two of six lie inside; those over the edge are all wrong.
        using var tile = Slide.Of(new Raster(500, 300, 3), "tile");
        var grid = PatchGrid.Over(tile, 224, Resolution.Baseline(1));
        var table = new PredictionTable("model", Tables.Classes(2), [new("tile", grid.Frame)],
            [.. grid.Select(patch => new Prediction(0, patch.Box, patch.Level0, patch.Box.X1 <= 500 && patch.Box.Y1 <= 300 ? 1 : 0, 1, 1))], null);
        Assert.Equal(6, table.Count);
        var inside = Evaluation.Of(table, 100);
        Assert.Equal((2, 4, 0, 1), (inside.Count, inside.OverEdge, inside.Unlabelled, inside.Accuracy.Value));
        Assert.Contains("2 labelled patches, 4 over the edge left out", inside.ToString(), StringComparison.Ordinal);
        var all = Evaluation.Of(table, 100, overEdge: true);
        Assert.Equal((6, 0, 2 / 6.0), (all.Count, all.OverEdge, all.Accuracy.Value));
        Assert.Equal("6 patches predicted by model, 4 over the edge: C1 100 %", table.ToString());
        var map = PredictionMap.Of(table);
        Assert.Equal([0, 2 * 224 * 224], map.Shares.Select(share => share.Pixels));
        Assert.Equal([500 * 300 - 2 * 224 * 224, 2 * 224 * 224], map.SharesWithEdge.Select(share => share.Pixels));
        Assert.Equal((1, 1), (map.Shares.Predicted, map.SharesWithEdge.Predicted));
        Assert.Contains("patches over the edge", map.Shares.ToString(), StringComparison.Ordinal);
        Assert.Contains("all 1 labelled patches reach over the edge", Assert.Throws<BadInputException>(() => Evaluation.Of(
            table.WithLabels(row => row.Box == table[2].Box ? 1 : null), 100)).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Shares_without_the_edge_are_those_of_the_pixels_that_a_whole_patch_covers(int seed)
    {
        var random = new Random(seed);
        using var tile = Slide.Of(new Raster(90, 70, 3), "tile");
        var grid = PatchGrid.Over(tile, 20, Resolution.Baseline(1), new() { Stride = 13 });
        var table = new PredictionTable("model", Tables.Classes(3), [new("tile", grid.Frame)],
            [.. grid.Where(_ => random.Next(4) > 0).Select(patch => new Prediction(0, patch.Box, patch.Level0, random.Next(3), 1))], null);
        var map = PredictionMap.Of(table);
        var counts = new long[3];
        for (var y = 0; y < 70; y++)
            for (var x = 0; x < 90; x++)
                if (map.Pixels[x, y] is > 0 and var value
                    && table.Any(row => row.Box.X1 <= 90 && row.Box.Y1 <= 70 && row.Box.Contains(new(x, y, x + 1, y + 1))))
                    counts[value - 1]++;
        Assert.Equal(counts, map.Shares.Select(share => share.Pixels));
    }

    [Fact]
    public void Measures_of_resamples_are_those_of_a_table_with_the_rows_repeated()
    {
        var random = new Random(5);
        var table = Tables.Random(5, 5, 50, steps: 6);
        for (var trial = 0; trial < 20; trial++)
        {
            int[] drawn = [.. Enumerable.Range(0, 50).Select(_ => random.Next(50))];
            var repeated = Tables.Of(5, [.. drawn.Select(row => table[row].Label)], [.. drawn.SelectMany(row => table.Probabilities(row).ToArray())],
                [.. drawn.Select(row => table[row].Class)]);
            var (weighted, plain) = (new LabelledRows(table), new LabelledRows(repeated));
            var (ours, expected) = (new double[weighted.Measures], new double[plain.Measures]);
            weighted.Measure([.. Enumerable.Range(0, 50).Select(row => drawn.Count(one => one == row))], ours);
            plain.Measure([.. Enumerable.Repeat(1, 50)], expected);
            Assert.All(ours.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-9));
        }
    }

    [Fact]
    public void A_seed_gives_the_same_intervals_and_another_seed_others()
    {
        var table = Tables.Random(3, 9, 61);
        Assert.Equal(Evaluation.Of(table, 300, 7).ToString(), Evaluation.Of(table, 300, 7).ToString());
        Assert.NotEqual(Evaluation.Of(table, 300, 7).ToString(), Evaluation.Of(table, 300, 8).ToString());
        Assert.Equal(Evaluation.Of(table, 300, 7).Auc!.Value.Value, Evaluation.Of(table, 300, 8).Auc!.Value.Value);
        Assert.All(Evaluation.Of(table, 300, 7).Classes, one => Assert.InRange(one.Recall!.Value.Value, one.Recall.Value.Low, one.Recall.Value.High));
    }

    /// <summary>As with a logistic function a class.</summary>
    [Fact]
    public void Where_classes_do_not_exclude_one_another_only_measures_of_one_probability_are_left_out()
    {
        int?[] labels = [0, 0, 1, 1, 0, 1];
        float[] probabilities = [0.9f, 0.8f, 0.3f, 0.2f, 0.6f, 0.9f, 0.1f, 0.7f, 0.6f, 0.1f, 0.5f, 0.4f];
        int[] classes = [0, 0, 1, 1, 0, 0];
        var (all, plain) = (Evaluation.Of(Tables.Of(2, labels, probabilities, classes), 100), Evaluation.Of(Tables.Of(2, labels, null, classes), 100));
        Assert.Equal((null, null, null, 0), (all.LogLoss, all.Brier, all.CalibrationError, all.Bins.Count));
        Assert.Equal((plain.Accuracy, plain.BalancedAccuracy), (all.Accuracy, all.BalancedAccuracy));
        // Of class 0: 0.9, 0.3, 0.6 beside 0.6, 0.1, 0.5; two pairs are the wrong way round and one is a tie.
        Assert.Equal((9 - 2 - 0.5) / 9, all.Classes[0].Auc!.Value.Value, 1e-9);
        Assert.Contains("the probabilities of row 0 add up to 1.7: of classes that do not exclude one another", all.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_tables_are_refused_by_row()
    {
        Assert.Contains("none of 2 predictions has a label", Message(Tables.Of(2, [null, null], [1, 0, 1, 0])));
        Assert.Contains("row 1 has the probability NaN", Message(Tables.Of(2, [0, 0], [1, 0, float.NaN, 1], [0, 0])));
        Assert.Contains("row 1 has the probability NaN", Message(Tables.Of(2, [0, 0], [0.25f, 0.25f, float.NaN, 1], [0, 0])));
        Assert.Contains("row 0 has the probability -0.5", Message(Tables.Of(2, [0], [1.5f, -0.5f], [1])) + Message(Tables.Of(2, [0], [-0.5f, 1.5f], [1])));
        Assert.Contains("row 0 has the label 2", Message(Tables.Of(2, [2], [1, 0])));
        Assert.Contains("row 0 has the label 0 and the class 5", Message(Tables.Of(2, [0], null, [5])));
        // A row that is left out may be anything.
        Assert.Equal(1, Evaluation.Of(Tables.Of(2, [0, null], [1, 0, float.NaN, 1], [0, 0]), 100).Count);
        Assert.Contains("99 resamples", Assert.Throws<BadInputException>(() => Evaluation.Of(ByHand, 99)).Message);
        Assert.Contains("seed -1", Assert.Throws<BadInputException>(() => Evaluation.Of(ByHand, 100, -1)).Message);

        static string Message(PredictionTable table) => Assert.Throws<BadInputException>(() => Evaluation.Of(table, 100)).Message;
    }

    [Fact]
    public void Tables_and_figures_show_what_was_found()
    {
        var found = Evaluation.Of(ByHand, 100);
        var text = found.ToString();
        Assert.Contains("5 labelled patches, 1 without a label left out; intervals of shares by Wilson, others by 100 bootstrap resamples, seed 0", text);
        Assert.Contains("accuracy           0.600 (", text);
        Assert.Contains("not defined", text);
        Assert.Contains("2 (67 %)", ChartPage.Json(found.ConfusionChart()));
        Assert.Contains("calibrated", Shown.Text(found.Reliability()));
        Assert.Contains("known \\ predicted", found.Confusion.ToString());
        var html = Shown.Html(found);
        Assert.Equal(2, html.Split("<table>").Length - 1);
        var bare = Evaluation.Of(Tables.Of(2, [0, 1], null, [0, 0]), 100);
        Assert.Contains("no probabilities", Assert.Throws<BadInputException>(() => bare.Reliability()).Message);
        Assert.DoesNotContain("Brier", bare.ToString());
        // Of very many classes those are drawn that occur.
        var many = Evaluation.Of(Tables.Of(1000, [3, 4], null, [3, 900]), 100);
        Assert.Equal(5, many.Confusion.ToString().Split('\n').Length);
    }
}
