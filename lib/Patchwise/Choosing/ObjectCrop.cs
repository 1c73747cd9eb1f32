namespace Patchwise;

/// <summary>Pieces of an image around an object, 8 bit, grey or RGB (transparency is left out), in px of that image.</summary>
static class ObjectCrop
{
    /// <summary>The square of <paramref name="side"/> px with the box in its middle; it may reach beyond the image.</summary>
    internal static Box Around(Box box, int side) => new((box.X0 + box.X1 - side) >> 1, (box.Y0 + box.Y1 - side) >> 1,
        ((box.X0 + box.X1 - side) >> 1) + side, ((box.Y0 + box.Y1 - side) >> 1) + side);

    /// <summary>The object's box in px of the image that it lies on.</summary>
    internal static Box OnImage(Region region, IObjectImage image)
    {
        var (box, per) = (region.SourceBox, image.PerMaskPixel);
        return per == 1 ? box : new((int)Math.Floor(box.X0 * per), (int)Math.Floor(box.Y0 * per), (int)Math.Ceiling(box.X1 * per), (int)Math.Ceiling(box.Y1 * per));
    }

    /// <summary>The pixels of <paramref name="box"/>, black outside the image.</summary>
    internal static Raster Of(Raster image, Box box)
    {
        var crop = image.Crop(box).To8Bit();
        if (crop.Channels != 4)
            return crop;
        var opaque = new Raster(crop.Width, crop.Height, 3);
        var from = crop.Samples8;
        var to = opaque.Samples8;
        for (int i = 0, j = 0; i < from.Length; i += 4, j += 3)
            from.Slice(i, 3).CopyTo(to[j..]);
        return opaque;
    }

    /// <summary>Blackens the pixels of a crop that are not of the object, whatever their value in the mask: a neighbour of equal value goes as well.</summary>
    /// <param name="crop">Was cut at <paramref name="at"/> of the image that <paramref name="mask"/> belongs to.</param>
    internal static void HideOthers(Raster crop, Box at, Raster mask, Region region)
    {
        var alone = region.MaskFrom(mask);
        var samples = crop.Samples8;
        var box = region.SourceBox;
        for (var y = 0; y < crop.Height; y++)
            for (var x = 0; x < crop.Width; x++)
            {
                var (u, v) = (x + at.X0 - box.X0, y + at.Y0 - box.Y0);
                if ((uint)u >= (uint)box.Width || (uint)v >= (uint)box.Height || alone[u, v] == 0)
                    samples.Slice((y * crop.Width + x) * crop.Channels, crop.Channels).Clear();
            }
    }
}
