namespace Patchwise;

/// <summary>The strips or tiles of an open TIFF file, each decoded on its own. A strip is as wide as the image.</summary>
sealed class TiffBlocks
{
    readonly LibTiff.Document _document;
    readonly TiffLayout _layout;
    readonly TiffRows _rows;
    readonly string _name;
    readonly bool _tiled;
    readonly int _rowBytes;
    byte[] _buffer = [];

    /// <summary>Of a block; those at the right and bottom edge may reach over it.</summary>
    internal PixelSize Size { get; }
    internal int Across => (_layout.Width - 1) / Size.Width + 1;
    internal int Down => (_layout.Height - 1) / Size.Height + 1;
    internal int Planes => _layout.Planes ? _layout.Samples : 1;

    /// <exception cref="BadInputException">The file states blocks that cannot be, or of more than <paramref name="maxPixels"/>.</exception>
    internal TiffBlocks(LibTiff.Document document, TiffLayout layout, string name, long maxPixels)
    {
        (_document, _layout, _name, _tiled) = (document, layout, name, LibTiff.IsTiled(document));
        Size = _tiled ? new((int)Math.Min(LibTiff.UInt32(document, TiffTag.TileWidth), int.MaxValue),
            (int)Math.Min(LibTiff.UInt32(document, TiffTag.TileHeight), int.MaxValue))
            : new(layout.Width, (int)Math.Clamp(LibTiff.UInt32(document, TiffTag.RowsPerStrip), 1, (uint)layout.Height));
        if (Size.Width < 1 || Size.Height < 1)
            throw new BadInputException($"{name}: a TIFF with tiles of {Size} px is damaged: get the file again");
        if (_tiled)
            (layout.Info with { Size = Size }).CheckPixels($"{name}: a tile", maxPixels);
        _rows = new(document, layout, Size.Width);
        _rowBytes = layout.RowBytes(Size.Width);
        long expected = (long)Size.Height * _rowBytes, found = _tiled ? LibTiff.TileBytes(document) : LibTiff.StripBytes(document);
        // libtiff writes blocks of its own reckoning: where that is not ours, nothing is read.
        if (found != expected || expected > Array.MaxLength)
            throw new BadInputException($"{name}: a TIFF in blocks of {found} bytes, where its tags ask for {expected}: get the file again, or save it anew");
    }

    /// <summary>Decodes a block and places it in a raster with its corner at (x, y); what lies outside the raster is left out.</summary>
    /// <exception cref="BadInputException">It is damaged or missing.</exception>
    internal void Read(int plane, int column, int row, Raster raster, int x, int y)
    {
        var (block, top) = ((uint)(((long)plane * Down + row) * Across + column), row * Size.Height);
        var rows = Math.Min(Size.Height, _layout.Height - top);
        var inPlace = !_tiled && _layout.IsDirect && raster.Width == Size.Width;
        if (!inPlace && _buffer.Length == 0)
            _buffer = new byte[Size.Height * _rowBytes];
        var pixels = inPlace ? raster.Data.Slice(y * _rowBytes, rows * _rowBytes) : _tiled ? _buffer : _buffer.AsSpan(0, rows * _rowBytes);
        if (!(_tiled ? LibTiff.ReadTile(_document, block, pixels) : LibTiff.ReadStrip(_document, block, pixels)))
            throw Damaged(_document, _layout, top, _name);
        if (!inPlace)
            for (var i = 0; i < Math.Min(rows, raster.Height - y); i++)
                _rows.Place(pixels.Slice(i * _rowBytes, _rowBytes), plane, raster, x, y + i, Math.Min(Size.Width, raster.Width - x));
    }

    internal static BadInputException Damaged(LibTiff.Document document, TiffLayout layout, int rows, string name) =>
        new($"{name}: a TIFF that is damaged or cut short after {rows} of {layout.Height} rows ({document.Source.Problem ?? "no reason given"}): get the "
        + $"file again");
}
