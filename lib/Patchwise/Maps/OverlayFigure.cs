namespace Patchwise;

/// <summary>The chart of an overlay: the image, and a layer of cells for each class.</summary>
static class OverlayFigure
{
    const long LayerCells = 400_000;

    internal static Figure Of(Raster image, PredictionMap map, double alpha, string? rest, bool millimetres)
    {
        var present = map.Shares.Index().Where(share => share.Item.Pixels > 0).Select(share => share.Index).ToArray();
        var layers = new Layers(image, map.Patches, 0, map.Classes.Count, present.Length, millimetres);
        var figure = layers.Ground($"{map.Model} on {Path.GetFileName(map.Source)} at {map.Frame.Resolution}");
        foreach (var k in present)
            figure = layers.Add(figure, k, map.Classes[k], map.Classes[k].Color, map.Patches.Table.HasProbabilities ? "mean probability" : "share of patches", alpha);
        return layers.Rest(figure, rest, alpha);
    }

    internal static Figure Of(Raster image, ProbabilityMap map, double alpha, string? rest, bool millimetres)
    {
        // Each of the colors of the scale is a path of the drawing.
        const int Paths = 9;
        var layers = new Layers(image, map.Patches, map.Index, 1, Paths, millimetres);
        var figure = layers.Ground($"{map.Class.Name} by {map.Patches.Table.Model} on {Path.GetFileName(map.Source)} at {map.Frame.Resolution}");
        return layers.Rest(layers.Add(figure, 0, map.Class, null, $"probability of {map.Class.Name}", alpha), rest, alpha);
    }

    /// <summary>The cells of a map with their class and its mean probability.</summary>
    sealed class Layers
    {
        readonly Raster _image;
        readonly MapAxis _x, _y;
        readonly int[] _best;
        readonly float[] _mean;
        readonly string _unit;
        readonly double _pixel, _unitX, _unitY;

        internal Layers(Raster image, PlacedPatches patches, int first, int classes, int layers, bool millimetres)
        {
            _image = image;
            (_x, _y) = patches.Axes(LayerCells / Math.Max(1, layers));
            (_best, _mean) = (new int[_x.Count * _y.Count], new float[_x.Count * _y.Count]);
            new Averages(patches, _x, _y, first, classes).ForEachRow((row, best, mean) =>
            {
                best.CopyTo(_best.AsSpan(row * _x.Count));
                mean.CopyTo(_mean.AsSpan(row * _x.Count));
            });
            double whole = patches.Frame.Level0.Width;
            if (millimetres)
                whole *= patches.Frame.At(Resolution.Baseline(1)).Mpp is { } mpp ? mpp.X / 1000
                    : throw new BadInputException($"axes in mm over {patches.Source.Name}, of which microns per pixel are not known: give them when opening it (mpp: 0.25), or leave the axes in px of level 0");
            _unit = millimetres ? "mm" : "px of level 0";
            _pixel = whole / image.Width;
            (_unitX, _unitY) = (whole / patches.Frame.Size.Width, _pixel * image.Height / patches.Frame.Size.Height);
        }

        internal Figure Ground(string title) => new Figure(title).Image(_image, _pixel).X("x", _unit).Y("y", _unit);

        internal Figure Rest(Figure figure, string? color, double alpha) => color is null ? figure : Add(figure, -1, new("not predicted", "not predicted", color), color, "", alpha);

        /// <summary>The figure with the cells of one class more; only as much of the map as these span.</summary>
        internal Figure Add(Figure figure, int best, ClassInfo name, string? color, string value, double alpha)
        {
            var (x0, x1, y0, y1) = (_x.Count, 0, _y.Count, 0);
            for (var y = 0; y < _y.Count; y++)
                if (_best.AsSpan(y * _x.Count, _x.Count) is var row && row.IndexOf(best) is >= 0 and var from)
                    (x0, x1, y0, y1) = (Math.Min(x0, from), Math.Max(x1, row.LastIndexOf(best) + 1), Math.Min(y0, y), y + 1);
            if (x1 == 0)
                return figure;
            var values = new float[y1 - y0, x1 - x0];
            for (var y = y0; y < y1; y++)
                for (var x = x0; x < x1; x++)
                    values[y - y0, x - x0] = _best[y * _x.Count + x] != best ? float.NaN : best < 0 ? 0 : _mean[y * _x.Count + x];
            return figure.Cells(name.Name, name.Title, color, value,
                Array.ConvertAll(_x.Edges[x0..(x1 + 1)], edge => edge * _unitX), Array.ConvertAll(_y.Edges[y0..(y1 + 1)], edge => edge * _unitY), values, alpha);
        }
    }
}
