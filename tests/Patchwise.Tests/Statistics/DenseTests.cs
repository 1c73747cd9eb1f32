using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Patchwise.Tests;

public class DenseTests
{
    static double[] Random(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 3)]
    [InlineData(23, 511)]
    [InlineData(25, 513)]
    [InlineData(50, 1030)]
    public void Products_are_those_of_each_two_rows(int count, int length)
    {
        float[][] rows = [.. Enumerable.Range(0, count).Select(i => Random(i, length).Select(value => (float)value).ToArray())];
        var products = Dense.Products(rows, default);
        for (var i = 0; i < count; i++)
            for (var j = 0; j < count; j++)
                Assert.Equal(rows[i].Zip(rows[j], (a, b) => (double)a * b).Sum(), products[i * count + j], 1e-4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(47)]
    [InlineData(130)]
    public void A_factor_and_its_inverse_are_those_of_the_matrix(int n)
    {
        var x = Matrix<double>.Build.DenseOfRowMajor(n, 2 * n, Random(n, 2 * n * n));
        var matrix = x.TransposeAndMultiply(x) + DenseMatrix.CreateIdentity(n);
        var inverse = matrix.Inverse();

        var lower = Dense.Factor(matrix.ToRowMajorArray(), n, default);
        Matrix<double> factor = DenseMatrix.Create(n, n, (i, j) => j <= i ? lower[i * n + j] : 0);
        Assert.True((factor.TransposeAndMultiply(factor) - matrix).L2Norm() < 1e-11 * matrix.L2Norm());

        var columns = new double[n * n];
        // What is left there from before counts for nothing.
        for (var time = 0; time < 2; time++)
            Dense.InverseOfFactor(lower, n, columns, default);
        Assert.True((Matrix<double>.Build.DenseOfRowMajor(n, n, columns).Transpose() * factor - DenseMatrix.CreateIdentity(n)).L2Norm() < 1e-11);

        int[] own = [.. Enumerable.Range(0, n).Where(i => i % 3 != 1 || i > 60)];
        var block = Dense.InverseOf(columns, n, own);
        for (var a = 0; a < own.Length; a++)
            for (var b = 0; b <= a; b++)
                Assert.Equal(inverse[own[a], own[b]], block[a * own.Length + b], 1e-12);

        double[][] vectors = [Random(-1, n), Random(-2, n)];
        foreach (var (vector, found) in vectors.Zip(Dense.InverseTimes(columns, n, vectors)))
        {
            Assert.True((inverse * DenseVector.OfArray(vector) - DenseVector.OfArray(found)).L2Norm() < 1e-11);
            Dense.Solve(lower, vector);
            Assert.True((DenseVector.OfArray(vector) - DenseVector.OfArray(found)).L2Norm() < 1e-11);
        }
    }
}
