using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>A horizontal stretch of pixels of one value, not 0: row Y, columns X0 up to, not including, X1, in px of the mask.</summary>
/// <param name="Id">Which runs belong together; -1 until that is looked into.</param>
record struct Run(int X0, int X1, int Y, int Value, int Id = -1)
{
    internal readonly int Length => X1 - X0;
}

/// <summary>
/// The objects of a mask: 8-connected pixels of equal value, 0 being background, numbered by their first pixel in raster order
/// (the numbering of <c>skimage.measure.label</c>). Works on runs of equal pixels and keeps no label image:
/// <code>
///   find the runs of a row -> join each with the runs above that touch it (union-find, the smaller id is the root) -> number the roots in order
/// </code>
/// A run that touches none above gets a new id, so ids grow in raster order and the root of an object is the id of its first pixel.
/// </summary>
sealed class Labelling
{
    const int RowsBetweenChecks = 256;

    /// <summary>Those of one object together and in raster order.</summary>
    readonly Run[] _runs;

    readonly int[] _ends;

    internal int Count => _ends.Length;

    /// <summary>The runs of the object with the label <paramref name="index"/> + 1, in raster order.</summary>
    internal ReadOnlySpan<Run> this[int index] => _runs.AsSpan((index == 0 ? 0 : _ends[index - 1]).._ends[index]);

    /// <summary>Labels a mask of one channel, or the part of it inside <paramref name="box"/> as if nothing lay around.</summary>
    internal Labelling(Raster mask, Box? box = null, CancellationToken cancel = default)
    {
        var (runs, parents) = (new List<Run>(), new List<int>());
        var part = box ?? mask.Bounds;
        for (int y = part.Y0, above = 0; y < part.Y1; y++)
        {
            if ((y - part.Y0) % RowsBetweenChecks == 0)
                cancel.ThrowIfCancellationRequested();
            var start = runs.Count;
            if (mask.Bits == 8)
                AddRow<byte>(mask, part, y, runs);
            else if (mask.Bits == 16)
                AddRow<ushort>(mask, part, y, runs);
            else
                AddRow<int>(mask, part, y, runs);
            var all = CollectionsMarshal.AsSpan(runs);
            Join(all[above..start], all[start..], parents);
            above = start;
        }

        // A parent's id is below its children's, so it has its label when they are reached.
        var labels = CollectionsMarshal.AsSpan(parents);
        var count = 0;
        for (var id = 0; id < labels.Length; id++)
            labels[id] = labels[id] == id ? ++count : labels[labels[id]];

        (_runs, _ends) = (new Run[runs.Count], new int[count]);
        foreach (var run in runs)
            _ends[labels[run.Id] - 1]++;
        for (int i = 0, sum = 0; i < count; i++)
            (_ends[i], sum) = (sum, sum + _ends[i]);
        foreach (var run in runs)
            _runs[_ends[labels[run.Id] - 1]++] = run;
    }

    static void AddRow<T>(Raster mask, Box box, int y, List<Run> runs) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        ReadOnlySpan<T> row = mask.Samples<T>().Slice(y * mask.Width + box.X0, box.Width);
        for (var x = 0; x < row.Length;)
        {
            var (value, start) = (row[x], x++);
            // Noise has many runs of a pixel, for which a search costs more than a look.
            if (x < row.Length && row[x] == value)
                x = row[x..].IndexOfAnyExcept(value) is >= 0 and var length ? x + length : row.Length;
            if (value != T.Zero)
                runs.Add(new(box.X0 + start, box.X0 + x, y, int.CreateTruncating(value)));
        }
    }

    /// <summary>Gives the runs of a row ids: joins them with those of the row above that have the same value and touch them, corners included.</summary>
    static void Join(ReadOnlySpan<Run> above, Span<Run> row, List<int> parents)
    {
        var left = 0;
        foreach (ref var run in row)
        {
            while (left < above.Length && above[left].X1 < run.X0)
                left++;
            for (var i = left; i < above.Length && above[i].X0 <= run.X1; i++)
                if (above[i].Value == run.Value)
                    if (run.Id < 0)
                        run.Id = above[i].Id;
                    else
                    {
                        var (a, b) = (Root(parents, above[i].Id), Root(parents, run.Id));
                        parents[Math.Max(a, b)] = Math.Min(a, b);
                    }
            if (run.Id >= 0)
                continue;
            run.Id = parents.Count;
            parents.Add(run.Id);
        }
    }

    static int Root(List<int> parents, int id)
    {
        while (parents[id] != id)
            id = parents[id] = parents[parents[id]];
        return id;
    }
}

/// <summary>
/// The runs of one object by row, counted from the top of its box. An object is connected, so every row from 0 to Count - 1 has a run; rows outside have none.
/// </summary>
readonly ref struct RegionRows
{
    readonly ReadOnlySpan<Run> _runs;
    readonly int[] _starts;

    /// <param name="runs">In raster order.</param>
    internal RegionRows(ReadOnlySpan<Run> runs)
    {
        _runs = runs;
        Count = runs[^1].Y - runs[0].Y + 1;
        _starts = new int[Count + 1];
        foreach (var run in runs)
            _starts[run.Y - runs[0].Y + 1]++;
        for (var y = 0; y < Count; y++)
            _starts[y + 1] += _starts[y];
    }

    internal int Count { get; }

    internal ReadOnlySpan<Run> this[int y] => (uint)y < (uint)Count ? _runs[_starts[y].._starts[y + 1]] : [];
}
