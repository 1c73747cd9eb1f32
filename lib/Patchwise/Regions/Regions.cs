namespace Patchwise;

/// <summary>
/// Takes touching objects apart that a mask of one value (such as 0 and 255) holds as one. Nothing does this unasked: where objects do overlap, or are
/// lobed, it is a guess from their shape.
/// </summary>
public static class Regions
{
    /// <summary>A pixel's neighbours, in the order in which scikit-image visits them.</summary>
    static readonly (int X, int Y)[] Around = [(0, -1), (-1, 0), (1, 0), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)];

    /// <summary>
    /// A mask with a number for each part, from 1 in the order of the objects' first pixels. An object falls apart at necks that are narrower than what lies on
    /// both sides of them, by watershed on the distance to its border; equal to scikit-image's
    /// <code>
    ///   distance = distance_transform_edt(object)
    ///   tops = local_maxima(reconstruction(distance - depth, distance), connectivity=2)
    ///   parts = watershed(-distance, label(tops, connectivity=2), connectivity=2, mask=object)
    /// </code>
    /// for each object by itself. The edge of the mask counts as no border.
    /// </summary>
    /// <param name="mask">One channel; 0 is background, all else of one value.</param>
    /// <param name="depth">How many px the half-widths on both sides must exceed that of the neck.</param>
    /// <exception cref="BadInputException">The mask has several values, which tell its objects apart already.</exception>
    public static Mask Split(Mask mask, double depth = 1)
    {
        if (!(depth > 0 && double.IsFinite(depth)))
            throw new BadInputException(FormattableString.Invariant($"a depth of {depth} px: expected above 0, such as 1"));
        var objects = new Labelling(mask.Codes);
        if (Enumerable.Range(0, objects.Count).DistinctBy(i => objects[i][0].Value).Count() is > 1 and var values)
            throw new BadInputException($"a mask of {values} values cannot be split: expected one value, such as 0 and 255; values tell objects apart already");
        var parts = new (Box Box, int[] Labels, int Count)[objects.Count];
        Parallel.For(0, parts.Length, i =>
        {
            var box = RegionBasics.Of(objects[i]).Box.Grow(1).Intersect(mask.Codes.Bounds);
            var inside = new bool[box.Width * box.Height];
            foreach (var run in objects[i])
                inside.AsSpan((run.Y - box.Y0) * box.Width + run.X0 - box.X0, run.Length).Fill(true);
            parts[i] = (box, PartsOf(inside, box.Width, box.Height, depth, out var count), count);
        });
        var all = parts.Sum(part => (long)part.Count);
        if (all > ushort.MaxValue)
            throw new BadInputException($"{all} parts: expected at most {ushort.MaxValue} in one mask; split smaller pieces of it");
        var result = new Raster(mask.Size.Width, mask.Size.Height, 1, 16) { Mpp = mask.Codes.Mpp };
        var to = result.Samples16;
        var before = 0;
        foreach (var (box, labels, count) in parts)
        {
            for (var i = 0; i < labels.Length; i++)
                if (labels[i] > 0)
                    to[(box.Y0 + i / box.Width) * mask.Size.Width + box.X0 + i % box.Width] = (ushort)(before + labels[i]);
            before += count;
        }
        return mask.With(result);
    }

    /// <summary>The same set, each of its masks split whenever it is loaded: what is measured on it is found in it.</summary>
    public static ImageSet Split(ImageSet set, double depth = 1) =>
        set.WithMasks(mask => Split(mask, depth), FormattableString.Invariant($"touching objects taken apart at a depth of {depth} px"));

    /// <summary>The part of each pixel that is inside, from 1; 0 for the others.</summary>
    static int[] PartsOf(bool[] inside, int width, int height, double depth, out int count)
    {
        if (!inside.Contains(false)) // no border, no neck
        {
            count = 1;
            return Array.ConvertAll(inside, _ => 1);
        }
        var distance = Array.ConvertAll(Distances.Squared(inside, width, height), squared => Math.Sqrt(squared));
        var parts = Tops(Cut(), out count);
        if (count > 1)
            Flood();
        else
            parts = Array.ConvertAll(inside, one => one ? 1 : 0);
        return parts;

        IEnumerable<int> Neighbours(int at)
        {
            var (x, y) = (at % width, at / width);
            foreach (var (dx, dy) in Around)
                if ((uint)(x + dx) < (uint)width && (uint)(y + dy) < (uint)height && inside[at + dy * width + dx])
                    yield return at + dy * width + dx;
        }

        // The distance without its tops: each pixel is as high as a path from some top, less the depth, that never goes above the distance.
        double[] Cut()
        {
            var cut = Array.ConvertAll(distance, value => value - depth);
            var queue = new PriorityQueue<int, double>(Enumerable.Range(0, cut.Length).Where(at => inside[at]).Select(at => (at, -cut[at])));
            while (queue.TryDequeue(out var at, out var priority))
                if (-priority == cut[at])
                    foreach (var next in Neighbours(at))
                        if (Math.Min(cut[at], distance[next]) is var value && value > cut[next])
                            queue.Enqueue(next, -(cut[next] = value));
            return cut;
        }

        // Connected pixels of equal height without a higher neighbour, numbered.
        int[] Tops(double[] heights, out int found)
        {
            found = 0;
            var (tops, seen) = (new int[heights.Length], new bool[heights.Length]);
            for (var start = 0; start < heights.Length; start++)
            {
                if (!inside[start] || seen[start])
                    continue;
                List<int> plateau = [start];
                seen[start] = true;
                var isTop = true;
                for (var i = 0; i < plateau.Count; i++)
                    foreach (var next in Neighbours(plateau[i]))
                        if (heights[next] > heights[start])
                            isTop = false;
                        else if (heights[next] == heights[start] && !seen[next])
                        {
                            seen[next] = true;
                            plateau.Add(next);
                        }
                if (!isTop)
                    continue;
                found++;
                foreach (var at in plateau)
                    tops[at] = found;
            }
            return tops;
        }

        // From the tops downwards; of equally high pixels the one first reached goes on first.
        void Flood()
        {
            var (heap, age) = (new Heap(), 0);
            for (var at = 0; at < parts.Length; at++)
                if (parts[at] > 0)
                    heap.Push(new(-distance[at], 0, at));
            while (heap.Count > 0)
            {
                var from = heap.Pop().At;
                foreach (var next in Neighbours(from))
                    if (parts[next] == 0)
                    {
                        parts[next] = parts[from];
                        heap.Push(new(-distance[next], ++age, next));
                    }
            }
        }
    }

    readonly record struct Reached(double Level, int Age, int At)
    {
        internal bool IsBefore(Reached other) => Level != other.Level ? Level < other.Level : Age < other.Age;
    }

    /// <summary>A binary heap. Which of equal entries comes first is not ours to choose: scikit-image has two children a node, .NET's queue four.</summary>
    sealed class Heap
    {
        readonly List<Reached> _items = [];

        internal int Count => _items.Count;

        internal void Push(Reached item)
        {
            _items.Add(item);
            for (var at = Count - 1; at > 0 && _items[at].IsBefore(_items[(at - 1) / 2]); at = (at - 1) / 2)
                (_items[at], _items[(at - 1) / 2]) = (_items[(at - 1) / 2], _items[at]);
        }

        internal Reached Pop()
        {
            var first = _items[0];
            _items[0] = _items[^1];
            _items.RemoveAt(Count - 1);
            for (var at = 0; ;)
            {
                var least = at;
                for (var child = 2 * at + 1; child <= 2 * at + 2 && child < Count; child++)
                    if (_items[child].IsBefore(_items[least]))
                        least = child;
                if (least == at)
                    return first;
                (_items[at], _items[least]) = (_items[least], _items[at]);
                at = least;
            }
        }
    }
}
