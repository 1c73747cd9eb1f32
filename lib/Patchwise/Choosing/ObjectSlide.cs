namespace Patchwise;

/// <summary>
/// A slide that objects lie on: one that is open and read crop by crop, or an image of a set, which is a slide of one level while it is visited, decoded once
/// for all of its objects.
/// </summary>
sealed class ObjectSlide
{
    readonly Slide? _open;
    readonly SetImage? _image;

    /// <summary>By which a table tells whose objects are whose.</summary>
    internal string Name { get; }

    internal PixelSize Size { get; }

    /// <summary>Px of the slide per px of the mask that its objects were measured on.</summary>
    internal double PerMaskPixel { get; }

    internal ObjectSlide(SetImage image) => (_image, Name, Size, PerMaskPixel) = (image, image.Name, image.Size, 1);

    /// <param name="maskWidth">Of the mask over the slide that the objects were measured on; the slide's own for outlines.</param>
    internal ObjectSlide(Slide open, int maskWidth) =>
        (_open, Name, Size, PerMaskPixel) = (open, RegionTable.NameOf(open), open.Size, open.Size.Width / (double)maskWidth);

    /// <summary>Whether several threads may read crops of it at once; if not, one visit takes all that is wanted of it.</summary>
    internal bool IsOpen => _open is not null;

    internal bool HasMask => _image?.MaskPath is not null;

    /// <summary>Of objects with a larger crop only the middle is shown.</summary>
    internal int LargestCrop => IsOpen ? 1024 : int.MaxValue;

    /// <exception cref="BadInputException">It is not known; the message says how to give it.</exception>
    internal Magnification RequireMagnification() => _image?.RequireMagnification() ?? _open!.Magnification ?? throw new BadInputException(
        $"the magnification of {_open!.Path} is not known: give it when opening it, as in Slide.Open(path, magnification: 20), or guess it from microns per "
            + $"pixel (guess: true), and measure the regions again");

    /// <summary>The mask that the objects were measured on.</summary>
    /// <exception cref="BadInputException">A slide's is not known here.</exception>
    internal Mask LoadMask() => _image?.LoadMask() ?? throw new BadInputException(
        $"regions of {_open!.Path} cannot be shown alone, as their mask is not at hand: expected the surroundings to be shown too (Mask = false)");

    /// <summary>Calls <paramref name="work"/> with the pixels.</summary>
    internal void Visit(Action<Slide> work)
    {
        if (_open is not null)
        {
            work(_open);
            return;
        }
        using var decoded = Slide.Of(_image!.LoadImage(), _image.ImagePath);
        work(decoded);
    }

    /// <summary>The object's box in px of this slide.</summary>
    internal Box BoxOf(Region region)
    {
        var box = region.SourceBox;
        return PerMaskPixel == 1 ? box : new((int)Math.Floor(box.X0 * PerMaskPixel), (int)Math.Floor(box.Y0 * PerMaskPixel),
            (int)Math.Ceiling(box.X1 * PerMaskPixel), (int)Math.Ceiling(box.Y1 * PerMaskPixel));
    }

    /// <summary>The square of <paramref name="side"/> px of this slide around the object's centroid, to whole px.</summary>
    internal Box Around(Region region, int side)
    {
        int Start(double centre) => (int)Math.Round((centre + 0.5) * PerMaskPixel - side / 2.0, MidpointRounding.ToNegativeInfinity);
        var (x, y) = (Start(region.Basics.Cx), Start(region.Basics.Cy));
        return new(x, y, x + side, y + side);
    }

    /// <summary>Whether the object can lie here; an outline that someone drew may reach over a slide's edge.</summary>
    internal bool Holds(Region region) => IsOpen ? !Box.Of(Size).Intersect(BoxOf(region)).IsEmpty : Box.Of(Size).Contains(region.SourceBox);

    /// <summary>
    /// A box, RGB, resized. It may reach beyond the slide: there an image of a set is black. What is shrunk to the area of its pixels is read from an open
    /// slide at that resolution, from the level that fits: as a network would get it.
    /// </summary>
    internal Raster Crop(Slide pixels, Box box, PixelSize size, ResizeMethod method)
    {
        if (!IsOpen)
        {
            var inside = box.Intersect(Box.Of(Size));
            if (inside.IsEmpty)
                return new Raster(size.Width, size.Height, 3);
            var crop = pixels.Read(inside, Resolution.Level(0));
            return Resized(inside == box ? crop : crop.Crop(box.Shift(-inside.X0, -inside.Y0)), size, method);
        }
        if (method != ResizeMethod.Area || size.Width >= box.Width)
            return Resized(pixels.Read(box, Resolution.Level(0)), size, method);
        var share = size.Width / (double)box.Width;
        return pixels.Read(Box.Of(size).Shift((int)Math.Round(box.X0 * share), (int)Math.Round(box.Y0 * share)), Resolution.Baseline(share));
    }

    static Raster Resized(Raster crop, PixelSize size, ResizeMethod method) => crop.Size == size ? crop : crop.Resize(size, method);

    /// <summary>Blackens the pixels of a crop that are not of the object, whatever their value in the mask: a neighbour of equal value goes as well.</summary>
    /// <param name="crop">Was cut at <paramref name="at"/> of the image that <paramref name="mask"/> belongs to.</param>
    internal static void HideOthers(Raster crop, Box at, Mask mask, Region region)
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
