using System.Text.Json.Nodes;

namespace Patchwise.Tests;

/// <summary>Random tables, measured here and by scikit-learn.</summary>
public class EvaluationSklearnTests
{
    static JsonArray Measured(IReadOnlyList<PredictionTable> tables) => Python.Ask("Evaluation/sklearn_measures.py", tables.Select(table => new
    {
        classes = table.Classes.Count,
        labels = table.Select(row => row.Label!.Value),
        predicted = table.Select(row => row.Class),
        probabilities = table.HasProbabilities
            ? Enumerable.Range(0, table.Count).SelectMany(row => Array.ConvertAll(table.Probabilities(row).ToArray(), value => (double)value)).ToArray() : [],
    })).AsArray();

    [Fact]
    public void Every_measure_is_that_of_scikit_learn()
    {
        var tables = new List<PredictionTable>();
        for (var seed = 1; seed <= 8; seed++)
        {
            tables.Add(Tables.Random(seed, 9, 61));
            tables.Add(Tables.Random(seed, 9, 300, steps: 5));
            tables.Add(Tables.Random(seed, 5, 40, steps: 4, absent: 2));
            tables.Add(Tables.Random(seed, 2, 25, steps: 10));
            tables.Add(Tables.Random(seed, 3, 12, absent: 2));
            var whole = Tables.Random(seed, 4, 30);
            tables.Add(Tables.Of(4, [.. whole.Select(row => row.Label)], null, [.. whole.Select(row => row.Class)]));
        }
        var (expected, macros) = (Measured(tables), 0);
        foreach (var (table, they) in tables.Zip(expected))
        {
            var ours = Evaluation.Of(table, resamples: 100);
            var count = table.Classes.Count;
            Assert.Equal((double)they!["accuracy"]!, ours.Accuracy.Value, 1e-12);
            Assert.Equal((double)they["balanced"]!, ours.BalancedAccuracy.Value, 1e-12);
            for (var k = 0; k < count; k++)
            {
                var one = ours.Classes[k];
                Assert.Equal((int)they["support"]![k]!, one.Support);
                // What is not defined is null here and 0 there.
                Assert.Equal((double)they["precision"]![k]!, one.Precision?.Value ?? 0, 1e-12);
                Assert.Equal((double)they["recall"]![k]!, one.Recall?.Value ?? 0, 1e-12);
                Assert.Equal((double)they["f1"]![k]!, one.F1?.Value ?? 0, 1e-12);
                Assert.Equal((one.Predicted > 0, one.Support > 0, one.Support + one.Predicted > 0),
                    (one.Precision is not null, one.Recall is not null, one.F1 is not null));
                for (var predicted = 0; predicted < count; predicted++)
                    Assert.Equal((int)they["confusion"]![k]![predicted]!, ours.Confusion[k, predicted]);
                if (table.HasProbabilities)
                    Assert.Equal((double?)they["auc"]![k], one.Auc?.Value, Near);
                else
                    Assert.Null(one.Auc);
            }
            if (!table.HasProbabilities)
            {
                Assert.Equal([null, null, null, null], new[] { ours.Auc, ours.LogLoss, ours.Brier, ours.CalibrationError });
                Assert.Empty(ours.Bins);
                continue;
            }
            if (they["macro"] is { } macro)
            {
                macros++;
                Assert.Equal((double)macro, ours.Auc!.Value.Value, 1e-9);
            }
            Assert.Equal((double)they["logloss"]!, ours.LogLoss!.Value.Value, 1e-5);
            Assert.Equal((double)they["brier"]!, ours.Brier!.Value.Value, 1e-9);
            Assert.Equal((double)they["ece"]!, ours.CalibrationError!.Value.Value, 1e-9);
        }
        Assert.True(macros >= 8);
    }

    static bool Near(double? one, double? other) => one is null || other is null ? one == other : Math.Abs(one.Value - other.Value) < 1e-9;
}
