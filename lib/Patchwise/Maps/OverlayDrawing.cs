namespace Patchwise;

/// <summary>One class of a map as cells over the image, between edges in the drawing's units.</summary>
/// <param name="Color">Of all cells; null: each in its value's color of <see cref="Overlay.Scale"/>.</param>
/// <param name="Value">What the values are; empty where they say nothing.</param>
/// <param name="Values">0 to 1, indexed [y, x]; NaN where there is no cell.</param>
public sealed record OverlayLayer(ClassInfo Class, string? Color, string Value, double[] X, double[] Y, float[,] Values)
{
    /// <summary>For each cell the rows of the predictions that it shows, such as "row 17"; null where the map has more than 10,000 cells.</summary>
    public string[,]? Rows { get; init; }
}

/// <summary>
/// What an overlay is drawn of: the image, shrunk to at most 1024 px a side, and the layers over it, which together have at most 400,000 cells.
/// </summary>
/// <param name="Pixel">Side of a px of <paramref name="Ground"/> in <paramref name="Unit"/>.</param>
/// <param name="Unit">px of level 0, or mm.</param>
/// <param name="Level0">Px of level 0 in a unit.</param>
/// <param name="Outline">See <see cref="OverlayOptions.Outline"/>.</param>
public sealed record OverlayDrawing(string Title, Raster Ground, double Pixel, string Unit, double Level0, double Alpha, bool Outline,
    IReadOnlyList<OverlayLayer> Layers)
{
    const long MostCells = 400_000, MostNamed = 10_000;

    internal static OverlayDrawing Of(Raster image, PredictionMap map, string?[] colors, double alpha, OverlayOptions options)
    {
        var present = map.Shares.Index().Where(share => share.Item.Pixels > 0).Select(share => share.Index).ToArray();
        var cells = new Cells(image, map.Patches, 0, map.Classes.Count, present.Length, options.Millimetres);
        var value = map.Patches.Table.HasProbabilities ? "mean probability" : "share of patches";
        return cells.Drawing("Classes of the patches", alpha, options,
            [.. present.Select(k => cells.Of(k, map.Classes[k], colors[k], value)), cells.Rest(options.Rest)]);
    }

    internal static OverlayDrawing Of(Raster image, ProbabilityMap map, double alpha, OverlayOptions options)
    {
        var cells = new Cells(image, map.Patches, map.Index, 1, 1, options.Millimetres);
        return cells.Drawing($"Probability of {map.Class.Title}", alpha, options,
            [cells.Of(0, map.Class, null, $"probability of {map.Class.Name}"), cells.Rest(options.Rest)]);
    }

    /// <summary>The cells of a map with their class and its mean probability.</summary>
    sealed class Cells
    {
        readonly Raster _image;
        readonly MapAxis _x, _y;
        readonly int[] _best;
        readonly float[] _mean;
        readonly string _unit;
        readonly double _pixel, _unitX, _unitY, _level0;
        readonly List<int>[]? _rows;

        internal Cells(Raster image, PlacedPatches patches, int first, int classes, int layers, bool? inMillimetres)
        {
            _image = image;
            (_x, _y) = patches.Axes(MostCells / Math.Max(1, layers));
            (_best, _mean) = (new int[_x.Count * _y.Count], new float[_x.Count * _y.Count]);
            new Averages(patches, _x, _y, first, classes).ForEachRow((row, best, mean) =>
            {
                best.CopyTo(_best.AsSpan(row * _x.Count));
                mean.CopyTo(_mean.AsSpan(row * _x.Count));
            }, CancellationToken.None);
            if (_best.Length <= MostNamed)
                _rows = Rows(patches);
            double whole = patches.Frame.Level0.Width;
            var millimetres = inMillimetres ?? patches.Frame.Mpp is not null;
            if (millimetres)
                whole *= patches.Frame.At(Resolution.Baseline(1)).Mpp is { } mpp ? mpp.X / 1000
                    : throw new BadInputException(
                        $"axes in mm over {patches.Source.Name}, of which microns per pixel are not known: give them when opening it (mpp: 0.25), or leave "
                            + $"the axes in px of level 0");
            _unit = millimetres ? "mm" : "px of level 0";
            (_pixel, _level0) = (whole / image.Width, patches.Frame.Level0.Width / whole);
            (_unitX, _unitY) = (whole / patches.Frame.Size.Width, _pixel * image.Height / patches.Frame.Size.Height);
        }

        internal OverlayDrawing Drawing(string title, double alpha, OverlayOptions options, OverlayLayer?[] layers) =>
            new(options.Title ?? title, _image, _pixel, _unit, _level0, alpha, options.Outline, [.. layers.OfType<OverlayLayer>()]);

        List<int>[] Rows(PlacedPatches patches)
        {
            List<int>[] rows = [.. _best.Select(_ => new List<int>())];
            int[] xs = _x.CountsBefore(), ys = _y.CountsBefore();
            foreach (var (row, box) in patches.Boxes.Index())
                for (var y = ys[box.Y0]; y < ys[box.Y1]; y++)
                    for (var x = xs[box.X0]; x < xs[box.X1]; x++)
                        rows[y * _x.Count + x].Add(row);
            return rows;
        }

        internal OverlayLayer? Rest(string? color) => color is null ? null : Of(-1, new("not predicted", "not predicted", color), color, "");

        /// <summary>The cells of one class, as much of the map as these span; null where there are none.</summary>
        internal OverlayLayer? Of(int best, ClassInfo name, string? color, string value)
        {
            var (x0, x1, y0, y1) = (_x.Count, 0, _y.Count, 0);
            for (var y = 0; y < _y.Count; y++)
                if (_best.AsSpan(y * _x.Count, _x.Count) is var row && row.IndexOf(best) is >= 0 and var from)
                    (x0, x1, y0, y1) = (Math.Min(x0, from), Math.Max(x1, row.LastIndexOf(best) + 1), Math.Min(y0, y), y + 1);
            if (x1 == 0)
                return null;
            var values = new float[y1 - y0, x1 - x0];
            for (var y = y0; y < y1; y++)
                for (var x = x0; x < x1; x++)
                    values[y - y0, x - x0] = _best[y * _x.Count + x] != best ? float.NaN : best < 0 ? 0 : _mean[y * _x.Count + x];
            string[,]? named = _rows is null || best < 0 ? null : new string[y1 - y0, x1 - x0];
            for (var i = 0; i < named?.Length; i++)
            {
                var (y, x) = (i / (x1 - x0), i % (x1 - x0));
                if (!float.IsNaN(values[y, x]) && _rows![(y + y0) * _x.Count + x + x0] is var rows)
                    named[y, x] = $"row{(rows.Count == 1 ? "" : "s")} {string.Join(", ", rows.Take(4))}{(rows.Count > 4 ? ", ..." : "")}";
            }
            return new(name, Palette.Checked(color), value, Array.ConvertAll(_x.Edges[x0..(x1 + 1)], edge => edge * _unitX),
                Array.ConvertAll(_y.Edges[y0..(y1 + 1)], edge => edge * _unitY), values)
            { Rows = named };
        }
    }
}
