namespace Patchwise;

/// <summary>
/// Means of the probabilities of overlapping patches, row by row of a map's cells:
/// <code>
///   a patch of columns 1 to 3 adds  p at 1 and takes it away at 4     0  p  0  0 -p
///   running along the row gives its part of each cell                 0  p  p  p  0
/// </code>
/// The sums are whole numbers, so that what was added goes away without a rest: probabilities in units of 2^-32, which single precision keeps exactly from
/// 1/256 up.
/// </summary>
/// <param name="first">The first of <paramref name="classes"/> classes that are looked at.</param>
sealed class Averages(PlacedPatches patches, MapAxis x, MapAxis y, int first, int classes)
{
    const double Unit = 1L << 32;

    /// <param name="row">Of cells.</param>
    /// <param name="best">For each column the class of the highest mean, of equal ones the first; -1 where nothing was predicted.</param>
    /// <param name="mean">The mean probability of that class.</param>
    internal delegate void Row(int row, ReadOnlySpan<int> best, ReadOnlySpan<float> mean);

    /// <summary>Calls <paramref name="visit"/> for each row, by several threads.</summary>
    internal void ForEachRow(Row visit, CancellationToken cancel)
    {
        int[] xs = x.CountsBefore(), ys = y.CountsBefore();
        var rows = new List<int>?[y.Count];
        foreach (var (patch, box) in patches.Boxes.Index())
            for (var row = ys[box.Y0]; row < ys[box.Y1]; row++)
                (rows[row] ??= []).Add(patch);
        // Of each column the changes of all classes, and of the number of patches.
        Parallel.For(0, y.Count, new ParallelOptions { CancellationToken = cancel },
            () => (Changes: new long[(x.Count + 1) * (long)(classes + 1)], Best: new int[x.Count], Mean: new float[x.Count]),
            (row, _, buffers) =>
            {
                foreach (var patch in rows[row] ?? [])
                {
                    cancel.ThrowIfCancellationRequested();
                    Add(patch, buffers.Changes.AsSpan(xs[patches.Boxes[patch].X0] * (classes + 1)), 1);
                    Add(patch, buffers.Changes.AsSpan(xs[patches.Boxes[patch].X1] * (classes + 1)), -1);
                }
                Judge(buffers.Changes, buffers.Best, buffers.Mean);
                visit(row, buffers.Best, buffers.Mean);
                return buffers;
            }, _ => { });
    }

    void Add(int patch, Span<long> changes, int sign)
    {
        changes[classes] += sign;
        if (patches.Table.HasProbabilities)
        {
            var probabilities = patches.Table.Probabilities(patch).Slice(first, classes);
            for (var c = 0; c < classes; c++)
                changes[c] += sign * (long)(probabilities[c] * Unit);
        }
        // Where probabilities were not kept, each patch is certain of its class.
        else if (patches.Table[patch].Class - first is >= 0 and var own && own < classes)
            changes[own] += sign * (long)Unit;
    }

    /// <summary>Leaves no change for the next row.</summary>
    void Judge(Span<long> changes, Span<int> best, Span<float> mean)
    {
        var sums = new long[classes + 1];
        for (var column = 0; column < best.Length; column++)
        {
            var change = changes.Slice(column * sums.Length, sums.Length);
            for (var c = 0; c < sums.Length; c++)
                sums[c] += change[c];
            change.Clear();
            var (highest, count) = (0, sums[classes]);
            for (var c = 1; c < classes; c++)
                if (sums[c] > sums[highest])
                    highest = c;
            (best[column], mean[column]) = count == 0 ? (-1, float.NaN) : (highest, (float)(sums[highest] / Unit / count));
        }
        changes[(best.Length * sums.Length)..].Clear();
    }
}
