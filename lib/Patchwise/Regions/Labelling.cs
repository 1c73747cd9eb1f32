using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>
/// The objects of a mask: 8-connected pixels of equal value, 0 being background, numbered from 1 by their first pixel in raster order
/// (the numbering of <c>skimage.measure.label</c>). Works on runs of equal pixels and keeps no label image.
/// <code>
///   the rows are cut into bands, which are done in parallel:
///     find the runs of a row -> join each with the runs above that touch it (union-find, the smaller id is the root)
///   then the ids of all bands go into one list, the seams between bands are joined, and the roots are numbered in order
/// </code>
/// A run that touches none above gets a new id, so ids grow in raster order and the root of an object is the id of its first pixel.
/// </summary>
sealed class Labelling
{
    const int RowsBetweenChecks = 256, PixelsWorthABand = 1 << 18;

    /// <summary>The label of each id.</summary>
    readonly int[] _labels;

    /// <summary>From top to bottom.</summary>
    internal Band[] Bands { get; }

    /// <summary>The part of the mask that was looked at; runs are counted from its corner.</summary>
    internal Box Box { get; }

    /// <summary>Number of objects: labels are 1..Count.</summary>
    internal int Count { get; }

    /// <summary>Labels a mask of one channel, or the part of it inside <paramref name="box"/> as if nothing lay around.</summary>
    /// <param name="bands">The number of bands; null: as many as there are processors and pixels enough for.</param>
    internal Labelling(Raster mask, Box? box = null, int? bands = null, CancellationToken cancel = default)
    {
        Box = box ?? mask.Bounds;
        var count = Math.Clamp(bands ?? (int)Math.Min(Environment.ProcessorCount, Box.Size.Area / PixelsWorthABand), 1, Box.Height);
        Bands = [.. Enumerable.Range(0, count).Select(i => new Band(At(i), At(i + 1)))];
        if (count == 1)
            Bands[0].Scan(mask, Box, cancel);
        else
            Parallel.ForEach(Bands, new ParallelOptions { CancellationToken = cancel }, band => band.Scan(mask, Box, cancel));

        _labels = new int[Bands.Sum(band => band.Parents.Count)];
        var first = 0;
        foreach (var band in Bands)
        {
            band.FirstId = first;
            foreach (var parent in band.Parents)
                _labels[first++] = band.FirstId + parent;
        }
        for (var i = 1; i < count; i++)
            Join(Bands[i - 1].Row(Bands[i - 1].Height - 1), Bands[i - 1].FirstId, Bands[i].Row(0), Bands[i].FirstId, _labels);
        // A parent's id is below its children's, so it has its label when they are reached.
        for (var id = 0; id < _labels.Length; id++)
            _labels[id] = _labels[id] == id ? ++Count : _labels[_labels[id]];

        int At(int band) => (int)((long)Box.Height * band / count);
    }

    /// <summary>The label of each run of a band, by the run's <see cref="Run.Id"/>.</summary>
    internal ReadOnlySpan<int> LabelsOf(Band band) => _labels.AsSpan(band.FirstId, band.Parents.Count);

    /// <summary>
    /// Joins the runs of a row with those of the row above that have the same value and touch them, corners included; a run without id takes the id of the
    /// first such.
    /// </summary>
    static void Join(ReadOnlySpan<Run> above, int aboveFirst, Span<Run> below, int belowFirst, Span<int> parents)
    {
        var left = 0;
        foreach (ref var run in below)
        {
            while (left < above.Length && above[left].X1 < run.X0)
                left++;
            for (var i = left; i < above.Length && above[i].X0 <= run.X1; i++)
                if (above[i].Value == run.Value)
                    if (run.Id < 0)
                        run.Id = above[i].Id;
                    else
                        Join(parents, aboveFirst + above[i].Id, belowFirst + run.Id);
        }
    }

    static void Join(Span<int> parents, int a, int b)
    {
        (a, b) = (Root(parents, a), Root(parents, b));
        parents[Math.Max(a, b)] = Math.Min(a, b);
    }

    static int Root(Span<int> parents, int id)
    {
        while (parents[id] != id)
            id = parents[id] = parents[parents[id]];
        return id;
    }

    /// <summary>Rows <paramref name="y0"/> up to, not including, <paramref name="y1"/> of the box, counted from its top.</summary>
    internal sealed class Band(int y0, int y1)
    {
        readonly int[] _rowEnds = new int[y1 - y0];
        RunList _runs = new();

        internal int Y0 => y0;
        internal int Height => y1 - y0;

        /// <summary>Added to the ids of this band's runs to make them ids of the whole.</summary>
        internal int FirstId { get; set; }

        internal List<int> Parents { get; } = [];

        /// <summary>The runs of row <paramref name="y"/>, counted from the band's top, from left to right.</summary>
        internal Span<Run> Row(int y) => _runs[(y == 0 ? 0 : _rowEnds[y - 1]).._rowEnds[y]];

        internal void Scan(Raster mask, Box box, CancellationToken cancel)
        {
            if (mask.Bits == 8)
                Scan<byte>(mask, box, cancel);
            else if (mask.Bits == 16)
                Scan<ushort>(mask, box, cancel);
            else
                Scan<int>(mask, box, cancel);
        }

        void Scan<T>(Raster mask, Box box, CancellationToken cancel) where T : unmanaged, System.Numerics.IBinaryInteger<T>
        {
            var pixels = mask.Samples<T>();
            for (var y = y0; y < y1; y++)
            {
                if (y % RowsBetweenChecks == 0)
                    cancel.ThrowIfCancellationRequested();
                _runs.AddRow<T>(pixels.Slice((box.Y0 + y) * mask.Width + box.X0, box.Width));
                _rowEnds[y - y0] = _runs.Count;
                var found = Row(y - y0);
                if (y > y0)
                    Join(Row(y - y0 - 1), 0, found, 0, CollectionsMarshal.AsSpan(Parents));
                foreach (ref var run in found)
                    if (run.Id < 0)
                    {
                        run.Id = Parents.Count;
                        Parents.Add(run.Id);
                    }
            }
        }
    }
}
