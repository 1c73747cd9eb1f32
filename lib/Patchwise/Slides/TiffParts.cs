using System.Collections.Concurrent;

namespace Patchwise;

/// <summary>
/// The strips or tiles of a TIFF image, decoded when they are asked for, so that memory does not grow with the image. They have one size; those at the right
/// and bottom edge may reach over it. libtiff serves one thread at a time: each that decodes has the file open for itself.
/// </summary>
sealed class TiffParts : IDisposable
{
    readonly string _path;
    readonly int? _page;
    readonly ImageInfo _info;
    readonly ConcurrentBag<Reader> _idle = [];
    volatile bool _closed;

    internal PixelSize Size => _info.Size;
    internal PixelSize Tile { get; }

    internal int Across { get; }

    TiffParts(string path, int? page, Reader first)
    {
        (_path, _page, _info, Tile, Across) = (path, page, first.Layout.Info, first.Blocks.Size, first.Blocks.Across);
        _idle.Add(first);
    }

    /// <summary>Null for what is decoded whole: pixels on their side, in planes or in blocks of many megabytes.</summary>
    /// <param name="page">Null: the only one that there is beside reduced copies.</param>
    internal static TiffParts? TryOpen(string path, int? page = null)
    {
        var reader = new Reader(path, page);
        if (reader.Layout is { Planes: false, ByLibrary: false, Orientation: 1 } && 3 * reader.Blocks.Size.Area <= TileCache.Capacity
            && (long)reader.Blocks.Across * reader.Blocks.Down <= int.MaxValue)
            return new(path, page, reader);
        reader.Dispose();
        return null;
    }

    /// <summary>Decodes a part, by its number row by row, to RGB rows of its width. Several threads may do so at once.</summary>
    internal void Decode(int index, Span<byte> rgb)
    {
        var reader = Take();
        try
        {
            reader.Decode(index, rgb);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
        Keep(reader);
    }

    /// <summary>A part as a JPEG file of its own; null where it is not stored as one of three colors.</summary>
    internal byte[]? Jpeg(int index)
    {
        var reader = Take();
        var jpeg = reader.OrDispose(() => reader.Jpeg(index));
        Keep(reader);
        return jpeg;
    }

    Reader Take()
    {
        var reader = _idle.TryTake(out var idle) ? idle : new Reader(_path, _page);
        if (reader.Layout.Info == _info && reader.Blocks.Size == Tile)
            return reader;
        reader.Dispose();
        throw new BadInputException(
            $"{_path} is not the file any more that was opened: expected one that stays as it is while it is read; open it again");
    }

    void Keep(Reader reader)
    {
        _idle.Add(reader);
        if (_closed)
            Dispose();
    }

    public void Dispose()
    {
        _closed = true;
        while (_idle.TryTake(out var reader))
            reader.Dispose();
    }

    sealed class Reader : IDisposable
    {
        readonly LibTiff.Document _document;
        Raster? _block;

        internal TiffLayout Layout { get; }
        internal TiffBlocks Blocks { get; }

        internal Reader(string path, int? page)
        {
            _document = LibTiff.Open(path, path);
            Layout = this.OrDispose(() => TiffFile.Read(_document, path, new(long.MaxValue, page), mustChoose: true));
            Blocks = this.OrDispose(() => new TiffBlocks(_document, Layout, path, Raster.DefaultPixelLimit));
            _document.Complaints.Clear();
        }

        internal void Decode(int index, Span<byte> rgb)
        {
            _block ??= new(Blocks.Size.Width, Blocks.Size.Height, Layout.Info.Channels, Layout.Info.Bits);
            Blocks.Read(plane: 0, index % Blocks.Across, index / Blocks.Across, _block, 0, 0);
            Layout.Finish(_block);
            _block.OnWhite().Samples8.CopyTo(rgb);
        }

        internal byte[]? Jpeg(int index)
        {
            const int JpegCompression = 7, Rgb = 2, YCbCr = 6;
            if (LibTiff.UInt16(_document, TiffTag.Compression) != JpegCompression || Layout is not { Bits: 8, Samples: 3 })
                return null;
            var photometric = LibTiff.UInt16(_document, TiffTag.Photometric);
            return photometric is Rgb or YCbCr ? JpegFile.OfTile(LibTiff.JpegTables(_document), LibTiff.ReadStored(_document, (uint)index,
                limit: (int)Math.Min(int.MaxValue, 4 * 3 * Blocks.Size.Area)), photometric == Rgb) : null;
        }

        public void Dispose()
        {
            _document.Dispose();
            if (Interlocked.Exchange(ref _block, null) is { } block)
                block.Dispose();
        }
    }
}
