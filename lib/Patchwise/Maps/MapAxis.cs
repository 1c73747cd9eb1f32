namespace Patchwise;

/// <summary>
/// One side of a map in stretches: <paramref name="Edges"/>[i] up to Edges[i + 1], in px of the map, are judged by the px <paramref name="At"/>[i].
/// </summary>
sealed record MapAxis(int[] At, int[] Edges)
{
    internal int Count => At.Length;

    /// <summary>Stretches in which the same patches lie, since none begins or ends within one.</summary>
    internal static MapAxis Between(IEnumerable<(int From, int To)> sides, int length)
    {
        var edge = new bool[length + 1];
        (edge[0], edge[length]) = (true, true);
        foreach (var (from, to) in sides)
            (edge[from], edge[to]) = (true, true);
        int[] edges = [.. Enumerable.Range(0, length + 1).Where(at => edge[at])];
        return new(edges[..^1], edges);
    }

    /// <summary>Stretches of <paramref name="step"/> px, judged by their middle.</summary>
    internal static MapAxis Even(int length, int step)
    {
        int[] edges = [.. Enumerable.Range(0, (length + step - 1) / step).Select(i => i * step), length];
        return new([.. edges.Zip(edges.Skip(1), (from, to) => from + (to - from) / 2)], edges);
    }

    /// <summary>For each px up to the length: how many stretches are judged by a px before it.</summary>
    internal int[] CountsBefore()
    {
        var counts = new int[Edges[^1] + 1];
        for (int px = 0, i = 0; px < counts.Length; px++)
        {
            counts[px] = i;
            if (i < At.Length && At[i] == px)
                i++;
        }
        return counts;
    }
}

/// <summary>Both sides of a map.</summary>
readonly record struct MapAxes(MapAxis X, MapAxis Y)
{
    /// <summary>Sets the pixels of a map that the cells of one row stand for.</summary>
    internal void Fill<TCell, TPixel>(Span<TPixel> pixels, int row, ReadOnlySpan<TCell> cells, Func<TCell, TPixel> pixel)
    {
        var width = X.Edges[^1];
        var first = pixels.Slice(Y.Edges[row] * width, width);
        for (var i = 0; i < cells.Length; i++)
            first[X.Edges[i]..X.Edges[i + 1]].Fill(pixel(cells[i]));
        for (var below = Y.Edges[row] + 1; below < Y.Edges[row + 1]; below++)
            first.CopyTo(pixels[(below * width)..]);
    }
}
