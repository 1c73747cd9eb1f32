namespace Patchwise;

/// <summary>The drawing of a gallery: a table of squares, each holding its image at the largest size that fits, with caption and true size below.</summary>
static class GallerySvg
{
    const double Margin = 12, Gap = 12, PageWidth = 1120, CaptionSize = 12, CaptionLine = 15;

    internal static string Draw(Gallery gallery, double device = 0)
    {
        var columns = Math.Max(1, Math.Max(gallery.Headers.Length, gallery.Rows.Select(row => row.Cells.Length).DefaultIfEmpty(0).Max()));
        var labels = gallery.Rows.Select(row => TextWidth.Wrap(row.Label, 170, FigureLayout.TickSize)).ToArray();
        var labelWidth = gallery.Rows.All(row => row.Label is "") ? 0 : labels.SelectMany(lines => lines).Max(line => TextWidth.Of(line, FigureLayout.TickSize)) + 14;
        double size = gallery.CellSize ?? Math.Clamp(Math.Floor((PageWidth - 2 * Margin - labelWidth) / columns - Gap), 48, 168);
        var slot = Math.Max(size, 76);
        var width = Math.Max(240, 2 * Margin + labelWidth + columns * (slot + Gap) - Gap);

        var svg = new SvgText(device);
        var y = Margin;
        foreach (var line in gallery.Title is "" ? [] : TextWidth.Wrap(gallery.Title, width - 2 * Margin, FigureLayout.TitleSize, bold: true))
            svg.Text(Margin, (y += 22) - 4, line, FigureLayout.TitleSize, bold: true);
        y = Legend(svg, gallery, width, y);
        double Left(int column) => Margin + labelWidth + column * (slot + Gap);

        var headers = gallery.Headers.Select(header => TextWidth.Wrap(header, slot + Gap - 4, FigureLayout.TickSize, bold: true)).ToArray();
        var headerLines = headers.Select(lines => lines.Length).DefaultIfEmpty(0).Max();
        if (headerLines > 0)
            y += 8;
        foreach (var (column, lines) in headers.Index())
            foreach (var (i, line) in lines.Index())
                svg.Text(Left(column) + slot / 2, y + 13 + (headerLines - lines.Length + i) * 17, line, FigureLayout.TickSize, "middle", bold: true);
        y += headerLines * 17 + 8;

        foreach (var (row, lines) in gallery.Rows.Zip(labels))
        {
            foreach (var (i, line) in lines.Index())
                svg.Text(Margin, y + size / 2 + 4.5 + (i - (lines.Length - 1) / 2.0) * 17, line, FigureLayout.TickSize);
            var captions = row.Cells.Select(cell => Caption(cell, slot)).ToArray();
            foreach (var (column, cell) in row.Cells.Index())
                Cell(svg, cell, captions[column], Left(column) + (slot - size) / 2, y, size);
            y += size + 4 + captions.Select(caption => caption.Length).DefaultIfEmpty(0).Max() * CaptionLine + Gap;
        }
        if (gallery.Rows.Length == 0)
            svg.Text(Margin, (y += 24) - 6, "no images", FigureLayout.TickSize, color: Palette.Muted);
        var height = Math.Ceiling(y + 4);
        return new SvgText().BeginDrawing(width, height, gallery.Title is "" ? "gallery" : gallery.Title).Raw(svg.ToString()).End("svg").ToString();
    }

    static double Legend(SvgText svg, Gallery gallery, double width, double y)
    {
        var named = gallery.Rows.SelectMany(row => row.Cells).SelectMany(cell => cell.Boxes).Where(box => box.Name is not "").Select(box => (box.Name, box.Color)).Distinct().ToArray();
        if (named.Length == 0)
            return y;
        var x = Margin;
        y += 6;
        foreach (var (name, color) in named)
        {
            var wide = 40 + TextWidth.Of(name, FigureLayout.TickSize);
            if (x > Margin && x + wide > width - Margin)
                (x, y) = (Margin, y + FigureLayout.Row);
            svg.Element("rect", "x", x + 1, "y", y + 3, "width", 12, "height", 12, "fill", "none", "stroke", color, "stroke-width", 2.5);
            svg.Text(x + 20, y + 14, name, FigureLayout.TickSize);
            x += wide;
        }
        return y + FigureLayout.Row;
    }

    static string[] Caption(GalleryCell cell, double width) => cell.Image is null
        ? []
        : [.. cell.Caption is "" ? [] : TextWidth.Wrap(cell.Caption, width + Gap - 4, CaptionSize), $"{cell.Image.Size} px"];

    static void Cell(SvgText svg, GalleryCell cell, string[] caption, double left, double top, double size)
    {
        if (cell.Image is not { } image)
        {
            svg.Element("rect", "x", left + 0.5, "y", top + 0.5, "width", size - 1, "height", size - 1, "fill", "#f6f7f8", "stroke", Palette.Grid);
            var words = TextWidth.Wrap(cell.Caption, size - 8, FigureLayout.TickSize);
            foreach (var (i, line) in words.Index())
                svg.Text(left + size / 2, top + size / 2 + 4.5 + (i - (words.Length - 1) / 2.0) * 17, line, FigureLayout.TickSize, "middle", Palette.Muted);
            return;
        }
        var scale = size / Math.Max(image.Width, image.Height);
        var (width, height) = (image.Width * scale, image.Height * scale);
        var (x, y) = (left + (size - width) / 2, top + (size - height) / 2);
        SvgImage.Draw(svg, image, x, y, width, height);
        foreach (var box in cell.Boxes)
        {
            // Cut at the image, so that a box partly outside does not lie over the neighbours.
            var seen = box.Box.Intersect(image.Bounds);
            if (!seen.IsEmpty)
                svg.Element("rect", "x", x + seen.X0 * scale, "y", y + seen.Y0 * scale, "width", seen.Width * scale, "height", seen.Height * scale, "fill", "none", "stroke", box.Color, "stroke-width", box.Width);
        }
        foreach (var (i, line) in caption.Index())
            svg.Text(left + size / 2, top + size + 14 + i * CaptionLine, line, CaptionSize, "middle", i == caption.Length - 1 ? Palette.Muted : Palette.Ink);
    }
}
