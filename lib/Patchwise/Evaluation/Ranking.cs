namespace Patchwise;

/// <summary>Rows by rising score.</summary>
sealed class Ranking
{
    readonly int[] _order;

    /// <summary>Whether the next row's score is higher.</summary>
    readonly bool[] _last;

    internal Ranking(double[] scores)
    {
        var sorted = (double[])scores.Clone();
        _order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort(sorted, _order);
        _last = [.. sorted.Select((score, i) => i == sorted.Length - 1 || sorted[i + 1] != score)];
    }

    /// <summary>
    /// Pairs of a row of the class and one of another in which the first ranks higher, ties half, over all pairs; NaN where there are none.
    /// </summary>
    /// <param name="weights">How often each row counts.</param>
    internal double AreaUnderCurve(ReadOnlySpan<int> labels, int of, ReadOnlySpan<int> weights)
    {
        double below = 0, above = 0, pairs = 0, ones = 0, others = 0;
        for (var i = 0; i < _order.Length; i++)
        {
            var row = _order[i];
            if (labels[row] == of)
                ones += weights[row];
            else
                others += weights[row];
            if (!_last[i])
                continue;
            pairs += ones * (below + others / 2);
            (below, above, ones, others) = (below + others, above + ones, 0, 0);
        }
        return pairs / (below * above);
    }

    /// <summary>Shares of the others and of the class whose score is at least a threshold, from the highest threshold down: (0, 0) to (1, 1).</summary>
    internal (double[] Others, double[] Found) Curve(ReadOnlySpan<int> labels, int of)
    {
        List<double> others = [0], found = [0];
        var (inClass, outside) = (0, 0);
        for (var i = _order.Length - 1; i >= 0; i--)
        {
            if (labels[_order[i]] == of)
                inClass++;
            else
                outside++;
            if (i > 0 && !_last[i - 1])
                continue;
            others.Add(outside);
            found.Add(inClass);
        }
        return ([.. others.Select(count => count / outside)], [.. found.Select(count => count / inClass)]);
    }
}
