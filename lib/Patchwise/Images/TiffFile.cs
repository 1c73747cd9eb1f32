namespace Patchwise;

/// <summary>TIFF, its first page, by libtiff: strips and tiles of 1, 2, 4, 8 and 16 bits, grey, palette, RGB, YCbCr, with or without opacity.</summary>
static class TiffFile
{
    internal static ImageInfo ReadInfo(Stream stream, string name)
    {
        using var document = Open(stream, name);
        var layout = TiffLayout.Read(document, name);
        return layout.Info.Turned(layout.Orientation);
    }

    /// <param name="indices">Of a palette the numbers of its entries instead of their colors.</param>
    internal static Raster Decode(Stream stream, string name, long maxPixels, bool indices = false)
    {
        using var document = Open(stream, name);
        var layout = TiffLayout.Read(document, name);
        layout.Info.CheckPixels(name, maxPixels);
        var channels = indices && layout.IsPalette ? 1 : layout.Info.Channels;
        var raster = new Raster(layout.Width, layout.Height, channels, layout.Info.Bits) { Mpp = layout.Info.Mpp };
        document.Source.Clear();
        if (layout.ByLibrary)
            ReadByLibrary(document, layout, raster, name);
        else
        {
            var blocks = new TiffBlocks(document, layout, name, maxPixels);
            for (var plane = 0; plane < blocks.Planes; plane++)
                for (var row = 0; row < blocks.Down; row++)
                    for (var column = 0; column < blocks.Across; column++)
                        blocks.Read(plane, column, row, raster, column * blocks.Size.Width, row * blocks.Size.Height);
        }
        if (layout.IsInverted)
            Invert(raster);
        if (layout.Premultiplied)
            Unmultiply(raster);
        return Orientation.Apply(raster, layout.Orientation);
    }

    internal static LibTiff.Document Open(Stream stream, string name) => LibTiff.Open(stream, out var problem)
        ?? throw new BadInputException($"{name}: a TIFF that is damaged or cut short ({problem}): get the file again");

    static void ReadByLibrary(LibTiff.Document document, TiffLayout layout, Raster raster, string name)
    {
        if (layout.Info.Size.Area > Array.MaxLength / 4)
            throw new BadInputException($"{name}: a TIFF of {layout.Info.Size} px in YCbCr is too large to convert: save it again as RGB");
        var rgba = new uint[layout.Info.Size.Area];
        if (!LibTiff.ReadRgba(document, layout.Width, layout.Height, layout.Orientation, rgba))
            throw TiffBlocks.Damaged(document, layout, 0, name);
        var to = raster.Samples8;
        for (var i = 0; i < rgba.Length; i++)
            (to[3 * i], to[3 * i + 1], to[3 * i + 2]) = ((byte)rgba[i], (byte)(rgba[i] >> 8), (byte)(rgba[i] >> 16));
    }

    internal static void Invert(Raster raster)
    {
        var data = raster.Data;
        var pixel = raster.Channels * raster.Bits / 8;
        var colors = raster.Channels == 4 ? pixel / 4 * 3 : pixel;
        for (var at = 0; at < data.Length; at += pixel)
            for (var i = at; i < at + colors; i++)
                data[i] = (byte)~data[i];
    }

    /// <summary>Colors that were multiplied with their opacity are divided by it, rounded down, as Pillow does.</summary>
    internal static void Unmultiply(Raster raster)
    {
        if (raster.Bits == 8)
            for (var pixels = raster.Samples8; !pixels.IsEmpty; pixels = pixels[4..])
                for (var c = 0; c < 3; c++)
                    pixels[c] = pixels[3] == 0 ? (byte)0 : (byte)Math.Min(byte.MaxValue, pixels[c] * byte.MaxValue / pixels[3]);
        else
            for (var pixels = raster.Samples16; !pixels.IsEmpty; pixels = pixels[4..])
                for (var c = 0; c < 3; c++)
                    pixels[c] = pixels[3] == 0 ? (ushort)0 : (ushort)Math.Min(ushort.MaxValue, (uint)pixels[c] * ushort.MaxValue / pixels[3]);
    }
}
