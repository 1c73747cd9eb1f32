namespace Patchwise;

/// <summary>
/// The rows of a table that have a label, as arrays, and the measures over them when row i counts <c>weights[i]</c> times: once each for the
/// value, as often as drawn for a bootstrap resample.
/// </summary>
sealed class LabelledRows
{
    internal const int Bins = 15;

    /// <summary>The smallest step of a float32 above 1: a probability that the network rounded to 0 is taken as this.</summary>
    const double LeastProbability = 1.0 / (1 << 23);

    /// <summary>Places of the measures in a result: what is no share, whose interval needs no resamples.</summary>
    internal const int Balanced = 0, Auc = 1, LogLoss = 2, Brier = 3, Calibration = 4;

    internal static int AucOf(int index) => 5 + index;

    internal int Classes { get; }
    internal int Measures => AucOf(Classes);
    internal int Count => Label.Length;

    internal int OverEdge { get; }

    /// <summary>Of no distance to what the head was learned from, but for rounding.</summary>
    internal int Learned { get; }
    internal int[] Label { get; }
    internal int[] Class { get; }

    /// <summary>For each row the number of its patient, from 0; null where patients are not known of all rows, or there is one only.</summary>
    internal int[]? Patient { get; }
    internal int Patients { get; }

    /// <summary>Why intervals of single patches are too narrow, in words; empty: nothing is known against them.</summary>
    internal string Alike { get; } = "";

    /// <summary>Why some measures are left out, in words; empty: none is.</summary>
    internal string NotExclusive { get; } = "";

    /// <summary>The three are null without probabilities of which one class has to be.</summary>
    internal double[]? Confidence { get; }
    readonly double[]? _logLoss, _brier;

    /// <summary>For each class the rows by its probability; null where it has no patch or all.</summary>
    readonly Ranking?[] _ranks;

    internal LabelledRows(PredictionTable table, bool overEdge = true)
    {
        Classes = table.Classes.Count;
        int[] labelled = [.. Enumerable.Range(0, table.Count).Where(row => table[row].Label is not null)];
        int[] rows = [.. labelled.Where(row => overEdge || table.IsInside(table[row]))];
        OverEdge = labelled.Length - rows.Length;
        Learned = rows.Count(row => table[row].IsLearned);
        if (rows.Length == 0)
            throw new BadInputException(OverEdge > 0
                ? $"all {OverEdge} labelled patches reach over the edge of their image: count them, too (overEdge: true), or predict a larger image"
                : $"none of {table.Count} predictions has a label: expected patches whose class is known, such as those of LabelledPatches");
        (Label, Class) = (Array.ConvertAll(rows, row => table[row].Label!.Value), Array.ConvertAll(rows, row => table[row].Class));
        for (var i = 0; i < rows.Length; i++)
            if ((uint)Label[i] >= (uint)Classes || (uint)Class[i] >= (uint)Classes)
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                    $"row {rows[i]} has the label {Label[i]} and the class {Class[i]}: expected 0 to {Classes - 1}"));
        var patients = rows.Select(row => table.Sources[table[row].Source].Patient).Distinct().ToArray();
        if (patients.Length > 1 && !patients.Contains(null))
        {
            var numbers = patients.Index().ToDictionary(one => one.Item!, one => one.Index);
            (Patient, Patients) = (Array.ConvertAll(rows, row => numbers[table.Sources[table[row].Source].Patient!]), patients.Length);
        }
        else if (patients is [{ } sole])
            Alike = $"all patches are of one patient, {sole}, and resemble each other: intervals are too narrow for others";
        else if (rows.Select(row => table[row].Source).Distinct().Count() is var images && images < rows.Length)
            Alike = $"patches of one image resemble their neighbours, and these are of {Words.Count(images)}: intervals are too narrow for others";
        _ranks = new Ranking?[Classes];
        if (!table.HasProbabilities)
            return;
        foreach (var (k, support) in Label.CountBy(label => label))
            if (support < rows.Length)
                _ranks[k] = new(Array.ConvertAll(rows, row => (double)table.Probabilities(row)[k]));
        // Of classes that do not exclude one another a probability is none of being right.
        foreach (var row in rows)
            if (Sum(table.Probabilities(row), row) is var sum && Math.Abs(sum - 1) > 1e-3 && NotExclusive == "")
                NotExclusive = Invariant($"the probabilities of row {row} add up to {sum:0.####}: of classes that do not exclude one another log loss, Brier ")
                    + "score and calibration are not defined; if yours do, look whether the card of the model says \"output\" rightly";
        if (NotExclusive != "")
            return;
        (Confidence, _logLoss, _brier) = (new double[rows.Length], new double[rows.Length], new double[rows.Length]);
        for (var i = 0; i < rows.Length; i++)
        {
            var probabilities = table.Probabilities(rows[i]);
            Confidence[i] = probabilities[Class[i]];
            _logLoss[i] = -Math.Log(Math.Max(probabilities[Label[i]], LeastProbability));
            for (var k = 0; k < Classes; k++)
                _brier[i] += Math.Pow(probabilities[k] - (k == Label[i] ? 1.0 : 0), 2);
        }
    }

    static double Sum(ReadOnlySpan<float> probabilities, int row)
    {
        var sum = 0.0;
        foreach (var value in probabilities)
            sum += value is >= 0 and <= 1.0001f ? value
                : throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"row {row} has the probability {value}: expected 0 to 1; the weights or the input of the model are damaged"));
        return sum;
    }

    /// <summary>The measures with their intervals, from resamples of rows, or where patients are known of these.</summary>
    internal Estimate?[] Intervals(int resamples, int seed) => Patient is null ? Bootstrap.Of(Count, Measures, Measure, resamples, seed)
        : Bootstrap.Of(Patients, Measures, (weights, result) =>
        {
            var ofRows = new int[Count];
            for (var i = 0; i < ofRows.Length; i++)
                ofRows[i] = weights[Patient[i]];
            Measure(ofRows, result);
        }, resamples, seed);

    /// <summary>Of the rows that are counted the share that are part of it, with Wilson's interval, of patients where known; null of no rows.</summary>
    internal Estimate? Share(Func<int, bool> part, Func<int, bool> counted)
    {
        var (parts, sizes) = (new int[Math.Max(1, Patients)], new int[Math.Max(1, Patients)]);
        for (var i = 0; i < Count; i++)
            if (counted(i))
            {
                var patient = Patient?[i] ?? 0;
                sizes[patient]++;
                parts[patient] += part(i) ? 1 : 0;
            }
        return sizes.Sum() is not (> 0 and var of) ? null : Patient is null ? Estimate.OfShare(parts.Sum(), of)
            : Estimate.OfClusters([.. parts.Where((_, at) => sizes[at] > 0)], [.. sizes.Where(size => size > 0)]);
    }

    internal static int BinOf(double confidence) => Math.Min((int)(confidence * Bins), Bins - 1);

    /// <summary>All measures, NaN where one is not defined.</summary>
    /// <param name="weights">How often each row counts; one at least counts.</param>
    /// <param name="result"><see cref="Measures"/> values.</param>
    internal void Measure(ReadOnlySpan<int> weights, Span<double> result)
    {
        Span<int> support = new int[Classes], right = new int[Classes];
        Span<double> gap = stackalloc double[Bins];
        double total = 0, logLoss = 0, brier = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            var weight = weights[i];
            if (weight == 0)
                continue;
            total += weight;
            support[Label[i]] += weight;
            var hit = Label[i] == Class[i];
            if (hit)
                right[Label[i]] += weight;
            if (Confidence is null)
                continue;
            logLoss += weight * _logLoss![i];
            brier += weight * _brier![i];
            gap[BinOf(Confidence[i])] += weight * ((hit ? 1 : 0) - Confidence[i]);
        }
        var (found, recalls, ranked, aucs, gaps) = (0, 0.0, 0, 0.0, 0.0);
        for (var k = 0; k < Classes; k++)
        {
            var auc = result[AucOf(k)] = _ranks[k]?.AreaUnderCurve(Label, k, weights) ?? double.NaN;
            if (support[k] > 0)
                (found, recalls) = (found + 1, recalls + (double)right[k] / support[k]);
            if (!double.IsNaN(auc))
                (ranked, aucs) = (ranked + 1, aucs + auc);
        }
        foreach (var value in gap)
            gaps += Math.Abs(value);
        (result[Balanced], result[Auc]) = (recalls / found, aucs / ranked);
        (result[LogLoss], result[Brier], result[Calibration]) = Confidence is null ? (double.NaN, double.NaN, double.NaN)
            : (logLoss / total, brier / total, gaps / total);
    }
}
