namespace Patchwise;

/// <summary>
/// What is predicted in the px of a tile. A px belongs to the patches that cover it as on a <see cref="PredictionMap"/>, each edge rounded up; a patch that
/// would vanish takes the px of its middle, so that a single wrong one among a million is still seen. Where all patches are as small as a px, each counts in
/// the px of its middle only, for its own class and by its probability: then a million of them are in a tile.
/// </summary>
/// <param name="box">The tile in px of its level.</param>
/// <param name="halvings">From level 0.</param>
sealed class PatchLayer(PredictionTable table, PatchIndex index, Box box, int halvings)
{
    /// <summary>Numbers that are summed at once.</summary>
    const int MostSums = 1 << 20;

    /// <summary>Whether a patch is a px at most.</summary>
    bool AreMarks => Math.Max(index.Largest.Width, index.Largest.Height) <= 1L << halvings;

    /// <summary>
    /// For each px 1 + its class, 0 where there is none. Where patches overlap: the class of the highest mean probability, of equal ones the first.
    /// </summary>
    internal int[] Classes(PatchFilter filter)
    {
        if (AreMarks)
            return ClassesOfMarks(filter);
        var (classes, slots, mixed) = (new int[box.Size.Area], default(int[]), 0);
        ForEach(filter, (row, part) =>
        {
            var own = table[row].Class + 1;
            for (var y = part.Y0; y < part.Y1; y++)
                for (var i = y * box.Width + part.X0; i < y * box.Width + part.X1; i++)
                    if (classes[i] == 0)
                        classes[i] = own;
                    else if (classes[i] != own && (slots ??= new int[classes.Length])[i] == 0)
                        slots[i] = ++mixed;
        });
        // Only where patches of several classes meet are means needed.
        if (slots is not null)
            Settle(filter, classes, slots, mixed);
        return classes;
    }

    int[] ClassesOfMarks(PatchFilter filter)
    {
        var (classes, count) = (new int[box.Size.Area], table.Classes.Count);
        var rows = (int)Math.Clamp(MostSums / ((long)box.Width * count), 1, box.Height);
        var sums = new float[rows * box.Width * count];
        for (var top = box.Y0; top < box.Y1; top += rows)
        {
            var band = box with { Y0 = top, Y1 = Math.Min(box.Y1, top + rows) };
            Array.Clear(sums);
            var (marks, width, height) = (index, band.Width, band.Height);
            foreach (var (from, to) in Stretches(band))
                foreach (ref readonly var mark in marks.Marks[from..to])
                    if ((mark.X >> halvings) - band.X0 is var x && (uint)x < (uint)width && (mark.Y >> halvings) - band.Y0 is var y && (uint)y < (uint)height
                        && filter.Takes(mark.Class, mark.Probability, mark.Label))
                        sums[(y * width + x) * count + mark.Class] += Math.Max(mark.Probability, float.Epsilon);
            for (var i = 0; i < width * height; i++)
            {
                var best = 0;
                var sum = sums.AsSpan(i * count, count);
                for (var c = 1; c < count; c++)
                    if (sum[c] > sum[best])
                        best = c;
                classes[(top - box.Y0) * width + i] = sum[best] > 0 ? best + 1 : 0;
            }
        }
        return classes;
    }

    IEnumerable<(int From, int To)> Stretches(Box of) =>
        index.Stretches((long)of.X0 << halvings, (long)of.Y0 << halvings, (long)of.X1 << halvings, (long)of.Y1 << halvings);

    void Settle(PatchFilter filter, int[] classes, int[] slots, int mixed)
    {
        var count = table.Classes.Count;
        var step = Math.Max(1, MostSums / count);
        var sums = new float[Math.Min(step, mixed) * count];
        for (var first = 1; first <= mixed; first += step)
        {
            Array.Clear(sums);
            ForEach(filter, (row, part) =>
            {
                var own = table[row].Class;
                var probabilities = table.HasProbabilities ? table.Probabilities(row) : default;
                for (var y = part.Y0; y < part.Y1; y++)
                    for (var i = y * box.Width + part.X0; i < y * box.Width + part.X1; i++)
                    {
                        var slot = slots[i] - first;
                        if ((uint)slot >= (uint)step || slots[i] == 0)
                            continue;
                        var sum = sums.AsSpan(slot * count, count);
                        if (probabilities.IsEmpty)
                            sum[own]++;
                        else
                            for (var c = 0; c < sum.Length; c++)
                                sum[c] += probabilities[c];
                    }
            });
            for (var i = 0; i < slots.Length; i++)
                if (slots[i] >= first && slots[i] - first < step)
                    classes[i] = 1 + BestShown(sums.AsSpan((slots[i] - first) * count, count), filter);
        }
    }

    /// <summary>A class that is hidden is no patch's own here, but may have the highest mean of the others' rests.</summary>
    static int BestShown(ReadOnlySpan<float> sums, PatchFilter filter)
    {
        var best = -1;
        for (var c = 0; c < sums.Length; c++)
            if (!filter.Hidden.Contains(c) && (best < 0 || sums[c] > sums[best]))
                best = c;
        return best;
    }

    /// <summary>The mean probability of a class in each px, NaN where nothing was predicted.</summary>
    internal float[] Probability(int of)
    {
        var (sums, counts) = (new float[box.Size.Area], new int[box.Size.Area]);
        if (AreMarks)
            foreach (var (from, to) in Stretches(box))
                for (var i = from; i < to; i++)
                {
                    ref readonly var mark = ref index.Marks[i];
                    int x = (mark.X >> halvings) - box.X0, y = (mark.Y >> halvings) - box.Y0;
                    if ((uint)x < (uint)box.Width && (uint)y < (uint)box.Height)
                    {
                        sums[y * box.Width + x] += table.Probabilities(index.Rows[i])[of];
                        counts[y * box.Width + x]++;
                    }
                }
        else
            ForEach(PatchFilter.All, (row, part) =>
            {
                var probability = table.Probabilities(row)[of];
                for (var y = part.Y0; y < part.Y1; y++)
                    for (var i = y * box.Width + part.X0; i < y * box.Width + part.X1; i++)
                        (sums[i], counts[i]) = (sums[i] + probability, counts[i] + 1);
            });
        for (var i = 0; i < sums.Length; i++)
            sums[i] = counts[i] == 0 ? float.NaN : sums[i] / counts[i];
        return sums;
    }

    /// <summary>1 at the edges of patches, where these are <paramref name="least"/> px or more of the tile apart.</summary>
    internal int[] Grid(int least)
    {
        var lines = new int[box.Size.Area];
        if (Math.Min(index.Largest.Width, index.Largest.Height) >> halvings < least)
            return lines;
        var (reach, tile) = (1L << halvings, Box.Of(box.Size));
        foreach (var row in index.In(((long)box.X0 << halvings) - reach, ((long)box.Y0 << halvings) - reach, (long)box.X1 << halvings,
            (long)box.Y1 << halvings))
        {
            var patch = Place(table[row].Level0);
            foreach (var line in (Box[])[patch with { X1 = patch.X0 + 1 }, patch with { Y1 = patch.Y0 + 1 },
                new(patch.X1, patch.Y0, patch.X1 + 1, patch.Y1 + 1), new(patch.X0, patch.Y1, patch.X1 + 1, patch.Y1 + 1)])
                if (line.Intersect(tile) is { IsEmpty: false } seen)
                    for (var y = seen.Y0; y < seen.Y1; y++)
                        lines.AsSpan(y * box.Width + seen.X0, seen.Width).Fill(1);
        }
        return lines;
    }

    /// <param name="visit">A row, and the px of the tile that it has.</param>
    void ForEach(PatchFilter filter, Action<int, Box> visit)
    {
        var tile = Box.Of(box.Size);
        foreach (var row in index.In((long)box.X0 << halvings, (long)box.Y0 << halvings, (long)box.X1 << halvings, (long)box.Y1 << halvings))
        {
            var patch = table[row];
            if (filter.Takes(patch) && Place(patch.Level0).Intersect(tile) is { IsEmpty: false } part)
                visit(row, part);
        }
    }

    /// <summary>In px of the tile.</summary>
    Box Place(Box level0)
    {
        var (x0, x1) = Side(level0.X0, level0.X1);
        var (y0, y1) = Side(level0.Y0, level0.Y1);
        return new Box(x0, y0, x1, y1).Shift(-box.X0, -box.Y0);
    }

    (int, int) Side(long from, long to)
    {
        var (first, end) = ((int)((from + (1L << halvings) - 1) >> halvings), (int)((to + (1L << halvings) - 1) >> halvings));
        return first < end ? (first, end) : ((int)((from + to) / 2 >> halvings), (int)((from + to) / 2 >> halvings) + 1);
    }
}
