namespace Patchwise;

/// <summary>
/// An image in the few colors that stand for its own: as they are where they are few, else the means of groups of like colors, which are halved where they
/// differ most (the median cut of Heckbert, 1982, at the mean).
/// </summary>
static class FewColors
{
    const int Bits = 5, Shift = 8 - Bits, Cells = 1 << 3 * Bits;

    /// <summary>The colors of a cell of the cube, counted and summed.</summary>
    struct Cell
    {
        internal long Count, R, G, B;
    }

    /// <param name="image">RGB of 8 bits.</param>
    /// <returns>Numbers of the palette's colors, one channel.</returns>
    internal static (Raster Indices, byte[] Palette) Of(Raster image, int colors)
    {
        var samples = image.Samples8;
        var indices = new Raster(image.Width, image.Height, 1) { Mpp = image.Mpp };
        var to = indices.Samples8;
        Dictionary<int, byte> exact = [];
        for (int i = 0, at = 0; i < to.Length; i++, at += 3)
        {
            var color = samples[at] << 16 | samples[at + 1] << 8 | samples[at + 2];
            if (!exact.TryGetValue(color, out var index))
            {
                if (exact.Count == colors)
                    return Reduced(samples, indices, colors);
                exact[color] = index = (byte)exact.Count;
            }
            to[i] = index;
        }
        return (indices, [.. exact.OrderBy(entry => entry.Value).Select(entry => entry.Key)
            .SelectMany(color => (byte[])[(byte)(color >> 16), (byte)(color >> 8), (byte)color])]);
    }

    static (Raster, byte[]) Reduced(Span<byte> samples, Raster indices, int colors)
    {
        var cells = new Cell[Cells];
        for (var at = 0; at < samples.Length; at += 3)
        {
            ref var cell = ref cells[CellOf(samples, at)];
            (cell.Count, cell.R, cell.G, cell.B) = (cell.Count + 1, cell.R + samples[at], cell.G + samples[at + 1], cell.B + samples[at + 2]);
        }
        List<Group> groups = [Group.Of(cells, [.. Enumerable.Range(0, Cells).Where(i => cells[i].Count > 0)])];
        while (groups.Count < colors && groups.MaxBy(group => group.Spread) is { Spread: > 0 } widest)
        {
            groups.Remove(widest);
            groups.AddRange(widest.Halves.Select(half => Group.Of(cells, half)));
        }
        var number = new byte[Cells];
        var to = indices.Samples8;
        foreach (var (i, group) in groups.Index())
            foreach (var cell in group.Members)
                number[cell] = (byte)i;
        for (int i = 0, at = 0; i < to.Length; i++, at += 3)
            to[i] = number[CellOf(samples, at)];
        return (indices, [.. groups.SelectMany(group => group.Mean.Select(value => (byte)Math.Round(value)))]);
    }

    static int CellOf(Span<byte> samples, int at) => samples[at] >> Shift << 2 * Bits | samples[at + 1] >> Shift << Bits | samples[at + 2] >> Shift;

    /// <param name="Spread">Sum of the squared distances of its colors to their mean along the channel where it is largest.</param>
    /// <param name="Halves">Below and above the mean there.</param>
    sealed record Group(int[] Members, double[] Mean, double Spread, int[][] Halves)
    {
        internal static Group Of(Cell[] cells, int[] members)
        {
            var mean = new double[3];
            double[] Color(int i) => [cells[i].R / (double)cells[i].Count, cells[i].G / (double)cells[i].Count, cells[i].B / (double)cells[i].Count];
            var count = members.Sum(i => (double)cells[i].Count);
            (double Spread, int Channel) widest = default;
            for (var channel = 0; channel < 3; channel++)
            {
                mean[channel] = members.Sum(i => Color(i)[channel] * cells[i].Count) / count;
                var spread = members.Sum(i => Math.Pow(Color(i)[channel] - mean[channel], 2) * cells[i].Count);
                if (spread > widest.Spread)
                    widest = (spread, channel);
            }
            int[][] halves = [[.. members.Where(i => Color(i)[widest.Channel] <= mean[widest.Channel])],
                [.. members.Where(i => Color(i)[widest.Channel] > mean[widest.Channel])]];
            return new(members, mean, halves[1].Length > 0 && halves[0].Length > 0 ? widest.Spread : 0, halves);
        }
    }
}
