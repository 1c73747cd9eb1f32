namespace Patchwise;

/// <summary>
/// Reads boxes of an image from decoded tiles that all threads share: a tile is decoded once while it stays among the last used.
/// Memory: <see cref="Capacity"/>, and a tile more for each thread that reads.
/// </summary>
sealed class TileCache(TiffParts tiles, long capacity = TileCache.Capacity) : IDisposable
{
    internal const long Capacity = 64 << 20;

    readonly Lock _lock = new();

    /// <summary>By number, with when it was last used.</summary>
    readonly Dictionary<int, (Lazy<byte[]> Pixels, long LastUse)> _tiles = [];

    readonly int _most = (int)Math.Max(1, capacity / (3 * tiles.Tile.Area));
    long _uses;
    int _decoded;

    internal int Decoded => _decoded;

    /// <summary>RGB pixels of a box, white outside the image.</summary>
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
                var pixels = Pixels(row * tiles.Across + column).AsSpan();
                var part = Box.Of(tile).Shift(column * tile.Width, row * tile.Height).Intersect(inside);
                for (var y = part.Y0; y < part.Y1; y++)
                    pixels.Slice(((y - row * tile.Height) * tile.Width + part.X0 - column * tile.Width) * 3, part.Width * 3)
                        .CopyTo(raster.Data[((y - box.Y0) * raster.Stride + (part.X0 - box.X0) * 3)..]);
            }
        return raster;
    }

    byte[] Pixels(int index)
    {
        Lazy<byte[]> pixels;
        lock (_lock)
        {
            if (_tiles.TryGetValue(index, out var known))
                pixels = known.Pixels;
            else
            {
                if (_tiles.Count >= _most)
                    _tiles.Remove(_tiles.MinBy(one => one.Value.LastUse).Key);
                pixels = new(() => Decode(index));
            }
            _tiles[index] = (pixels, ++_uses);
        }
        return pixels.Value;
    }

    byte[] Decode(int index)
    {
        var pixels = GC.AllocateUninitializedArray<byte>((int)(3 * tiles.Tile.Area));
        tiles.Decode(index, pixels);
        Interlocked.Increment(ref _decoded);
        return pixels;
    }

    public void Dispose() => tiles.Dispose();
}
