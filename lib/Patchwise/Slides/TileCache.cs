namespace Patchwise;

/// <summary>
/// Reads boxes of an image from decoded tiles that all threads share: a tile is decoded once while it stays among the last used. Of patches side by side those
/// that were read to the end are not asked for again, so that these go first: the tiles between two rows of patches are still there for the second.
/// Memory: <see cref="Capacity"/>, and a tile more for each thread that reads.
/// </summary>
sealed class TileCache(TiffParts tiles, long capacity = TileCache.Capacity) : IDisposable
{
    /// <summary>Bytes of decoded tiles that are kept.</summary>
    internal const long Capacity = 64 << 20;

    sealed class Entry(int index, byte[] pixels)
    {
        internal int Index => index;
        internal byte[] Pixels => pixels;
        internal bool IsDecoded { get; set; }
        internal int Readers { get; set; }
        internal long LastUse { get; set; }

        /// <summary>Pixels that were asked for, as often as they were.</summary>
        internal long Asked { get; set; }
    }

    readonly Lock _lock = new();
    readonly Dictionary<int, Entry> _entries = [];
    readonly int _most = (int)Math.Max(1, capacity / (3 * tiles.Tile.Area));
    long _uses;
    int _decoded;

    /// <summary>How often a tile was decoded.</summary>
    internal int Decoded => _decoded;

    /// <summary>RGB pixels of a box, white outside the image.</summary>
    /// <exception cref="BadInputException">A tile is missing or damaged.</exception>
    internal Raster Read(Box box)
    {
        var (inside, tile) = (box.Intersect(Box.Of(tiles.Size)), tiles.Tile);
        var raster = new Raster(box.Width, box.Height, 3, clear: false);
        if (inside != box)
            raster.Data.Fill(255);
        if (inside.IsEmpty)
            return raster;
        for (var row = inside.Y0 / tile.Height; row <= (inside.Y1 - 1) / tile.Height; row++)
            for (var column = inside.X0 / tile.Width; column <= (inside.X1 - 1) / tile.Width; column++)
            {
                var entry = Take(row * tiles.Across + column);
                var part = Box.Of(tile).Shift(column * tile.Width, row * tile.Height).Intersect(inside);
                try
                {
                    lock (entry)
                        if (!entry.IsDecoded)
                        {
                            tiles.Decode(entry.Index, entry.Pixels);
                            entry.IsDecoded = true;
                            Interlocked.Increment(ref _decoded);
                        }
                    for (var y = part.Y0; y < part.Y1; y++)
                        entry.Pixels.AsSpan(((y - row * tile.Height) * tile.Width + part.X0 - column * tile.Width) * 3, part.Width * 3)
                            .CopyTo(raster.Data[((y - box.Y0) * raster.Stride + (part.X0 - box.X0) * 3)..]);
                }
                finally
                {
                    lock (_lock)
                    {
                        entry.Readers--;
                        entry.Asked += part.Size.Area;
                    }
                }
            }
        return raster;
    }

    /// <summary>Of tiles.</summary>
    internal PixelSize Tile => tiles.Tile;

    /// <summary>
    /// A tile as the JPEG that is stored; null where the box is not all of one, or it is stored otherwise. It is decoded once like any other, so that a
    /// damaged one is told.
    /// </summary>
    /// <exception cref="BadInputException">As for <see cref="Read"/>.</exception>
    internal byte[]? Jpeg(Box box)
    {
        var (column, row) = (box.X0 / tiles.Tile.Width, box.Y0 / tiles.Tile.Height);
        if (box.Intersect(Box.Of(tiles.Size)) != box || box != Box.Of(tiles.Tile).Shift(column * tiles.Tile.Width, row * tiles.Tile.Height))
            return null;
        Read(box).Dispose();
        return tiles.Jpeg(row * tiles.Across + column);
    }

    /// <summary>
    /// The tile's entry, held until its readers are counted down again; a new one takes the place and memory of the one least lately used, where one that was
    /// read to the end counts as older than it is. Not at once and not as the oldest: where patches overlap it is asked for again, unlike those at the edge of
    /// the tissue.
    /// </summary>
    Entry Take(int index)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(index, out var entry))
            {
                var oldest = _entries.Count < _most ? null : _entries.Values.Where(one => one.Readers == 0)
                    .MinBy(one => one.LastUse - (one.Asked < tiles.Tile.Area || one.LastUse > _uses - _most / 4 ? 0 : 8L * _most));
                if (oldest is not null)
                    _entries.Remove(oldest.Index);
                entry = new(index, oldest?.Pixels ?? GC.AllocateUninitializedArray<byte>((int)(3 * tiles.Tile.Area)));
                _entries.Add(index, entry);
            }
            entry.Readers++;
            entry.LastUse = ++_uses;
            return entry;
        }
    }

    public void Dispose() => tiles.Dispose();
}
