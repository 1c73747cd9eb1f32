using System.Text;
using static Patchwise.FigureLayout;

namespace Patchwise;

/// <summary>The static drawing of a figure.</summary>
static class FigureSvg
{
    internal static string Draw(Figure figure, double device = 0)
    {
        var layout = new FigureLayout(figure);
        var svg = new SvgText(device).BeginDrawing(layout.Width, layout.Height, figure.Title is "" ? "figure" : figure.Title);
        foreach (var (i, line) in layout.Title.Index())
            svg.Text(Margin, 14 + 16 + i * 22, line, TitleSize, bold: true);
        foreach (var entry in layout.Legend)
        {
            Swatch(svg, entry);
            svg.Text(entry.X + 26, entry.Y + 13, entry.Name, TickSize);
        }
        foreach (var panel in layout.Panels)
            DrawPanel(svg, panel);
        return svg.End("svg").ToString();
    }

    static void DrawPanel(SvgText svg, PanelLayout at)
    {
        var panel = at.Panel;
        svg.Text(at.Left, at.TitleAt, TextWidth.Cut(panel.Title, at.Width + 10, PanelTitleSize, bold: true), PanelTitleSize, bold: true);
        if (!panel.IsHeat && !panel.IsImage)
            Grid(svg, at);
        // A drawing within the drawing cuts at its edge and needs no id, which could clash with another figure's on the page.
        svg.Begin("svg", "x", at.Left, "y", at.Top, "width", at.Width, "height", at.Height, "viewBox", string.Join(' ', ((double[])[at.Left, at.Top, at.Width, at.Height]).Select(SvgText.Number)));
        foreach (var image in panel.Marks.OfType<ImageMark>())
            SvgImage.Draw(svg, image.Image, at.PxX(0), at.PxY(0), at.PxX(image.Image.Width * image.Pixel) - at.PxX(0), at.PxY(image.Image.Height * image.Pixel) - at.PxY(0), image.Opacity);
        var bars = panel.Marks.OfType<BarsMark>().ToArray();
        foreach (var (mark, color) in panel.Colored().Where(item => item.Mark is not RuleMark))
            switch (mark)
            {
                case BinsMark bins: Bins(svg, at, bins, color); break;
                case BarsMark one: Bars(svg, at, one, color, Array.IndexOf(bars, one), bars.Length); break;
                case CurveMark curve: Curve(svg, at, curve, color); break;
                case PointsMark points:
                    foreach (var (x, y) in points.X.Zip(points.Y))
                        if (at.X.Holds(x) && at.Y.Holds(y))
                            svg.Element("circle", "cx", at.PxX(x), "cy", at.PxY(y), "r", PointSize(points) / 2, "fill", color, "fill-opacity", 0.75);
                    break;
                case HeatMark heat: Heat(svg, at, heat); break;
                case CellsMark cells: Cells(svg, at, cells); break;
                case BoxesMark boxes:
                    foreach (var box in boxes.Boxes)
                        Rect(svg, at.PxX(box.X0), at.PxY(box.Y0), at.PxX(box.X1), at.PxY(box.Y1), boxes.Fill > 0 ? color : "none", boxes.Fill, color, 2);
                    break;
            }
        foreach (var (mark, color) in panel.Colored())
            if (mark is RuleMark rule)
            {
                var (x0, y0, x1, y1) = rule.Vertical ? (at.PxX(rule.At), at.Top, at.PxX(rule.At), at.Bottom) : (at.Left, at.PxY(rule.At), at.Right, at.PxY(rule.At));
                svg.Element("line", "x1", x0, "y1", y0, "x2", x1, "y2", y1, "stroke", color, "stroke-width", 2, "stroke-dasharray", rule.Dashed ? "7 5" : null);
            }
        if (IsEmpty(panel))
            svg.Text(at.Left + at.Width / 2, at.Top + at.Height / 2, "no data", AxisSize, "middle", Palette.Muted);
        svg.End("svg");
        Frame(svg, at);
        if (at.ColorBar > 0)
            ColorBar(svg, at);
        RuleLabels(svg, at);
    }

    /// <summary>Nothing was given to draw, or only empty series.</summary>
    internal static bool IsEmpty(Panel panel) => panel.Marks.All(mark => mark switch
    {
        BinsMark bins => bins.Counts.All(count => count == 0),
        BarsMark bars => bars.Labels.Length == 0,
        CurveMark curve => curve.X.Length == 0,
        PointsMark points => points.X.Length == 0,
        RuleMark => true,
        BoxesMark boxes => boxes.Boxes.Length == 0,
        _ => false,
    });

    static void Grid(SvgText svg, PanelLayout at)
    {
        if (at.Y.Labels is null)
            foreach (var (tick, _) in at.Y.Ticks)
                svg.Element("line", "x1", at.Left, "y1", at.PxY(tick), "x2", at.Right, "y2", at.PxY(tick), "stroke", Palette.Grid);
        if (at.X.Labels is null)
            foreach (var (tick, _) in at.X.Ticks)
                svg.Element("line", "x1", at.PxX(tick), "y1", at.Top, "x2", at.PxX(tick), "y2", at.Bottom, "stroke", Palette.Grid);
    }

    static void Frame(SvgText svg, PanelLayout at)
    {
        var panel = at.Panel;
        if (panel.IsImage)
            svg.Element("rect", "x", at.Left, "y", at.Top, "width", at.Width, "height", at.Height, "fill", "none", "stroke", Palette.Frame);
        else if (!panel.IsHeat)
            svg.Element("path", "d", $"M{SvgText.Number(at.Left)} {SvgText.Number(at.Top)}V{SvgText.Number(at.Bottom)}H{SvgText.Number(at.Right)}", "fill", "none", "stroke", Palette.Frame);

        var free = double.NegativeInfinity;
        foreach (var (tick, text) in at.X.Ticks)
        {
            var x = at.PxX(tick);
            if (at.X.Labels is null)
                svg.Element("line", "x1", x, "y1", at.Bottom, "x2", x, "y2", at.Bottom + 4, "stroke", Palette.Frame);
            var half = TextWidth.Of(text, TickSize) / 2;
            if (at.Slanted)
                svg.Text(x + 4, at.Bottom + 14, TextWidth.Cut(text, 150, TickSize), TickSize, "end", turn: -35);
            else if (x - half > free || at.X.Labels is not null)
            {
                svg.Text(x, at.Bottom + 17, text, TickSize, "middle");
                free = x + half + 4;
            }
        }
        free = double.PositiveInfinity;
        foreach (var (tick, text) in at.Y.Ticks)
        {
            var y = at.PxY(tick);
            if (Math.Abs(y - free) < 14 && at.Y.Labels is null)
                continue;
            svg.Text(at.Left - 7, y + 4.5, TextWidth.Cut(text, at.Y.Labels is null ? 140 : 200, TickSize), TickSize, "end");
            free = y;
        }
        svg.Text(at.Left + at.Width / 2, at.XTitleAt, TextWidth.Cut(panel.X.Text, at.Width + 40, AxisSize), AxisSize, "middle");
        svg.Text(at.YTitleAt, at.Top + at.Height / 2, TextWidth.Cut(panel.Y.Text, at.Height + 40, AxisSize), AxisSize, "middle", turn: -90);
        if (FigureSummary.Outside(panel) is { } note)
            svg.Text(at.Right, at.XTitleAt + (panel.X.Text is "" ? 0 : Row + 2), note, TickSize - 1, "end", Palette.Muted);
    }

    static void RuleLabels(SvgText svg, PanelLayout at)
    {
        foreach (var (_, text, color, row, centre) in at.Above)
            Label(svg, centre - TextWidth.Of(text, TickSize) / 2, at.Top - 7 - row * Row, text, color, ground: false);
        foreach (var (_, text, color, x, y) in HorizontalLabels(at))
            Label(svg, x, y, text, color, ground: true);
    }

    /// <summary>Left ends and base lines of the labels of horizontal lines: above their right end, moved left where two would touch.</summary>
    internal static IEnumerable<(RuleMark Rule, string Text, string Color, double X, double Y)> HorizontalLabels(PanelLayout at)
    {
        List<(double X, double Y)> placed = [];
        foreach (var (mark, color) in at.Panel.Colored())
            if (mark is RuleMark { Vertical: false, Name: not "" } rule && at.Y.Holds(rule.At))
            {
                var y = at.PxY(rule.At) - 6;
                if (y < at.Top + 12)
                    y = at.PxY(rule.At) + 17;
                var right = placed.Where(other => Math.Abs(other.Y - y) < 17).Select(other => other.X - 14).DefaultIfEmpty(at.Right - 6).Min();
                var text = LineLabel(rule.Name, at.Width);
                var x = right - TextWidth.Of(text, TickSize);
                placed.Add((x, y));
                yield return (rule, text, color, x, y);
            }
    }

    static void Label(SvgText svg, double x, double y, string text, string color, bool ground)
    {
        if (ground)
            svg.Element("rect", "x", x - 12, "y", y - 12.5, "width", TextWidth.Of(text, TickSize) + 14, "height", 16.5, "fill", "#ffffff", "fill-opacity", 0.8);
        if (color != Palette.Ink)
            svg.Element("rect", "x", x - 10, "y", y - 9, "width", 8, "height", 8, "fill", color);
        svg.Text(x + 1, y, text, TickSize);
    }

    static void Swatch(SvgText svg, LegendEntry entry)
    {
        var (x, y) = (entry.X, entry.Y + 8.5);
        switch (entry.Mark)
        {
            case CurveMark curve:
                if (curve.Lower is not null)
                    svg.Element("rect", "x", x, "y", y, "width", 20, "height", 6, "fill", entry.Color, "fill-opacity", 0.25);
                svg.Element("line", "x1", x, "y1", y, "x2", x + 20, "y2", y, "stroke", entry.Color, "stroke-width", 2.5, "stroke-dasharray", curve.Dashed ? "6 4" : null);
                break;
            case PointsMark:
                svg.Element("circle", "cx", x + 12, "cy", y, "r", 4.5, "fill", entry.Color);
                break;
            case BoxesMark boxes:
                svg.Element("rect", "x", x + 5, "y", y - 6, "width", 13, "height", 12, "fill", entry.Color, "fill-opacity", boxes.Fill, "stroke", entry.Color, "stroke-width", 2);
                break;
            case CellsMark cells:
                svg.Element("rect", "x", x + 5, "y", y - 6, "width", 13, "height", 12, "fill", entry.Color, "fill-opacity", cells.Opacity);
                break;
            default:
                svg.Element("rect", "x", x + 5, "y", y - 6, "width", 13, "height", 12, "fill", entry.Color);
                break;
        }
    }

    static void Bins(SvgText svg, PanelLayout at, BinsMark bins, string color)
    {
        var alone = at.Panel.Marks.Count(mark => mark is BinsMark) == 1;
        for (var i = 0; i < bins.Counts.Length; i++)
            if (bins.Counts[i] > 0)
                Rect(svg, at.PxX(bins.Edges[i]), Base(at), at.PxX(bins.Edges[i + 1]), at.PxY(bins.Counts[i]), color, alone ? 1 : 0.6, "#ffffff", 0.5);
    }

    static void Bars(SvgText svg, PanelLayout at, BarsMark bars, string color, int place, int count)
    {
        var names = (bars.Horizontal ? at.Y.Labels : at.X.Labels)!;
        var wide = BarPlace.Width(count);
        for (var i = 0; i < bars.Labels.Length; i++)
        {
            var value = bars.Values[i];
            if (double.IsNaN(value))
                continue;
            var low = Array.IndexOf(names, bars.Labels[i]) + BarPlace.Offset(place, count);
            if (bars.Horizontal)
                Rect(svg, at.X.Log ? at.Left : at.PxX(0), at.PxY(low), at.PxX(value), at.PxY(low + wide), color, 1, null, 0);
            else
                Rect(svg, at.PxX(low), Base(at), at.PxX(low + wide), at.PxY(value), color, 1, null, 0);
            if (!BarPlace.Labelled(at))
                continue;
            if (bars.Horizontal)
                svg.Text(at.PxX(value) + (value < 0 ? -5 : 5), at.PxY(low + wide / 2) + 4.5, Ticks.Short(value), TickSize, value < 0 ? "end" : "start");
            else
                svg.Text(at.PxX(low + wide / 2), at.PxY(value) + (value < 0 ? 15 : -5), Ticks.Short(value), TickSize, "middle");
        }
    }

    internal static double PointSize(PointsMark points) => points.X.Length > 500 ? 5 : 7;

    static double Base(PanelLayout at) => at.Y.Log ? at.Bottom : Math.Clamp(at.PxY(0), at.Top, at.Bottom);

    static void Curve(SvgText svg, PanelLayout at, CurveMark curve, string color)
    {
        string Path(IEnumerable<(double X, double Y)> points) =>
            "M" + string.Join("L", points.Select(point => $"{SvgText.Number(at.PxX(point.X))} {SvgText.Number(at.PxY(point.Y))}"));
        var runs = Runs.Of(curve);
        if (curve.Lower is not null)
            foreach (var run in runs)
                svg.Element("path", "d", $"{Path(Runs.Outline(run))}Z", "fill", color, "fill-opacity", 0.25);
        foreach (var run in runs)
            if (run.Count > 1)
                svg.Element("path", "d", Path(run.Select(point => (point.X, point.Y))), "fill", "none", "stroke", color, "stroke-width", 2.5, "stroke-linejoin", "round", "stroke-dasharray", curve.Dashed ? "7 5" : null);
        if (curve.Markers || runs.Any(run => run.Count == 1))
            foreach (var (x, y) in curve.X.Zip(curve.Y))
                if (!double.IsNaN(y))
                    svg.Element("circle", "cx", at.PxX(x), "cy", at.PxY(y), "r", 4, "fill", color);
    }

    static void Heat(SvgText svg, PanelLayout at, HeatMark heat)
    {
        var (height, width) = (heat.Values.GetLength(0), heat.Values.GetLength(1));
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                if (double.IsNaN(heat.Values[y, x]))
                    continue;
                var fill = Palette.At((heat.Values[y, x] - heat.From) / (heat.To - heat.From));
                Rect(svg, at.PxX(x - 0.5), at.PxY(y - 0.5), at.PxX(x + 0.5), at.PxY(y + 0.5), fill, 1, "#ffffff", 1);
                if (heat.Text is not null)
                    svg.Text(at.PxX(x), at.PxY(y) + 4.5, heat.Text[y, x], TickSize, "middle", Palette.On(fill));
            }
    }

    /// <summary>One path a color, of rectangles along runs of cells; whole px of the screen, since seams between rectangles would show.</summary>
    static void Cells(SvgText svg, PanelLayout at, CellsMark cells)
    {
        const int Steps = 50;
        int Step(float value) => float.IsNaN(value) ? -1 : cells.Color is null ? (int)Math.Round(Math.Clamp(value, 0, 1) * Steps) : 0;
        var paths = new StringBuilder?[Steps + 1];
        var (height, width) = (cells.Values.GetLength(0), cells.Values.GetLength(1));
        for (var y = 0; y < height; y++)
            for (int x = 0, end; x < width; x = end)
            {
                var step = Step(cells.Values[y, x]);
                for (end = x + 1; end < width && Step(cells.Values[y, end]) == step;)
                    end++;
                if (step < 0)
                    continue;
                var (left, right, top, bottom) = (at.PxX(cells.X[x]), at.PxX(cells.X[end]), at.PxY(cells.Y[y]), at.PxY(cells.Y[y + 1]));
                (paths[step] ??= new()).Append('M').Append(SvgText.Number(left)).Append(' ').Append(SvgText.Number(top))
                    .Append('H').Append(SvgText.Number(right)).Append('V').Append(SvgText.Number(bottom)).Append('H').Append(SvgText.Number(left)).Append('Z');
            }
        foreach (var (step, path) in paths.Index())
            if (path is not null)
                svg.Element("path", "d", path, "fill", cells.Color ?? Palette.HeatAt(step / (double)Steps), "fill-opacity", cells.Opacity, "shape-rendering", "crispEdges");
    }

    static void ColorBar(SvgText svg, PanelLayout at)
    {
        var (name, from, to, color) = at.Panel.Marks.OfType<HeatMark>().FirstOrDefault() is { } heat
            ? (heat.Name, heat.From, heat.To, (Func<double, string>)Palette.At)
            : (at.Panel.Marks.OfType<CellsMark>().First().Value, 0, 1, Palette.HeatAt);
        var (x, steps) = (at.Right + 16, 60);
        for (var i = 0; i < steps; i++)
            svg.Element("rect", "x", x, "y", at.Top + i * at.Height / steps, "width", 14, "height", at.Height / steps + 0.5, "fill", color(1 - (i + 0.5) / steps));
        foreach (var tick in Ticks.Linear(from, to, 5))
            svg.Text(x + 20, at.Bottom - (tick - from) / (to - from) * at.Height + 4.5, Ticks.Text(tick), TickSize);
        svg.Text(x + 72, at.Top + at.Height / 2, TextWidth.Cut(name, at.Height + 40, TickSize), TickSize, "middle", turn: -90);
    }

    static void Rect(SvgText svg, double x0, double y0, double x1, double y1, string fill, double opacity, string? stroke, double width) =>
        svg.Element("rect", "x", Math.Min(x0, x1), "y", Math.Min(y0, y1), "width", Math.Abs(x1 - x0), "height", Math.Abs(y1 - y0), "fill", fill,
            "fill-opacity", opacity is > 0 and < 1 ? opacity : null, "stroke", stroke, "stroke-width", stroke is null ? null : width);
}

/// <summary>Where the bars of several series stand around their label, in label widths.</summary>
static class BarPlace
{
    internal static double Width(int count) => 0.8 / count;

    internal static double Offset(int place, int count) => -0.4 + place * Width(count);

    /// <summary>The numbers are written at the bars where there is room for them.</summary>
    internal static bool Labelled(PanelLayout at)
    {
        var bars = at.Panel.Marks.OfType<BarsMark>().ToArray();
        var wide = bars.SelectMany(mark => mark.Values).Where(double.IsFinite).Select(value => TextWidth.Of(Ticks.Short(value), TickSize)).DefaultIfEmpty(0).Max();
        return bars.Any(mark => mark.Horizontal)
            ? at.Height / at.Y.Labels!.Length * Width(bars.Length) >= 13
            : at.Width / Math.Max(1, at.X.Labels!.Length) * Width(bars.Length) >= wide + 2;
    }
}
