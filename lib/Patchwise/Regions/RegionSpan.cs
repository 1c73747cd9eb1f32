namespace Patchwise;

/// <summary>A run of an object: row Y, columns X0 up to, not including, X1, in px of the mask.</summary>
readonly record struct RegionSpan(int X0, int X1, int Y)
{
    internal int Length => X1 - X0;
}

/// <summary>What one pass over the runs tells of an object, in px of the mask it was measured on.</summary>
/// <param name="Pixels">Number of pixels.</param>
/// <param name="FirstX">Column of the first pixel in raster order; its row is the box's Y0.</param>
/// <param name="Cx">Mean of the pixels' columns, counted from 0 at the middle of the first.</param>
readonly record struct RegionBasics(long Value, int Pixels, Box Box, int? FirstX, double Cx, double Cy)
{
    /// <summary>One entry an object, in the order of the labels.</summary>
    internal static RegionBasics[] Of(Labelling labelling)
    {
        var sums = new Sums[labelling.Count];
        foreach (var band in labelling.Bands)
        {
            var labels = labelling.LabelsOf(band);
            for (var row = 0; row < band.Height; row++)
                foreach (ref readonly var run in band.Row(row))
                    sums[labels[run.Id] - 1].Add(run, band.Y0 + row);
        }
        return Array.ConvertAll(sums, sum => sum.Finish(labelling.Box));
    }

    /// <summary>
    /// The runs of all objects, those of one object together and in raster order; entry k of <paramref name="ends"/> is where those of label k + 1 end.
    /// </summary>
    internal static RegionSpan[] SpansOf(Labelling labelling, out int[] ends)
    {
        ends = new int[labelling.Count];
        foreach (var band in labelling.Bands)
        {
            var labels = labelling.LabelsOf(band);
            for (var row = 0; row < band.Height; row++)
                foreach (ref readonly var run in band.Row(row))
                    ends[labels[run.Id] - 1]++;
        }
        var start = 0;
        for (var i = 0; i < ends.Length; i++)
            (ends[i], start) = (start, start + ends[i]);
        var spans = new RegionSpan[start];
        foreach (var band in labelling.Bands)
        {
            var labels = labelling.LabelsOf(band);
            for (var row = 0; row < band.Height; row++)
                foreach (ref readonly var run in band.Row(row))
                    spans[ends[labels[run.Id] - 1]++] = new(labelling.Box.X0 + run.X0, labelling.Box.X0 + run.X1, labelling.Box.Y0 + band.Y0 + row);
        }
        return spans;
    }

    /// <summary>
    /// Sums in px of the labelled box. Columns are summed doubled, which keeps them whole: a run's sum is its length times the mean of its ends.
    /// </summary>
    struct Sums
    {
        int _value, _pixels, _x0, _y0, _x1, _y1, _firstX;
        Int128 _twiceX;
        long _y;

        internal void Add(in Run run, int y)
        {
            if (_pixels == 0)
                (_value, _x0, _y0, _firstX) = (run.Value, run.X0, y, run.X0);
            var length = run.X1 - run.X0;
            _pixels += length;
            _x0 = Math.Min(_x0, run.X0);
            _x1 = Math.Max(_x1, run.X1);
            _y1 = y + 1;
            _twiceX += (long)length * (run.X0 + run.X1 - 1L);
            _y += (long)length * y;
        }

        internal readonly RegionBasics Finish(Box box) => new(_value, _pixels, new Box(_x0, _y0, _x1, _y1).Shift(box.X0, box.Y0), box.X0 + _firstX,
            box.X0 + (double)_twiceX / 2 / _pixels, box.Y0 + (double)_y / _pixels);
    }
}
