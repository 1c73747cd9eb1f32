using System.Globalization;

namespace Patchwise;

/// <summary>How many patches of each class are said to be of each class.</summary>
[TypeFormatterSource(typeof(NotebookFormatters), PreferredMimeTypes = [NotebookFormatters.Html, NotebookFormatters.Text])]
public sealed class ConfusionMatrix : INotebookView
{
    /// <summary>A matrix of more classes shows those only that occur.</summary>
    const int MostClasses = 30;

    readonly int[,] _counts;

    public IReadOnlyList<ClassInfo> Classes { get; }

    internal ConfusionMatrix(IReadOnlyList<ClassInfo> classes, LabelledRows rows)
    {
        (Classes, _counts) = (classes, new int[classes.Count, classes.Count]);
        for (var i = 0; i < rows.Label.Length; i++)
            _counts[rows.Label[i], rows.Class[i]]++;
    }

    /// <summary>Patches of the class <paramref name="label"/> that are said to be of <paramref name="predicted"/>.</summary>
    public int this[int label, int predicted] => _counts[label, predicted];

    /// <summary>The same over all patches of the class; NaN where it has none.</summary>
    public double Share(int label, int predicted) => (double)_counts[label, predicted] / Support(label);

    internal int Support(int label) => Enumerable.Range(0, Classes.Count).Sum(predicted => _counts[label, predicted]);

    internal int Predicted(int predicted) => Enumerable.Range(0, Classes.Count).Sum(label => _counts[label, predicted]);

    int[] Shown => [.. Enumerable.Range(0, Classes.Count).Where(index => Classes.Count <= MostClasses || Support(index) > 0 || Predicted(index) > 0)];

    /// <summary>A heat map: rows the known class, columns the predicted one, color the share of the row, in each cell the count and that share.</summary>
    public Figure Figure
    {
        get
        {
            var shown = Shown;
            var (shares, text) = (new double[shown.Length, shown.Length], new string[shown.Length, shown.Length]);
            foreach (var (y, label) in shown.Index())
                foreach (var (x, predicted) in shown.Index())
                    (shares[y, x], text[y, x]) = (Share(label, predicted), _counts[label, predicted] is > 0 and var count
                        ? string.Create(CultureInfo.InvariantCulture, $"{count:N0} ({100 * Share(label, predicted):0} %)") : Support(label) > 0 ? "0" : "");
            string[] names = [.. shown.Select(index => Classes[index].Name)];
            return new Figure("Confusion matrix: patches, and their share of the known class").HeatMap(names, names, shares, "share of the known class", text: text, from: 0, to: 1)
                .X("predicted class").Y("known class");
        }
    }

    public override string ToString() => Table.ToText();

    string? INotebookView.ToMime(string mimeType) => Table.ToMime(mimeType);

    TextTable Table
    {
        get
        {
            var shown = Shown;
            return new(["known \\ predicted", .. shown.Select(index => Classes[index].Name), "patches"],
                [.. shown.Select(label => (string[])[Classes[label].Name, .. shown.Select(predicted => Number(_counts[label, predicted])), Number(Support(label))])],
                "Confusion matrix: patches", [false, .. shown.Select(_ => true), true]);
        }
    }

    static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
