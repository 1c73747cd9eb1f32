namespace Patchwise;

/// <summary>How many patches of each class are said to be of each class.</summary>
public sealed class ConfusionMatrix : ITabular
{
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

    /// <summary>Patches of the class.</summary>
    public int Support(int label) => Enumerable.Range(0, Classes.Count).Sum(predicted => _counts[label, predicted]);

    /// <summary>Patches that are said to be of the class.</summary>
    public int Predicted(int predicted) => Enumerable.Range(0, Classes.Count).Sum(label => _counts[label, predicted]);

    /// <summary>The numbers of the classes that are shown: of more than 30 those that occur.</summary>
    public IReadOnlyList<int> Shown =>
        [.. Enumerable.Range(0, Classes.Count).Where(index => Classes.Count <= 30 || Support(index) > 0 || Predicted(index) > 0)];

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable()
    {
        var shown = Shown;
        return new(["known \\ predicted", .. shown.Select(index => Classes[index].Name), "patches"],
            [.. shown.Select(label => (string[])[Classes[label].Name, .. shown.Select(predicted => Words.Count(_counts[label, predicted])),
                Words.Count(Support(label))])],
            "Confusion matrix: patches", [false, .. shown.Select(_ => true), true]);
    }
}
