namespace Patchwise;

/// <summary>One panel's place, px from the figure's top left corner: the plot area between the axes, and what was decided around it.</summary>
sealed record PanelLayout(Panel Panel, double Left, double Top, double Width, double Height, AxisView X, AxisView Y, bool Slanted, double XTitleAt, double YTitleAt, double TitleAt)
{
    public double Right => Left + Width;
    public double Bottom => Top + Height;

    /// <summary>Vertical lines with the row of their label (0 nearest to the plot) and its centre.</summary>
    public required (RuleMark Rule, string Text, string Color, int Row, double Centre)[] Above { get; init; }

    /// <summary>What the colors of a heat map mean takes this much space on the right; 0 where the cells say it.</summary>
    public double ColorBar { get; init; }

    public double PxX(double value) => Left + X.Share(value) * Width;
    public double PxY(double value) => Bottom - Y.Share(value) * Height;
}

/// <summary>An entry of the legend.</summary>
sealed record LegendEntry(string Name, string Color, Mark Mark, double X, double Y);

/// <summary>
/// Places everything once, in px, for both drawings of a figure: title, legend and panels from the top down. Nothing is placed over data:
/// the legend stands above the panels, labels of vertical lines above the plot, in as many rows as they need.
/// </summary>
sealed class FigureLayout
{
    internal const double Margin = 16, TickSize = 13, AxisSize = 14, TitleSize = 17, PanelTitleSize = 15, Row = 18;
    const double Gap = 28, ColorBarWidth = 92, SlantSin = 0.5736, SlantCos = 0.8192, ButtonsWidth = 90;

    internal double Width { get; }
    internal double Height { get; private set; }
    internal string[] Title { get; }
    internal LegendEntry[] Legend { get; }
    internal double LegendTop { get; }
    internal PanelLayout[] Panels { get; }

    internal FigureLayout(Figure figure)
    {
        var columns = figure.Columns;
        var rows = (figure.Panels.Length + columns - 1) / columns;
        Width = figure.Width ?? (columns == 1 ? Natural(figure.Panels) : Math.Min(1120, Math.Max(columns * 360, figure.Panels.Max(panel => Natural([panel])) * columns)));
        Title = figure.Title is "" ? [] : TextWidth.Wrap(figure.Title, Width - 2 * Margin - ButtonsWidth, TitleSize, bold: true);
        LegendTop = Title.Length > 0 ? 14 + Title.Length * 22 + 4 : 10;
        var outer = (Width - 2 * Margin + 4 - Gap * (columns - 1)) / columns;
        var sketches = figure.Panels.Select(panel => new Sketch(panel, outer)).ToArray();
        // plotly.js breaks the legend at the right edge of the plots, and those of images are narrower in less height.
        (Legend, Panels) = ([], []);
        for (double right = Width - Margin, last = 0; right != last;)
        {
            (Legend, last) = (PlaceLegend(figure, right), right);
            Panels = PlacePanels(figure, sketches, rows, outer, out var bottom);
            Height = figure.Height ?? Math.Ceiling(bottom + 8);
            right = Math.Min(right, Panels.Max(panel => panel.Right));
        }
    }

    PanelLayout[] PlacePanels(Figure figure, Sketch[] sketches, int rows, double outer, out double bottom)
    {
        var columns = figure.Columns;
        var top = Legend.Length > 0 ? Legend[^1].Y + Row + 6 : LegendTop;
        // A height that was asked for is shared by the rows after what stands around the plots.
        double? given = figure.Height is { } height
            ? (height - top - sketches.Chunk(columns).Sum(row => row.Max(s => s.Above) + row.Max(s => s.Below))) / rows
            : null;
        if (given < 40)
            throw new BadInputException($"a figure {figure.Height} px high leaves no room for its plots beside titles and labels: expected more, or Size(width) alone");
        List<PanelLayout> placed = [];
        foreach (var (y, row) in sketches.Chunk(columns).Index())
        {
            var (above, below) = (row.Max(s => s.Above), row.Max(s => s.Below));
            var plot = given ?? row.Max(s => s.PlotHeight);
            foreach (var (x, sketch) in row.Index())
                placed.Add(sketch.Place(Margin - 2 + x * (outer + Gap), top + above, plot, given is not null));
            top += above + plot + below;
        }
        bottom = top;
        return [.. placed];
    }

    static double Natural(IEnumerable<Panel> panels) => panels.Max(panel => panel switch
    {
        { IsHeat: true } => Math.Clamp(CellSize(panel) * panel.XLabels!.Length + 170, 420, 980),
        _ => 720,
    });

    /// <summary>Wide enough for the text of every cell.</summary>
    static double CellSize(Panel panel)
    {
        var widest = panel.Marks.OfType<HeatMark>().SelectMany(heat => heat.Text?.Cast<string>() ?? []).Select(text => TextWidth.Of(text, TickSize)).DefaultIfEmpty(0).Max();
        return Math.Max(panel.XLabels!.Length > 20 ? 22 : 50, widest + 10);
    }

    /// <summary>The label of a marked line, as much of it as leaves room for others.</summary>
    internal static string LineLabel(string name, double plotWidth) => TextWidth.Cut(name, Math.Max(60, plotWidth * 0.6), TickSize);

    LegendEntry[] PlaceLegend(Figure figure, double right)
    {
        var (x, y) = (Margin, LegendTop);
        List<LegendEntry> entries = [];
        foreach (var (mark, color) in figure.Panels.SelectMany(panel => panel.Colored()))
        {
            if (mark.Name is "" || mark is HeatMark or RuleMark or ImageMark or CellsMark { Color: null } || entries.Any(entry => (entry.Name, entry.Color) == (mark.Name, color)))
                continue;
            var name = TextWidth.Cut(mark.Name, right - Margin - 30, TickSize);
            var wide = 26 + TextWidth.Of(name, TickSize) + 18;
            if (x > Margin && x + wide > right)
                (x, y) = (Margin, y + Row);
            entries.Add(new(name, color, mark, x, y));
            x += wide;
        }
        return [.. entries];
    }

    /// <summary>A panel before its height is known: what stands left, right, above and below of its plot.</summary>
    sealed class Sketch
    {
        readonly Panel _panel;
        readonly AxisView _x;
        readonly double _left, _right, _width, _tickDepth;
        readonly bool _slanted;
        readonly (RuleMark Rule, string Text, string Color, int Row, double Centre)[] _labels;

        internal double Above { get; }
        internal double Below { get; }
        internal double PlotHeight { get; }

        internal Sketch(Panel panel, double outer)
        {
            _panel = panel;
            var y = AxisView.Of(panel, isX: false, 6);
            var labelled = y.Ticks.Select(tick => TextWidth.Of(tick.Text, TickSize)).DefaultIfEmpty(0).Max();
            _left = Math.Min(labelled, y.Labels is null ? 140 : 200) + 10 + (panel.Y.Text is "" ? 0 : 24);
            ColorBar = panel.Marks.Any(mark => mark is HeatMark { Text: null } or CellsMark { Color: null }) ? ColorBarWidth : 0;
            // The numbers at the ends of horizontal bars stand beyond the axis.
            var numbers = panel.Marks.OfType<BarsMark>().Where(bars => bars.Horizontal).SelectMany(bars => bars.Values).Where(double.IsFinite).Select(value => TextWidth.Of(Ticks.Short(value), TickSize)).DefaultIfEmpty(6).Max();
            _right = 8 + numbers + ColorBar;
            _width = outer - _left - _right;
            if (panel.IsHeat)
                _width = Math.Min(_width, panel.XLabels!.Length * Math.Max(CellSize(panel), 50) * 1.3);
            if (_width < 60)
                throw new BadInputException($"a panel {outer:0} px wide leaves no room for its plot beside the labels: expected a wider figure (Size) or fewer panels in a row");

            _x = AxisView.Of(panel, isX: true, (int)(_width / 80));
            for (var wanted = (int)(_width / 80); wanted > 2 && panel.X.Ticks is null && Widest(_x) + 14 > Spacing(_x); wanted--)
                _x = AxisView.Of(panel, isX: true, wanted - 1);
            _slanted = _x.Labels is { } labels && Widest(_x) + 4 > _width / labels.Length;
            _tickDepth = _slanted ? SlantSin * Math.Min(Widest(_x), 150) + 16 : 22;
            if (_slanted)
            {
                var reach = SlantCos * Math.Min(TextWidth.Of(_x.Labels![0], TickSize), 150) - _width / _x.Labels.Length / 2 + 6;
                if (reach > _left)
                    (_width, _left) = (_width - (reach - _left), reach);
            }
            else if (_x.Labels is null && _x.Ticks.Length > 0)
                _right = Math.Max(_right, TextWidth.Of(_x.Ticks[^1].Text, TickSize) / 2 + 4);
            _width = Math.Min(_width, outer - _left - _right);

            _labels = PlaceLabels();
            Above = (panel.Title is "" ? 4 : 26) + (_labels.Length > 0 ? (_labels.Max(label => label.Row) + 1) * Row + 2 : 6);
            Below = _tickDepth + (panel.X.Text is "" ? 4 : 24) + (FigureSummary.Outside(panel) is null ? 0 : Row + 2);
            PlotHeight = panel switch
            {
                { IsImage: true } => Math.Min(720, _width * Math.Abs((AxisView.Of(panel, false, 6) is var v ? v.End - v.Start : 1) / (_x.End - _x.Start))),
                { IsHeat: true } => Math.Max(ColorBar > 0 ? 140 : 0, panel.YLabels!.Length * Math.Clamp(_width / panel.XLabels!.Length, 26, 50)),
                { YLabels: { } names } => Math.Max(90, names.Length * Math.Max(30, 20 * panel.Marks.OfType<BarsMark>().Count() + 10)),
                _ => 300,
            };
        }

        double ColorBar { get; }

        internal PanelLayout Place(double left, double top, double height, bool fill)
        {
            var (plotWidth, plotHeight) = (_width, fill || !_panel.IsHeat && !_panel.IsImage ? height : PlotHeight);
            if (_panel.IsImage)
            {
                var y = AxisView.Of(_panel, isX: false, 6);
                var px = Math.Min(plotWidth / Math.Abs(_x.End - _x.Start), plotHeight / Math.Abs(y.End - y.Start));
                (plotWidth, plotHeight) = (px * Math.Abs(_x.End - _x.Start), px * Math.Abs(y.End - y.Start));
            }
            var bottom = top + plotHeight;
            return new(_panel, left + _left, top, plotWidth, plotHeight, _x, AxisView.Of(_panel, isX: false, Math.Max(2, (int)(plotHeight / 50))), _slanted,
                bottom + _tickDepth + 15, left + 14, top - Above + 18)
            {
                Above = [.. _labels.Select(label => label with { Centre = label.Centre + left + _left })],
                ColorBar = ColorBar,
            };
        }

        static double Widest(AxisView axis) => axis.Ticks.Select(tick => TextWidth.Of(tick.Text, TickSize)).DefaultIfEmpty(0).Max();

        double Spacing(AxisView axis) => axis.Ticks.Length < 2
            ? _width
            : axis.Ticks.Zip(axis.Ticks.Skip(1), (a, b) => Math.Abs(axis.Share(b.At) - axis.Share(a.At)) * _width).Min();

        /// <summary>Gives each label of a vertical line the lowest row in which it touches no other; one at the edge is moved inwards.</summary>
        (RuleMark, string, string, int, double)[] PlaceLabels()
        {
            List<(RuleMark Rule, string Text, string Color, int Row, double Centre, double Half)> placed = [];
            var rules = _panel.Colored().Where(item => item.Mark is RuleMark { Vertical: true, Name: not "" } rule && _x.Holds(rule.At)).OrderBy(item => ((RuleMark)item.Mark).At);
            foreach (var (mark, color) in rules)
            {
                var rule = (RuleMark)mark;
                var text = LineLabel(rule.Name, _width);
                // Half the text, and room for the colored square before it.
                var half = TextWidth.Of(text, TickSize) / 2 + 7;
                var centre = Math.Clamp(_x.Share(rule.At) * _width, Math.Min(half - _left, _width / 2), Math.Max(_width + _right - half, _width / 2));
                var row = Enumerable.Range(0, placed.Count + 1).First(row => placed.All(other => other.Row != row || Math.Abs(other.Centre - centre) >= other.Half + half));
                placed.Add((rule, text, color, row, centre, half));
            }
            return [.. placed.Select(label => (label.Rule, label.Text, label.Color, label.Row, label.Centre))];
        }
    }
}
