using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.Statistics;

namespace Patchwise;

/// <summary>
/// What the settings scored, and how surely: the same resamples of whole groups for all of them, so that what makes groups easy or hard cancels in differences.
/// </summary>
/// <param name="Accuracy">Of each setting, balanced, 0..1.</param>
/// <param name="Resampled">Of each setting its accuracy in each resample.</param>
/// <param name="Judged">
/// The accuracy that goes with the squared error of its outputs, by a line through all settings. An object counts in it by how near it was to being told
/// otherwise, so that settings differ by less noise: on held-out images it halves what a suggestion loses (see the signal test in the benchmarks' results).
/// </param>
/// <param name="JudgedResampled">The same in each resample.</param>
/// <param name="Groups">How many were resampled.</param>
sealed record SignalScores(double[] Accuracy, double[][] Resampled, double[] Judged, double[][] JudgedResampled, int Groups)
{
    const int Resamples = 1000;

    /// <param name="right">Of each setting and object the share of the divisions in which it was told right.</param>
    /// <param name="errors">Of each setting and object the squared error of its outputs; null: settings are judged by their accuracy itself.</param>
    internal static SignalScores Of(double[][] right, int[] labels, int[] groups, int seed, CancellationToken cancel, float[][]? errors = null)
    {
        var random = new SplitMix64(SplitMix64.Checked(seed) + 1);
        var (count, classes) = (groups.Max() + 1, labels.Max() + 1);
        var resampled = Array.ConvertAll(right, _ => new double[Resamples]);
        var resampledErrors = errors is null ? null : Array.ConvertAll(errors, _ => new double[Resamples]);
        var wrong = errors is null ? null : Array.ConvertAll(errors, one => Array.ConvertAll(one, error => (double)error));
        var (drawn, ofClass, weights) = (new int[count], new double[classes], new double[labels.Length]);
        for (var b = 0; b < Resamples; b++)
        {
            cancel.ThrowIfCancellationRequested();
            Array.Clear(drawn);
            Array.Clear(ofClass);
            for (var g = 0; g < count; g++)
                drawn[random.Below(count)]++;
            for (var i = 0; i < labels.Length; i++)
                ofClass[labels[i]] += drawn[groups[i]];
            // A class that none of the groups has is left out of the mean.
            var there = ofClass.Count(weight => weight > 0);
            for (var i = 0; i < labels.Length; i++)
                weights[i] = drawn[groups[i]] == 0 ? 0 : drawn[groups[i]] / ofClass[labels[i]] / there;
            for (var s = 0; s < right.Length; s++)
            {
                resampled[s][b] = Dense.Dot<double>(weights, right[s]);
                if (wrong is not null)
                    resampledErrors![s][b] = Dense.Dot<double>(weights, wrong[s]);
            }
        }
        double[] accuracy = [.. right.Select(one => Balanced(one, labels))];
        var (judged, judgedResampled) = wrong is null ? (accuracy, resampled)
            : ByErrors(accuracy, resampled, [.. wrong.Select(one => Balanced(one, labels))], resampledErrors!);
        return new(accuracy, resampled, judged, judgedResampled, count);
    }

    /// <summary>
    /// The accuracies that go with errors by a line, and of how the accuracy itself differs from it as much as is no noise (by the method of moments; what
    /// varies from resample to resample in all settings alike is none): all of it where every resample says the same, such as 100 %.
    /// </summary>
    static (double[] Judged, double[][] Resampled) ByErrors(double[] accuracy, double[][] resampled, double[] errors, double[][] resampledErrors)
    {
        // Where a larger error goes with no lower accuracy, the line means nothing.
        if (accuracy.Length < 3 || Fit.Line(errors, accuracy) is not (var start, < 0 and var slope))
            return (accuracy, resampled);
        double[] line = Array.ConvertAll(errors, error => start + slope * error);
        double[][] rest = [.. resampled.Zip(resampledErrors, (one, error) => one.Zip(error, (value, wrong) => value - start - slope * wrong).ToArray())];
        double[] common = [.. Enumerable.Range(0, Resamples).Select(b => rest.Average(one => one[b]))];
        double[] noise = Array.ConvertAll(rest, one => one.Zip(common, (value, all) => value - all).Variance());
        var own = Math.Max(0, accuracy.Zip(line, (value, fit) => (value - fit) * (value - fit)).Sum() / Math.Max(1, accuracy.Length - 2) - noise.Average());
        double[] kept = Array.ConvertAll(noise, variance => own == 0 ? 0 : own / (own + variance));
        return ([.. line.Select((fit, s) => fit + kept[s] * (accuracy[s] - fit))],
            [.. rest.Select((one, s) => one.Select((value, b) => resampled[s][b] - (1 - kept[s]) * value).ToArray())]);
    }

    /// <summary>The mean over the classes of the share that is right.</summary>
    internal static double Balanced(double[] right, int[] labels) =>
        right.Zip(labels).GroupBy(one => one.Second).Average(group => group.Average(one => one.First));

    /// <summary>
    /// By how much an accuracy varies more than its resamples do: in cross-validation rows test one another, and what one learns wrongly of the other the other
    /// does of it, so that at chance the variance is double (measured: the plain interval of permuted labels covers chance in 82 % of the seeds).
    /// </summary>
    static readonly double Mutual = Math.Sqrt(2);

    /// <summary>The accuracy of a setting.</summary>
    internal Estimate Of(int setting)
    {
        var wide = Interval(Accuracy[setting], Resampled[setting], Mutual);
        return wide with { Low = Math.Max(0, wide.Low), High = Math.Min(1, wide.High) };
    }

    /// <summary>What a setting loses against another, 0..1.</summary>
    internal Estimate Loss(int setting, int against) =>
        Interval(Accuracy[against] - Accuracy[setting], [.. Resampled[against].Zip(Resampled[setting], (more, less) => more - less)]);

    /// <summary>The standard error of the difference of two settings, as they are judged.</summary>
    internal double Error(int setting, int against)
    {
        double[] all = [.. JudgedResampled[against].Zip(JudgedResampled[setting], (more, less) => more - less)];
        var mean = all.Average();
        return Math.Sqrt(all.Sum(value => (value - mean) * (value - mean)) / (all.Length - 1));
    }

    /// <summary>Where 95 % of the resamples lie, wider where there are few groups, by Student's t and the groups that are drawn twice.</summary>
    Estimate Interval(double value, double[] all, double wider = 1)
    {
        var sorted = new Distribution(all);
        // Weights that add up to 1 are rounded.
        if (sorted.Largest - sorted.Values[0] < 1e-9)
            return new(value, double.NaN, double.NaN);
        wider *= Groups < 2 ? 1 : Math.Sqrt(Groups / (Groups - 1.0)) * StudentT.InvCDF(0, 1, Groups - 1, 0.975) / Normal.InvCDF(0, 1, 0.975);
        return new(value, value - wider * (value - sorted.Percentile(2.5)), value + wider * (sorted.Percentile(97.5) - value));
    }

    /// <summary>
    /// Whether the best accuracy is above chance, although it is the best of many: by the largest excess of any setting over its own accuracy in a resample.
    /// </summary>
    internal bool AboveChance(double chance) => Accuracy.Max() - Mutual * new Distribution(Enumerable.Range(0, Resamples).Select(b =>
        Enumerable.Range(0, Accuracy.Length).Max(s => Resampled[s][b] - Accuracy[s]))).Percentile(97.5) > chance;

    /// <summary>
    /// The accuracies as they are judged, drawn towards what magnification, field and input explain one by one (least squares), the more, the less of the rest
    /// exceeds the noise.
    /// A surface of fifty uncertain values has its best by luck; this one has less of that.
    /// </summary>
    internal double[] Shrunk(IReadOnlyList<SignalSetting> settings)
    {
        double[][] Levels<T>(Func<SignalSetting, T> of) where T : IEquatable<T> =>
            [.. settings.Select(of).Distinct().Select(level => settings.Select(one => of(one).Equals(level) ? 1.0 : 0).ToArray())];
        var levels = DenseMatrix.OfColumnArrays([.. Levels(one => one.Factor), .. Levels(one => one.Field), .. Levels(one => one.Input)]);
        var (n, mean) = (levels.ColumnCount, Judged.Average());
        // Levels of each kind add up to the same, which the small number settles.
        var effects = (levels.TransposeThisAndMultiply(levels) + DenseMatrix.CreateDiagonal(n, n, 1e-6)).Cholesky()
            .Solve(levels.TransposeThisAndMultiply(DenseVector.OfEnumerable(Judged.Select(value => value - mean))));
        double[] smooth = [.. (levels * effects).Select(effect => mean + effect)];
        // Free parameters: of each kind one less than its levels, and the mean.
        var spare = Math.Max(1, settings.Count - n + 2);
        var rest = Judged.Zip(smooth, (value, fit) => (value - fit) * (value - fit)).Sum() / spare;
        var noise = Math.Pow(TypicalError(), 2) / 2;
        var kept = rest <= noise ? 0 : (rest - noise) / rest;
        return [.. Judged.Zip(smooth, (value, fit) => fit + (value - fit) * kept)];
    }

    /// <summary>The median standard error of the losses against the best.</summary>
    internal double TypicalError() => TypicalError(_ => true);

    /// <summary>The same of some settings; 0 where there are none.</summary>
    /// <param name="counts">Whether a setting counts, by its loss less three standard errors.</param>
    internal double TypicalError(Func<double, bool> counts)
    {
        var best = Array.IndexOf(Judged, Judged.Max());
        double[] errors = [.. Enumerable.Range(0, Judged.Length).Where(s => s != best)
            .Select(s => (Error: Error(s, best), Loss: Judged[best] - Judged[s])).Where(one => counts(one.Loss - 3 * one.Error)).Select(one => one.Error)];
        return errors.Length == 0 ? 0 : new Distribution(errors).Percentile(50);
    }
}
