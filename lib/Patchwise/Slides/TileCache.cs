namespace Patchwise;

/// <summary>
/// Reads boxes of an image from decoded tiles that all threads share: a tile is decoded once while it stays among the last used.
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
    }

    readonly Lock _lock = new();
    readonly Dictionary<int, LinkedListNode<Entry>> _byIndex = [];
    readonly LinkedList<Entry> _latestFirst = [];
    readonly Stack<byte[]> _spare = [];
    readonly int _most = (int)Math.Max(1, capacity / (3 * tiles.Tile.Area));
    int _decoded;

    /// <summary>How often a tile was decoded.</summary>
    internal int Decoded => _decoded;

    /// <summary>RGB pixels of a box, white outside the image.</summary>
    /// <exception cref="BadInputException">A tile is missing or damaged.</exception>
    internal Raster Read(Box box, Raster? reuse = null)
    {
        var inside = box.Intersect(Box.Of(tiles.Size));
        if (inside == box)
            return ReadInside(box, reuse);
        if (!inside.IsEmpty)
            return ReadInside(inside, reuse: null).Crop(box.Shift(-inside.X0, -inside.Y0), fill: 255);
        var white = SlideSource.Fresh(box.Size, reuse);
        white.Data.Fill(255);
        return white;
    }

    Raster ReadInside(Box box, Raster? reuse)
    {
        var raster = SlideSource.Fresh(box.Size, reuse);
        var tile = tiles.Tile;
        for (var row = box.Y0 / tile.Height; row <= (box.Y1 - 1) / tile.Height; row++)
            for (var column = box.X0 / tile.Width; column <= (box.X1 - 1) / tile.Width; column++)
            {
                var entry = Take(row * tiles.Across + column);
                try
                {
                    lock (entry)
                        if (!entry.IsDecoded)
                        {
                            tiles.Decode(entry.Index, entry.Pixels);
                            entry.IsDecoded = true;
                            Interlocked.Increment(ref _decoded);
                        }
                    var part = new Box(column * tile.Width, row * tile.Height, (column + 1) * tile.Width, (row + 1) * tile.Height).Intersect(box);
                    for (var y = part.Y0; y < part.Y1; y++)
                        entry.Pixels.AsSpan(((y - row * tile.Height) * tile.Width + part.X0 - column * tile.Width) * 3, part.Width * 3)
                            .CopyTo(raster.Data[((y - box.Y0) * raster.Stride + (part.X0 - box.X0) * 3)..]);
                }
                finally
                {
                    lock (_lock)
                        entry.Readers--;
                }
            }
        return raster;
    }

    /// <summary>The tile's entry, held until its readers are counted down again.</summary>
    Entry Take(int index)
    {
        lock (_lock)
        {
            if (_byIndex.TryGetValue(index, out var node))
                _latestFirst.Remove(node);
            else
            {
                for (var oldest = _latestFirst.Last; oldest is not null && _byIndex.Count >= _most;)
                {
                    var (entry, next) = (oldest.Value, oldest.Previous);
                    if (entry.Readers == 0)
                    {
                        _latestFirst.Remove(oldest);
                        _byIndex.Remove(entry.Index);
                        _spare.Push(entry.Pixels);
                    }
                    oldest = next;
                }
                node = new(new(index, _spare.TryPop(out var spare) ? spare : GC.AllocateUninitializedArray<byte>((int)(3 * tiles.Tile.Area))));
                _byIndex.Add(index, node);
            }
            _latestFirst.AddFirst(node);
            node.Value.Readers++;
            return node.Value;
        }
    }

    public void Dispose() => tiles.Dispose();
}
