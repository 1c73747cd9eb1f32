using Microsoft.Data.Analysis;

namespace Patchwise;

/// <summary>The library's tables as data frames of Microsoft.Data.Analysis, to group, filter and sort; of what is missing in a row the cell is null.</summary>
public static class DataFrames
{
    /// <summary>Rows of a data frame that a notebook shows.</summary>
    internal const int Shown = 20;

    /// <summary>A row an object, with the columns of its CSV file; lengths in px of the table's frame.</summary>
    public static DataFrame ToDataFrame(this RegionTable regions)
    {
        var columns = RegionTable.Columns.Where(column => column.Name == "image" || regions.Count == 0 || regions.Any(row => column.Of(row) is not null));
        return new(columns.Select(column => Column(column.Name, regions.Select(column.Of))));
    }

    /// <summary>
    /// A row a patch: its number, source, box at the resolution and at level 0, class, probability and label, its novelty where the model tells it, and a
    /// column for the probability of each class where these were kept.
    /// </summary>
    public static DataFrame ToDataFrame(this PredictionTable predictions)
    {
        var frame = new DataFrame(
            Numbers("row", Enumerable.Range(0, predictions.Count), row => row),
            new StringDataFrameColumn("source", predictions.Select(row => predictions.Sources[row.Source].Name)),
            Numbers("x0", predictions, row => row.Box.X0), Numbers("y0", predictions, row => row.Box.Y0), Numbers("x1", predictions, row => row.Box.X1),
                Numbers("y1", predictions, row => row.Box.Y1),
            Numbers("level0 x0", predictions, row => row.Level0.X0), Numbers("level0 y0", predictions, row => row.Level0.Y0),
            Numbers("level0 x1", predictions, row => row.Level0.X1), Numbers("level0 y1", predictions, row => row.Level0.Y1),
            new StringDataFrameColumn("class", predictions.Select(row => predictions.Classes[row.Class].Name)),
            Numbers("probability", predictions, row => (double)row.Probability),
            new StringDataFrameColumn("label", predictions.Select(row => row.Label is { } label ? predictions.Classes[label].Name : null!)));
        if (predictions.HasNovelty)
            frame.Columns.Add(new DoubleDataFrameColumn("novelty", predictions.Select(row => (double?)row.Novelty)));
        if (predictions.HasProbabilities)
            foreach (var (k, one) in predictions.Classes.Index())
                frame.Columns.Add(Numbers($"p({one.Name})", Enumerable.Range(0, predictions.Count), row => (double)predictions.Probabilities(row)[k]));
        return frame;
    }

    /// <summary>A row a class: how many patches it has and how it fares, each measure with the ends of its interval.</summary>
    public static DataFrame ToDataFrame(this Evaluation evaluation)
    {
        IEnumerable<DataFrameColumn> Measure(string name, Func<ClassScore, Estimate?> of) =>
        [
            new DoubleDataFrameColumn(name, evaluation.Classes.Select(one => of(one)?.Value)),
                new DoubleDataFrameColumn($"{name} low", evaluation.Classes.Select(one => of(one) is { HasInterval: true } known ? known.Low : (double?)null)),
            new DoubleDataFrameColumn($"{name} high", evaluation.Classes.Select(one => of(one) is { HasInterval: true } known ? known.High : (double?)null)),
        ];
        return new(
        [
            new StringDataFrameColumn("class", evaluation.Classes.Select(one => one.Class.Name)), Numbers("patches", evaluation.Classes, one => one.Support),
                Numbers("predicted", evaluation.Classes, one => one.Predicted),
            .. Measure("precision", one => one.Precision), .. Measure("recall", one => one.Recall), .. Measure("F1", one => one.F1),
                .. Measure("AUC", one => one.Auc),
        ]);
    }

    /// <summary>The first rows as they are shown.</summary>
    internal static TextTable First(this DataFrame frame, int rows)
    {
        var shown = (int)Math.Min(rows, frame.Rows.Count);
        return new([.. frame.Columns.Select(column => column.Name)],
            [.. Enumerable.Range(0, shown).Select(row => frame.Columns.Select(column => Text(column[row])).ToArray())],
            string.Create(CultureInfo.InvariantCulture,
                $"{frame.Rows.Count:N0} rows, {frame.Columns.Count} columns{(frame.Rows.Count > shown ? $"; the first {shown}:" : "")}"),
            [.. frame.Columns.Select(column => column is not StringDataFrameColumn)]);
    }

    static string Text(object? cell) => cell switch
    {
        double or float => ((IFormattable)cell).ToString("0.####", CultureInfo.InvariantCulture),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        _ => cell?.ToString() ?? "",
    };

    static Int32DataFrameColumn Numbers<T>(string name, IEnumerable<T> rows, Func<T, int> of) => new(name, rows.Select(of));

    static DoubleDataFrameColumn Numbers<T>(string name, IEnumerable<T> rows, Func<T, double> of) => new(name, rows.Select(of));

    /// <summary>A column of text, of whole numbers or of others, by what its values are.</summary>
    static DataFrameColumn Column(string name, IEnumerable<object?> values)
    {
        object?[] all = [.. values];
        return all.Any(value => value is string) ? new StringDataFrameColumn(name, all.Select(value => (string)value!))
            : all.All(value => value is null or int) ? new Int32DataFrameColumn(name, all.Select(value => (int?)value))
            : new DoubleDataFrameColumn(name, all.Select(value => value is null ? (double?)null : Convert.ToDouble(value, CultureInfo.InvariantCulture)));
    }
}
