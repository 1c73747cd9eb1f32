namespace Patchwise;

/// <summary>
/// How one class fares. A measure is null where it is not defined: a quotient of nothing by nothing is no 0 here. Intervals are Wilson's, that of F1 from the
/// share right / (support + predicted - right), which F1 rises with, and that of Auc by bootstrap.
/// </summary>
/// <param name="Support">Patches that are known to be of the class.</param>
/// <param name="Predicted">Patches that are said to be of the class.</param>
/// <param name="Precision">Of those said to be of the class, the share that are; null where there are none.</param>
/// <param name="Recall">Of those known to be of the class, the share that are found; null where there are none.</param>
/// <param name="F1">2 right / (support + predicted), the harmonic mean of the two; null where both are 0 (van Rijsbergen 1979).</param>
/// <param name="Auc">
/// How probable it is that a patch of the class has a higher probability of it than one of another class, ties half (Hanley and McNeil 1982);
/// null without probabilities, and where the class has no patch or all.
/// </param>
public sealed record ClassScore(ClassInfo Class, int Support, int Predicted, Estimate? Precision, Estimate? Recall, Estimate? F1, Estimate? Auc);

/// <summary>Patches whose highest probability lies in one part of 0..1.</summary>
/// <param name="From">Lower edge, inside; the upper edge belongs to the next part, of the last to itself.</param>
/// <param name="Confidence">Mean of the highest probabilities; null where there are no patches.</param>
/// <param name="Accuracy">Share of the patches that are predicted rightly, with Wilson's interval; null where there are none.</param>
public readonly record struct ReliabilityBin(double From, double To, int Count, double? Confidence, Estimate? Accuracy)
{
    /// <summary>Whether there are so few patches (below five) that the share says next to nothing.</summary>
    public bool IsPale => Count < 5;
}

/// <summary>
/// How well predictions agree with known labels, each measure with a 95 % interval: Wilson's for shares, by bootstrap for the others. It tells how the measure
/// would vary with other patches of the same kind; patches of one patient resemble each other, so with several of each it is too narrow. Where patients are
/// known (<see cref="PredictionSource.Patient"/>) it is of patients: as it would vary with others of these.
/// Without probabilities only the measures of labels are there; a measure that is not defined is null.
/// </summary>
public sealed class Evaluation
{
    readonly int _resamples, _seed, _patients;
    readonly string _alike, _notExclusive;

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>Rows with a label that were counted, which all measures are of.</summary>
    public int Count { get; }

    /// <summary>Rows without a label, which are left out.</summary>
    public int Unlabelled { get; }

    /// <summary>Rows with a label that reach over the edge of their tile or slide and are left out: a part of what the network saw there is padding.</summary>
    public int OverEdge { get; }

    /// <summary>
    /// Of these, patches that the network's head was learned from, or copies of them: their novelty is 0. Measures of them tell how well it remembers.
    /// </summary>
    public int Learned { get; }

    /// <summary>The share of patches that are predicted rightly.</summary>
    public Estimate Accuracy { get; }

    /// <summary>The mean recall of the classes that have patches (Brodersen et al. 2010): each class counts alike, however many patches it has.</summary>
    public Estimate BalancedAccuracy { get; }

    /// <summary>The mean of <see cref="ClassScore.Auc"/> over the classes for which it is defined, each against the rest.</summary>
    public Estimate? Auc { get; }

    /// <summary>
    /// The mean of -ln p, with p the probability of the known class, at least 2^-23 (Good 1952). 0 is perfect, ln(classes) is to know nothing.
    /// </summary>
    public Estimate? LogLoss { get; }

    /// <summary>
    /// The mean over patches of the sum over all classes of (probability - 1 if it is the class, else 0) squared, 0 to 2 (Brier 1950). With two classes twice
    /// what some call by this name.
    /// </summary>
    public Estimate? Brier { get; }

    /// <summary>
    /// The mean over patches of |accuracy - mean confidence| in their bin, of 15 of equal width (Naeini et al. 2015, Guo et al. 2017). Of few patches it is
    /// above 0 even for a calibrated model.
    /// </summary>
    public Estimate? CalibrationError { get; }

    /// <summary>In the order of the model's classes.</summary>
    public IReadOnlyList<ClassScore> Classes { get; }
    public ConfusionMatrix Confusion { get; }

    /// <summary>The 15 parts of 0..1; empty without probabilities.</summary>
    public IReadOnlyList<ReliabilityBin> Bins { get; }

    Evaluation(PredictionTable predictions, int resamples, int seed, bool overEdge)
    {
        var rows = new LabelledRows(predictions, overEdge);
        var found = rows.Intervals(resamples, seed);
        (_resamples, _seed, _patients, Model, Count, OverEdge, Unlabelled) = (resamples, seed, rows.Patients, predictions.Model, rows.Count, rows.OverEdge,
            predictions.Count - rows.Count - rows.OverEdge);
        (Learned, _alike, _notExclusive) = (rows.Learned, rows.Alike, rows.NotExclusive);
        Confusion = new(predictions.Classes, rows);
        (Accuracy, BalancedAccuracy) = (rows.Share(i => rows.Label[i] == rows.Class[i], _ => true)!.Value,
            found[LabelledRows.Balanced]!.Value);
        (Auc, LogLoss, Brier, CalibrationError) = (found[LabelledRows.Auc], found[LabelledRows.LogLoss], found[LabelledRows.Brier],
            found[LabelledRows.Calibration]);
        Classes = [.. predictions.Classes.Select((known, k) =>
        {
            bool Is(int i) => rows.Label[i] == k;
            bool Said(int i) => rows.Class[i] == k;
            bool Both(int i) => Is(i) && Said(i);
            return new ClassScore(known, Confusion.Support(k), Confusion.Predicted(k), rows.Share(Both, Said), rows.Share(Both, Is),
                rows.Share(Both, i => Is(i) || Said(i))?.Map(share => 2 * share / (1 + share)), found[LabelledRows.AucOf(k)]);
        })];
        Bins = rows.Confidence is not { } confidence ? [] : [.. Enumerable.Range(0, LabelledRows.Bins).Select(bin =>
        {
            bool Inside(int i) => LabelledRows.BinOf(confidence[i]) == bin;
            int[] inside = [.. Enumerable.Range(0, Count).Where(Inside)];
            return new ReliabilityBin((double)bin / LabelledRows.Bins, (bin + 1.0) / LabelledRows.Bins, inside.Length,
                inside.Length == 0 ? null : inside.Average(i => confidence[i]), rows.Share(i => rows.Label[i] == rows.Class[i], Inside));
        })];
    }

    /// <summary>Compares the rows that have a label with it.</summary>
    /// <param name="resamples">Of the bootstrap, 100 to 100000.</param>
    /// <param name="overEdge">Counts patches, too, that reach over the edge of their tile or slide, where the network saw padding.</param>
    /// <remarks>Of classes that do not exclude one another log loss, Brier score and calibration are left out.</remarks>
    /// <exception cref="BadInputException">No row that counts has a label, or a probability is not a number from 0 to 1.</exception>
    public static Evaluation Of(PredictionTable predictions, int resamples = 2000, int seed = 0, bool overEdge = false) =>
        new(predictions, resamples, seed, overEdge);

    public override string ToString() => $"{Measures}\n\n{ByClass}";

    /// <summary>All measures with their intervals, in words.</summary>
    public TextTable Measures
    {
        get
        {
            (string Name, Estimate? Value, string Meaning)[] measures =
            [
                ("accuracy", Accuracy, "share of patches that are right"), ("balanced accuracy", BalancedAccuracy, "mean recall of the classes"),
                ("AUC", Auc, "each class against the rest, mean; 0.5 is chance"), ("log loss", LogLoss, "0 is perfect"),
                ("Brier score", Brier, "0 is perfect, 2 is the worst"), ("calibration error", CalibrationError, "0 is perfect"),
            ];
            string[] said =
            [
                $"{Model}: {Words.Count(Count)} labelled patches" + (Unlabelled > 0 ? $", {Words.Count(Unlabelled)} without a label left out" : "")
                    + (OverEdge > 0 ? $", {Words.Count(OverEdge)} over the edge left out" : ""),
                $"intervals of shares by Wilson, others by {Words.Count(_resamples)} bootstrap resamples, seed {_seed}"
                    + (_patients > 0 ? $", of {Words.Count(_patients)} patients" : ""),
                .. Learned > 0 ? (string[])[$"at least {Words.Count(Learned)} of them are patches that the head was learned from, or copies: the measures tell "
                    + "how well it remembers, not how it does on others"] : [],
                .. new[] { _alike, _notExclusive }.Where(one => one != ""),
                .. (_patients > 0 ? _patients : Count) < Bootstrap.FewRows
                    ? (string[])[$"of fewer than {Bootstrap.FewRows} {(_patients > 0 ? "patients" : "patches")} resamples differ too little: those are too "
                        + "narrow"] : [],
            ];
            return new(["measure", "value (95 % interval)", ""],
                [.. measures.Where(measure => measure.Value is not null)
                    .Select(measure => (string[])[measure.Name, measure.Value.ToString()!, measure.Meaning])],
                string.Join("; ", said));
        }
    }

    /// <summary>The classes' measures, in words.</summary>
    public TextTable ByClass => new(["class", "patches", "predicted", "precision", "recall", "F1", .. Auc is null ? (string[])[] : ["AUC"]],
        [.. Classes.Select(one => (string[])[one.Class.Name, Words.Count(one.Support), Words.Count(one.Predicted), Text(one.Precision), Text(one.Recall),
            Text(one.F1), .. Auc is null ? (string[])[] : [Text(one.Auc)]])],
        null, [false, true, true, true, true, true, true]);

    static string Text(Estimate? estimate) => estimate?.ToString() ?? "not defined";
}
