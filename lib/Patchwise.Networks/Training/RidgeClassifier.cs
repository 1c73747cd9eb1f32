using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Patchwise;

/// <summary>
/// Ridge regression of one-hot labels on standardised features (Hoerl and Kennard 1970), with a softmax on its outputs. Solved in its dual form, so that a few
/// patches with thousands of features cost little. The penalty, and the factor that makes the outputs logits, are those with the least log loss of the outputs
/// that each training row has when it is left out; these come in closed form from the hat matrix (Golub, Heath and Wahba 1979). Nothing is learned from other
/// rows.
/// </summary>
sealed class RidgeClassifier
{
    /// <summary>Penalties that are tried; rows have a mean square length of 1 in the space of standardised features, so they suit any network.</summary>
    internal static readonly double[] Penalties = [.. Enumerable.Range(-6, 11).Select(half => Math.Pow(10, half / 2.0))];

    const double LeastFactor = 0.1, MostFactor = 200;

    /// <summary>Class by class one value a feature, standardisation folded in.</summary>
    internal float[] Weight { get; }
    internal float[] Bias { get; }
    internal double Penalty { get; }

    RidgeClassifier(float[] weight, float[] bias, double penalty) => (Weight, Bias, Penalty) = (weight, bias, penalty);

    /// <param name="features">All rows, each of as many values as <paramref name="depths"/> have channels.</param>
    /// <param name="depths">Channels of each depth; every depth counts alike in the distance between rows, however many channels it has.</param>
    /// <param name="rows">Those to learn from.</param>
    /// <param name="labels">Of all rows.</param>
    internal static RidgeClassifier Fit(float[][] features, IReadOnlyList<int> depths, int[] rows, IReadOnlyList<int> labels, int classes)
    {
        var (count, length) = (rows.Length, depths.Sum());
        var (mean, scale, x) = Standardise(features, depths, rows);
        var y = DenseMatrix.Create(count, classes, (i, k) => labels[rows[i]] == k ? 1 : 0);
        var share = y.ColumnSums() / count;
        var centred = DenseMatrix.Create(count, classes, (i, k) => y[i, k] - share[k]);

        var system = x.TransposeAndMultiply(x).Evd(Symmetricity.Symmetric);
        var (vectors, values) = (system.EigenVectors, system.EigenValues.Select(value => Math.Max(0, value.Real)).ToArray());
        var turned = vectors.TransposeThisAndMultiply(centred);
        var best = (Loss: double.PositiveInfinity, Penalty: 0.0, Factor: 0.0);
        // Of equal losses the larger penalty: the simpler model.
        foreach (var penalty in Penalties.Reverse())
        {
            var outputs = LeftOut(penalty);
            var (factor, loss) = Sharpen(outputs, rows, labels);
            if (loss < best.Loss)
                best = (loss, penalty, factor);
        }

        var dual = vectors * DenseMatrix.Create(count, classes, (a, k) => turned[a, k] / (values[a] + best.Penalty));
        var primal = x.TransposeThisAndMultiply(dual);
        var (weight, bias) = (new float[classes * length], new float[classes]);
        for (var k = 0; k < classes; k++)
        {
            var at = share[k];
            for (var j = 0; j < length; j++)
            {
                var value = primal[j, k] * scale[j];
                at -= value * mean[j];
                weight[k * length + j] = (float)(best.Factor * value);
            }
            bias[k] = (float)(best.Factor * at);
        }
        return new(weight, bias, best.Penalty);

        // The output of each row from the others: y - r / (1 - h), with r the residual and h the row's own share in its output.
        Matrix<double> LeftOut(double penalty)
        {
            var shrink = values.Select(value => penalty / (value + penalty)).ToArray();
            var residual = vectors * DenseMatrix.Create(count, classes, (a, k) => shrink[a] * turned[a, k]);
            var outputs = y.Clone();
            for (var i = 0; i < count; i++)
            {
                var own = -1.0 / count;
                for (var a = 0; a < count; a++)
                    own += vectors[i, a] * vectors[i, a] * shrink[a];
                for (var k = 0; k < classes; k++)
                    outputs[i, k] -= residual[i, k] / Math.Max(own, 1e-12);
            }
            return outputs;
        }
    }

    /// <summary>Rows of (value - mean) * scale, by columns; a feature that is the same in all rows has the scale 0.</summary>
    static (double[] Mean, double[] Scale, Matrix<double> Rows) Standardise(float[][] features, IReadOnlyList<int> depths, int[] rows)
    {
        var (mean, scale) = (new double[depths.Sum()], new double[depths.Sum()]);
        var values = new double[(long)mean.Length * rows.Length];
        var j = 0;
        foreach (var channels in depths)
            for (var end = j + channels; j < end; j++)
            {
                var column = values.AsSpan(j * rows.Length, rows.Length);
                for (var i = 0; i < rows.Length; i++)
                    mean[j] += (column[i] = features[rows[i]][j]) / rows.Length;
                var square = 0.0;
                foreach (ref var value in column)
                    square += (value -= mean[j]) * value;
                var deviation = Math.Sqrt(square / rows.Length);
                scale[j] = deviation > 1e-6 * Math.Abs(mean[j]) + 1e-12 ? 1 / (deviation * Math.Sqrt((double)channels * depths.Count)) : 0;
                foreach (ref var value in column)
                    value *= scale[j];
            }
        return (mean, scale, new DenseMatrix(rows.Length, mean.Length, values));
    }

    /// <summary>The factor with the least log loss of softmax(factor * outputs): the loss is convex in it, so thirds are cut off.</summary>
    static (double Factor, double Loss) Sharpen(Matrix<double> outputs, int[] rows, IReadOnlyList<int> labels)
    {
        var (low, high) = (Math.Log(LeastFactor), Math.Log(MostFactor));
        for (var step = 0; step < 40; step++)
        {
            var (first, second) = (low + (high - low) / 3, high - (high - low) / 3);
            (low, high) = Loss(first) <= Loss(second) ? (low, second) : (first, high);
        }
        return (Math.Exp((low + high) / 2), Loss((low + high) / 2));

        double Loss(double logarithm)
        {
            var (factor, loss) = (Math.Exp(logarithm), 0.0);
            for (var i = 0; i < outputs.RowCount; i++)
            {
                var (most, sum) = (double.NegativeInfinity, 0.0);
                for (var k = 0; k < outputs.ColumnCount; k++)
                    most = Math.Max(most, outputs[i, k]);
                for (var k = 0; k < outputs.ColumnCount; k++)
                    sum += Math.Exp(factor * (outputs[i, k] - most));
                loss += Math.Log(sum) - factor * (outputs[i, labels[rows[i]]] - most);
            }
            return loss / outputs.RowCount;
        }
    }

    /// <summary>Probabilities of the classes.</summary>
    internal float[] Predict(float[] features)
    {
        var logits = new float[Bias.Length];
        for (var k = 0; k < logits.Length; k++)
        {
            double sum = Bias[k];
            for (var j = 0; j < features.Length; j++)
                sum += (double)Weight[k * features.Length + j] * features[j];
            logits[k] = (float)sum;
        }
        Softmax.Apply(logits, logits.Length);
        return logits;
    }
}
