using System.Buffers;

namespace Patchwise;

sealed class OpenSlideSource : SlideSource
{
    /// <summary>OpenSlide takes memory for a whole tile, 4 bytes a pixel, and ends the process where there is none.</summary>
    const double MostTilePixels = 1 << 27;

    /// <summary>How much more one side of a level may be reduced than the other, beside a px or two of rounding: some formats fill up tiles.</summary>
    const double MostUneven = 1.02;

    readonly Lock _changing = new();

    /// <summary>Of each level the number that OpenSlide has for it.</summary>
    readonly int[] _numbers;
    OpenSlide.Handle _slide;
    bool _closed;
    readonly Lazy<TileCache?>[] _tiles;
    readonly Lazy<PixelSize?> _jpegTile;

    internal override IReadOnlyList<SlideLevel> Levels { get; }
    internal override string Vendor { get; }
    internal override IReadOnlyDictionary<string, string> Properties { get; }
    internal override IReadOnlyList<string> AssociatedNames { get; }

    OpenSlideSource(OpenSlide.Handle slide)
    {
        _slide = slide;
        SlideLevel[] levels = [.. Enumerable.Range(0, OpenSlide.LevelCount(slide)).Select(level => new SlideLevel(
            Sized(OpenSlide.LevelSize(slide, level), $"level {level}"), OpenSlide.LevelDownsample(slide, level)))];
        if (levels.Length == 0)
            throw new BadInputException($"{slide.Path}: a slide without a level: get the file again");
        // Of a picture of the glass or a label that is marked as a level OpenSlide makes one, by the mean of both sides.
        _numbers = [.. levels.Index().Where(one => !IsUneven(levels[0].Size, one.Item.Size)).Select(one => one.Index)];
        Levels = Array.ConvertAll(_numbers, number => levels[number]);
        if (_numbers.Length < levels.Length)
            LeftOut = "no level, since the whole slide has another shape: "
                + string.Join(", ", levels.Index().Where(one => !_numbers.Contains(one.Index)).Select(one => $"{one.Item.Size} px"));
        Properties = OpenSlide.Properties(slide);
        for (var level = 0; level < levels.Length; level++)
            if (Number($"openslide.level[{level}].tile-width") is var width && Number($"openslide.level[{level}].tile-height") is var height
                && !double.IsNaN(width) && !(Math.Max(width, 1) * Math.Max(height, 1) <= MostTilePixels))
                throw new BadInputException(FormattableString.Invariant(
                    $"{slide.Path}: level {level} states tiles of {width} x {height} px: expected at most {MostTilePixels:N0} px; get the file again"));
        AssociatedNames = [.. OpenSlide.AssociatedNames(slide).Order(StringComparer.Ordinal)];
        Vendor = Properties.GetValueOrDefault("openslide.vendor", "unknown");
        (_tiles, _jpegTile) = ([.. Levels.Select((_, level) => new Lazy<TileCache?>(() => OpenTiles(level)))], new(FindJpegTile));
    }

    static bool IsUneven(PixelSize whole, PixelSize level)
    {
        // The largest downsample of one side that rounding allows, beside the smallest of the other.
        static double Most(int whole, int level) => whole / Math.Max(level - 2.0, 0.5);
        static double Least(int whole, int level) => whole / (level + 2.0);
        return Least(whole.Width, level.Width) > MostUneven * Most(whole.Height, level.Height)
            || Least(whole.Height, level.Height) > MostUneven * Most(whole.Width, level.Width);
    }

    internal static OpenSlideSource? TryOpen(string path) => OpenSlide.Open(path) is { } slide ? slide.OrDispose(() => new OpenSlideSource(slide)) : null;

    internal override (Mpp?, string, Magnification?, string) ReadResolution()
    {
        var power = Number("openslide.objective-power") is > 0 and var known ? new Magnification(known) : (Magnification?)null;
        if (Number("openslide.mpp-x") is > 0 and var x && Number("openslide.mpp-y") is > 0 and var y)
            return (new Mpp(x, y), "openslide.mpp-x and -y", power, "openslide.objective-power");
        double perUnitX = Number("tiff.XResolution"), perUnitY = Number("tiff.YResolution");
        var (mpp, magnification) = TiffDescription.Read(Properties.GetValueOrDefault("tiff.ImageDescription", ""), perUnitX, perUnitY);
        if (mpp is not null)
            return (mpp, "tiff.ImageDescription", power ?? magnification, power is null ? "tiff.ImageDescription" : "openslide.objective-power");
        var unit = Properties.GetValueOrDefault("tiff.ResolutionUnit") switch { "inch" => 2, "centimeter" => 3, _ => 1 };
        return (PixelSpacing.OfUnit(perUnitX, perUnitY, unit), "tiff.XResolution and YResolution", power, "openslide.objective-power");
    }

    /// <summary>As the file states it; 1: as it is stored.</summary>
    internal int Orientation { get; set; } = 1;

    internal override string? Turned => Orientation == 1 ? null : FormattableString.Invariant($"shown as it is stored, as OpenSlide reads pyramids, ")
        + FormattableString.Invariant($"although its orientation {Orientation} asks to turn it: masks and outlines are taken to be of it as it is stored");

    internal override string? LeftOut { get; }

    internal override string? Odd => TiffDescription.OddSize(Properties.GetValueOrDefault("tiff.ImageDescription", ""), Levels[0].Size);

    double Number(string property) =>
        double.TryParse(Properties.GetValueOrDefault(property), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
        ? number : double.NaN;

    internal override Raster Read(int level, long x, long y, Box box)
    {
        if (_tiles[level].Value is { } tiles)
            try
            {
                if (Read(tiles, level, x, y, box.Size) is { } read)
                    return read;
            }
            catch (BadInputException)
            {
                // A missing tile is filled by OpenSlide, which has its own words for a damaged one.
            }
        return ReadByOpenSlide(level, x, y, box);
    }

    /// <summary>
    /// After the first error of a slide all calls of OpenSlide fail: one damaged place would take the rest along. So it is opened anew for the next.
    /// </summary>
    Raster ReadByOpenSlide(int level, long x, long y, Box box)
    {
        var slide = _slide;
        try
        {
            return Read(slide);
        }
        catch (BadInputException)
        {
            if (OpenSlide.Open(slide.Path) is not { } anew)
                throw;
            var raster = anew.OrDispose(() => Read(anew));
            lock (_changing)
                (slide, _slide) = _closed || _slide != slide ? (anew, _slide) : (slide, anew);
            slide.Dispose(); // once the last call that it is in is back
            return raster;
        }

        Raster Read(OpenSlide.Handle from) => Fill(box.Size, argb => OpenSlide.ReadRegion(from, x, y, _numbers[level], box.Size, argb));
    }

    /// <summary>From decoded tiles; null for a box between pixels that OpenSlide paints in parts, or that goes beyond the level.</summary>
    Raster? Read(TileCache tiles, int level, long x, long y, PixelSize size)
    {
        var downsample = Levels[level].Downsample;
        var ((left, right), (top, below)) = (BetweenPixels.Of(x / downsample), BetweenPixels.Of(y / downsample));
        var box = Box.Of(size).Shift(left, top);
        if (right == 0 && below == 0)
            return tiles.Read(box);
        var wider = new Box(box.X0, box.Y0, box.X1 + 1, box.Y1 + 1);
        if (Math.Max(size.Width, size.Height) > BetweenPixels.Most || wider.Intersect(Box.Of(Levels[level].Size)) != wider)
            return null;
        var around = tiles.Read(wider);
        var mixed = BetweenPixels.Mixed(around, (left, top), (right, below), tiles.Tile);
        around.Dispose();
        return mixed;
    }

    /// <summary>
    /// OpenSlide decodes a tile for every box that it does not find in its small cache, turns pixels to ARGB and back, and takes ten times as long again where
    /// a box lies between the pixels of a level. So tiles that libtiff decodes are read directly, if that gives OpenSlide's very pixels.
    /// </summary>
    TileCache? OpenTiles(int level)
    {
        TiffParts? tiles = null;
        try
        {
            var (size, downsample) = (Levels[level].Size, Levels[level].Downsample);
            tiles = Vendor is not ("aperio" or "generic-tiff") ? null
                : level == 0 ? TiffParts.TryOpen(_slide.Path)
                : TiffFile.TiledPage(_slide.Path, size, reduced: Vendor == "generic-tiff") is { } page ? TiffParts.TryOpen(_slide.Path, page) : null;
            if (tiles is not null && tiles.Size == size)
            {
                var cache = new TileCache(tiles, level == 0 ? TileCache.Capacity : TileCache.Capacity / 4);
                var (width, height) = (Math.Min(tiles.Tile.Width, size.Width), Math.Min(tiles.Tile.Height, size.Height));
                // Of levels above 0 it lies between pixels, and on up to four tiles.
                var between = level > 0 ? 1 : 0;
                long x = (long)((size.Width - width) / 2 * downsample) + between, y = (long)((size.Height - height) / 2 * downsample) + between;
                var middle = Box.Of(new(Math.Max(1, width - 2 * between), Math.Max(1, height - 2 * between)));
                if (ReadByOpenSlide(level, x, y, middle) is { } reference && Read(cache, level, x, y, middle.Size) is { } own
                    && own.Channels == reference.Channels && own.Data.SequenceEqual(reference.Data))
                    return cache;
            }
        }
        catch (BadInputException)
        {
            // What cannot be read directly OpenSlide reads.
        }
        tiles?.Dispose();
        return null;
    }

    PixelSize? FindJpegTile()
    {
        if (_tiles[0].Value is not { Tile: var tile } cache)
            return null;
        var size = Levels[0].Size;
        var box = Box.Of(tile).Shift(size.Width / tile.Width / 2 * tile.Width, size.Height / tile.Height / 2 * tile.Height);
        try
        {
            return cache.Jpeg(box) is { } jpeg && Raster.Decode(jpeg) is { Channels: 3 } seen && seen.Size == tile
                && cache.Read(box).Data.SequenceEqual(seen.Data) ? tile : null;
        }
        catch (BadInputException)
        {
            return null;
        }
    }

    internal override PixelSize? JpegTile => _jpegTile.Value;

    internal override byte[]? ReadJpeg(Box box)
    {
        try
        {
            return JpegTile is null ? null : _tiles[0].Value!.Jpeg(box);
        }
        catch (BadInputException)
        {
            return null; // as in Read
        }
    }

    /// <summary>Tiles that were decoded directly, for tests; 0 where OpenSlide reads.</summary>
    internal int DecodedTiles => _tiles.Sum(tiles => tiles is { IsValueCreated: true, Value: { } cache } ? cache.Decoded : 0);

    internal override Raster ReadAssociated(string name)
    {
        var size = Sized(OpenSlide.AssociatedSize(_slide, name), $"its image '{name}'");
        new ImageInfo(size, 4, 8, ImageFormat.Tiff).CheckPixels($"{_slide.Path}, its image '{name}'", Raster.DefaultPixelLimit);
        return Fill(size, argb => OpenSlide.ReadAssociated(_slide, name, argb));
    }

    PixelSize Sized((long Width, long Height) size, string what) => size is { Width: >= 1 and <= int.MaxValue, Height: >= 1 and <= int.MaxValue }
        ? new((int)size.Width, (int)size.Height)
        : throw new BadInputException(FormattableString.Invariant(
            $"{_slide.Path}: {what} states {size.Width} x {size.Height} px: expected 1 to {int.MaxValue} each way; get the file again"));

    delegate void Reader(Span<uint> argb);

    static Raster Fill(PixelSize size, Reader read)
    {
        if (size.Area > Array.MaxLength / 4)
            throw new BadInputException($"{size} px of a slide at once: expected at most {Array.MaxLength / 4} px; read a smaller box");
        var rented = ArrayPool<uint>.Shared.Rent((int)size.Area);
        try
        {
            var argb = rented.AsSpan(0, (int)size.Area);
            read(argb);
            return ArgbPixels.ToRaster(argb, size);
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(rented);
        }
    }

    public override void Dispose()
    {
        lock (_changing)
            _closed = true;
        _slide.Dispose();
        foreach (var tiles in _tiles.Where(tiles => tiles.IsValueCreated))
            tiles.Value?.Dispose();
        base.Dispose();
    }
}
