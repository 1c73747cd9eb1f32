using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>The strips or tiles of an open TIFF page, each decoded on its own. A strip is as wide as the image.</summary>
sealed class TiffBlocks
{
    readonly LibTiff.Document _document;
    readonly TiffLayout _layout;
    readonly string _name;
    readonly bool _tiled;
    readonly int _rowBytes;
    readonly byte[] _buffer, _unpacked;

    /// <summary>Of a block; those at the right and bottom edge may reach over it.</summary>
    internal PixelSize Size { get; }
    internal int Across => (_layout.Width - 1) / Size.Width + 1;
    internal int Down => (_layout.Height - 1) / Size.Height + 1;

    internal TiffBlocks(LibTiff.Document document, TiffLayout layout, string name, long maxPixels)
    {
        (_document, _layout, _name, _tiled) = (document, layout, name, LibTiff.IsTiled(document));
        Size = _tiled ? new(LibTiff.UInt32(document, TiffTag.TileWidth), LibTiff.UInt32(document, TiffTag.TileHeight))
            : new(layout.Width, LibTiff.UInt32(document, TiffTag.RowsPerStrip) is var rows and > 0 ? Math.Min(rows, layout.Height) : layout.Height);
        if (Size.Width < 1 || Size.Height < 1)
            throw new BadInputException($"{name}: a TIFF with tiles of {Size} px is damaged: get the file again");
        if (_tiled)
            (layout.Info with { Size = Size }).CheckPixels($"{name}: a tile", maxPixels);
        _rowBytes = layout.RowBytes(Size.Width);
        long expected = (long)Size.Height * _rowBytes, found = LibTiff.BlockBytes(document);
        // libtiff writes blocks of its own reckoning: where that is not ours, nothing is read.
        if (found != expected || expected > Array.MaxLength)
            throw new BadInputException($"{name}: a TIFF in blocks of {found} bytes, where its tags ask for {expected}: get the file again, or save it anew");
        (_buffer, _unpacked) = (new byte[expected], new byte[layout.Bits < 8 ? Size.Width : 0]);
    }

    internal void ReadAll(Raster raster)
    {
        for (var plane = 0; plane < (_layout.Planes ? _layout.Samples : 1); plane++)
            if (!_layout.Planes || _layout.Sources.Contains(plane))
                for (var row = 0; row < Down; row++)
                    for (var column = 0; column < Across; column++)
                        Read(plane, column, row, raster, column * Size.Width, row * Size.Height);
    }

    /// <summary>Decodes a block and places it in a raster with its corner at (x, y); what lies outside the raster is left out.</summary>
    internal void Read(int plane, int column, int row, Raster raster, int x, int y)
    {
        var (block, top) = ((uint)(((long)plane * Down + row) * Across + column), row * Size.Height);
        var rows = Math.Min(Size.Height, _layout.Height - top);
        if (!LibTiff.ReadBlock(_document, block, _tiled ? _buffer : _buffer.AsSpan(0, rows * _rowBytes)))
            throw Damaged(_document, _layout, top, _name);
        var (count, pixel) = (Math.Min(Size.Width, raster.Width - x), raster.Channels * (raster.Bits / 8));
        for (var i = 0; i < Math.Min(rows, raster.Height - y); i++)
            Place(_buffer.AsSpan(i * _rowBytes, _rowBytes), raster.Data.Slice((y + i) * raster.Stride + x * pixel, count * pixel), plane, count);
    }

    void Place(ReadOnlySpan<byte> row, Span<byte> to, int plane, int count)
    {
        if (_layout.Bits < 8)
        {
            var samples = _unpacked.AsSpan(0, count);
            PackedSamples.Unpack(row, _layout.Bits, samples);
            if (_layout is { IsPalette: false, Stored: false })
                foreach (ref var sample in samples)
                    sample *= (byte)(byte.MaxValue / ((1 << _layout.Bits) - 1));
            row = samples;
        }
        if (_layout.Colors is { Length: > 0 } colors)
            for (var (i, entries) = (0, colors.Length / 3); i < to.Length; i++)
                to[i] = colors[i % 3 * entries + row[i / 3]];
        else
            switch (_layout.Info.Bits)
            {
                case 8: Pick(row, to, plane, count); break;
                case 16: Pick(MemoryMarshal.Cast<byte, ushort>(row), MemoryMarshal.Cast<byte, ushort>(to), plane, count); break;
                case 32: Pick(MemoryMarshal.Cast<byte, uint>(row), MemoryMarshal.Cast<byte, uint>(to), plane, count); break;
                default: Pick(MemoryMarshal.Cast<byte, ulong>(row), MemoryMarshal.Cast<byte, ulong>(to), plane, count); break;
            }
    }

    void Pick<T>(ReadOnlySpan<T> from, Span<T> to, int plane, int count)
    {
        var (samples, sources) = (_layout.Planes ? 1 : _layout.Samples, _layout.Sources);
        if (samples == sources.Length && !_layout.Planes)
            from[..(count * samples)].CopyTo(to);
        else
            for (var c = 0; c < sources.Length; c++)
                if (!_layout.Planes || sources[c] == plane)
                    for (int i = 0, source = _layout.Planes ? 0 : sources[c], target = c; i < count; i++, source += samples, target += sources.Length)
                        to[target] = from[source];
    }

    internal static BadInputException Damaged(LibTiff.Document document, TiffLayout layout, int rows, string name) =>
        new($"{name}: a TIFF that is damaged or cut short after {rows} of {layout.Height} rows ({document.Complaints.FirstOrDefault("no reason given")}): "
        + "get the file again");
}
