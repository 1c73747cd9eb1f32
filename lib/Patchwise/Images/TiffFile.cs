namespace Patchwise;

/// <summary>TIFF by libtiff: strips and tiles of 1 to 16 bits, grey, palette, RGB, YCbCr, with or without opacity; label images of up to 64 bits.</summary>
static class TiffFile
{
    const int MostPages = 4096;

    internal static ImageInfo ReadInfo(string path, string name, Reading how)
    {
        using var document = LibTiff.Open(path, name);
        var layout = Read(document, name, how);
        return layout.Info.Turned(layout.Orientation);
    }

    internal static Raster Decode(string path, string name, Reading how)
    {
        using var document = LibTiff.Open(path, name);
        var layout = Read(document, name, how, mustChoose: true);
        layout.Info.CheckPixels(name, how.MaxPixels);
        var raster = new Raster(layout.Width, layout.Height, layout.Info.Channels, layout.Info.Bits)
        {
            Mpp = layout.Info.Mpp,
            Numbers = layout.Numbers,
            FromPalette = layout.Colors.Length > 0,
            Remark = layout is { WhiteIsZero: true, Stored: true } ? "its TIFF says that 0 is white; the stored numbers count, 0 is background" : null,
        };
        document.Complaints.Clear();
        if (layout.ByLibrary)
            raster = ReadByLibrary(document, layout, raster, name);
        else
            new TiffBlocks(document, layout, name, how.MaxPixels).ReadAll(raster);
        layout.Finish(raster);
        return Orientation.Apply(how.Channel is { } channel && raster.Channels > 1 ? raster.Channel(channel) : raster, layout.Orientation);
    }

    internal static TiffLayout Read(LibTiff.Document document, string name, Reading how, bool mustChoose = false)
    {
        var count = (int)Math.Min(LibTiff.TIFFNumberOfDirectories(document), MostPages);
        var (whole, full) = (SizeOf(document), how.Page > 0 ? TiffLayout.ReadResolution(document).Item1 : null);
        if (how.Page is { } page && ((uint)page >= (uint)count || LibTiff.TIFFSetDirectory(document, (uint)page) == 0))
            throw new BadInputException($"{name}: a TIFF of {count} page{(count == 1 ? "" : "s")} and none of number {page}: expected 0 to {count - 1}");
        var choices = how.Page is null && count > 1 ? Choices(document, count) : [];
        var layout = TiffLayout.Read(document, name, how);
        var stacked = how.Page is null && count == 1 ? TiffDescription.Images(LibTiff.Text(document, TiffTag.Description, 1 << 16), whole,
            LibTiff.UInt16(document, TiffTag.SamplesPerPixel)) : 1;
        if (mustChoose && choices.Count > 1)
            throw Choose(choices, name);
        if (mustChoose && stacked > 1)
            throw new BadInputException($"{name}: a stack of {stacked} images in one page: save the image that you need on its own, or choose the "
                + "first (page: 0, on the command line --page)");
        var info = layout.Info with { Pages = Math.Max(stacked, Math.Max(choices.Count, 1)) };
        // A level of a pyramid often states the resolution of the first page, of which it shows the same in fewer px.
        if (full is { } mpp && info.Mpp == mpp && info.Size.Width < whole.Width
            && Math.Abs((long)whole.Width * info.Size.Height - (long)whole.Height * info.Size.Width) <= Math.Max(whole.Width, whole.Height)
            && whole.Width / (double)info.Size.Width is var times)
            info = info with
            {
                Odd = null,
                Mpp = new Mpp(mpp.X * times, mpp.Y * whole.Height / info.Size.Height),
                Magnification = info.Magnification is { } power ? new Magnification(power.Power / times) : null,
            };
        return layout with { Info = info };
    }

    static PixelSize SizeOf(LibTiff.Document document) => new(LibTiff.UInt32(document, TiffTag.Width), LibTiff.UInt32(document, TiffTag.Height));

    static BadInputException Choose(List<string> choices, string name) => new(
        $"{name}: a TIFF of {choices.Count} pages ({string.Join(", ", choices.Take(8))}{(choices.Count > 8 ? " ..." : "")}): choose one "
        + $"(page: {choices[0].Split(' ')[0]}, on the command line --page; as a slide Slide.Of(Raster.Load(path, page: 0))); pages count from 0");

    /// <summary>The page that holds a level of a pyramid in tiles; null where none does, or several may.</summary>
    /// <param name="reduced">Only pages that say they are copies at a lower resolution.</param>
    internal static int? TiledPage(string path, PixelSize size, bool reduced)
    {
        using var document = LibTiff.Open(path, path);
        int? found = null;
        for (var page = 0; page < Math.Min(LibTiff.TIFFNumberOfDirectories(document), MostPages); page++)
            if (LibTiff.TIFFSetDirectory(document, (uint)page) != 0 && LibTiff.IsTiled(document)
                && LibTiff.UInt32(document, TiffTag.Width) == size.Width && LibTiff.UInt32(document, TiffTag.Height) == size.Height
                && (!reduced || (LibTiff.UInt32(document, TiffTag.SubfileType) & 1) != 0))
            {
                if (found is not null)
                    return null;
                found = page;
            }
        return found;
    }

    /// <summary>
    /// What OpenSlide does not look at in a TIFF that it opens by itself. A pyramid whose largest level is there several times is refused, as it would show the
    /// first as if there were no other channels; and so is one with a larger page than it shows.
    /// </summary>
    /// <param name="shown">The size that OpenSlide shows.</param>
    /// <returns>How the first page is turned; and whether beside its colors is a sample that nobody calls opacity, which OpenSlide takes for it.</returns>
    internal static (int Orientation, bool HasUnnamed) CheckAsSlide(string path, PixelSize shown)
    {
        using var document = LibTiff.Open(path, path);
        // OpenSlide takes signed numbers for unsigned ones, and says of others that the file is damaged.
        if (TiffLayout.IsOfOtherNumbers(document))
            _ = TiffLayout.Read(document, path, default);
        var first = (LibTiff.UInt16(document, TiffTag.Orientation) is >= 1 and <= 8 and var orientation ? orientation : 1,
            LibTiff.UInt16(document, TiffTag.SamplesPerPixel) > 3 && LibTiff.UInt16s(document, TiffTag.ExtraSamples) is not [1 or 2, ..]);
        var count = (int)Math.Min(LibTiff.TIFFNumberOfDirectories(document), MostPages);
        var sizes = Enumerable.Range(0, count).Select(i => LibTiff.TIFFSetDirectory(document, (uint)i) == 0 ? 0
            : LibTiff.UInt32(document, TiffTag.Width) * (long)LibTiff.UInt32(document, TiffTag.Height)).ToList();
        var largest = sizes.IndexOf(sizes.Max());
        var isShown = sizes[largest] <= shown.Width * (long)shown.Height;
        if ((!isShown || sizes.Count(size => size == sizes[largest]) > 1) && LibTiff.TIFFSetDirectory(document, (uint)(isShown ? largest : 0)) != 0
            && Choices(document, count) is { Count: > 1 } choices)
            throw Choose(choices, path);
        return first;
    }

    /// <summary>
    /// Number and name of each page that may be what the user means: all but thumbnails, labels and reduced copies, which are smaller than the first.
    /// </summary>
    static List<string> Choices(LibTiff.Document document, int count)
    {
        List<string> choices = [];
        var first = new PixelSize(LibTiff.UInt32(document, TiffTag.Width), LibTiff.UInt32(document, TiffTag.Height));
        var names = TiffDescription.ChannelNames(LibTiff.Text(document, TiffTag.Description, 1 << 20));
        for (var i = 0; i < count && LibTiff.TIFFSetDirectory(document, (uint)i) != 0; i++)
        {
            if ((LibTiff.UInt32(document, TiffTag.SubfileType) & 5) != 0 || (LibTiff.UInt32(document, TiffTag.Width) < first.Width
                && LibTiff.UInt32(document, TiffTag.Height) < first.Height))
                continue;
            var own = TiffDescription.ChannelNames(LibTiff.Text(document, TiffTag.Description, 1 << 16));
            var name = own is [var one] ? one : names.ElementAtOrDefault(i);
            choices.Add(name is null ? $"{i}" : $"{i} {name}");
        }
        _ = LibTiff.TIFFSetDirectory(document, 0);
        return choices;
    }

    static Raster ReadByLibrary(LibTiff.Document document, TiffLayout layout, Raster raster, string name)
    {
        if (layout.Info.Size.Area > Array.MaxLength / 4)
            throw new BadInputException($"{name}: a TIFF of {layout.Info.Size} px in YCbCr is too large to convert: save it again as RGB");
        var rgba = new uint[layout.Info.Size.Area];
        if (!LibTiff.ReadRgba(document, layout.Width, layout.Height, layout.Orientation, rgba))
            throw TiffBlocks.Damaged(document, layout, 0, name);
        var to = raster.Samples8;
        for (var i = 0; i < rgba.Length; i++)
            (to[3 * i], to[3 * i + 1], to[3 * i + 2]) = ((byte)rgba[i], (byte)(rgba[i] >> 8), (byte)(rgba[i] >> 16));
        return raster;
    }
}
