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

    /// <summary>Of the slide's px, as stated or the usual of its magnification; null where neither is known.</summary>
    readonly double? _microns;

    readonly RegionTable.MeasuredImage? _measured;

    internal ObjectSlide(SetImage image) => (_image, Name, Size, PerMaskPixel, _microns) =
        (image, image.Name, image.Size, 1, image.Mpp is { } mpp ? (mpp.X + mpp.Y) / 2 : 10 / image.Magnification?.Power);

    /// <param name="measured">What a table knows of it: the mask or the outlines of its objects.</param>
    /// <exception cref="BadInputException">The table is of an image of another shape, though of the same name.</exception>
    internal ObjectSlide(Slide open, RegionTable.MeasuredImage? measured)
    {
        if (measured is { Width: > 0, Height: > 0 })
            open.Shape.CheckCovers(new(measured.Width, measured.Height));
        (_open, _measured, Name, Size) = (open, measured, RegionTable.NameOf(open), open.Size);
        PerMaskPixel = open.Size.Width / (double)(measured is { Width: > 0 } ? measured.Width : open.Size.Width);
        _microns = open.Mpp is { } mpp ? (mpp.X + mpp.Y) / 2 : 10 / open.Magnification?.Power;
    }

    /// <summary>Whether several threads may read crops of it at once; if not, one visit takes all that is wanted of it.</summary>
    internal bool IsOpen => _open is not null;

    /// <summary>Of objects with a larger crop only the middle is shown.</summary>
    internal int LargestCrop => IsOpen ? 1024 : int.MaxValue;

    /// <exception cref="BadInputException">It is not known; the message says how to give it.</exception>
    internal Magnification RequireMagnification() => _image?.RequireMagnification() ?? _open!.Magnification ?? throw new BadInputException(
        $"the magnification of {_open!.Path} is not known: give it when opening it, as in Slide.Open(path, magnification: 20), or guess it from microns per "
            + $"pixel (guess: true), and measure the regions again");

    /// <summary>Whether the mask or the outlines of its objects are at hand.</summary>
    internal bool HasObjects => _image is not null ? _image.MaskPath is not null : _measured is { Mask: { } } or { Outlines: { } };

    /// <summary>The mask that the objects were measured on; null where it is not at hand, or where outlines take its place.</summary>
    internal Mask? LoadMask() => _image is { MaskPath: { } } ? _image.LoadMask() : _measured?.Mask;

    /// <exception cref="BadInputException">Objects that are to be shown alone are not known by themselves.</exception>
    internal void RequireObjects()
    {
        if (!HasObjects)
            throw new BadInputException($"objects of {Name} cannot be shown alone, as neither their mask nor their outlines are at hand, which tables of "
                + "objects and tables from a file do not hold: measure them on a mask, or let the surroundings be shown too (Mask = false)");
    }

    /// <summary>255 where the object is, whatever else has its value, of what a box of the slide holds; null where that is not known.</summary>
    /// <param name="mask">From <see cref="LoadMask"/>.</param>
    internal Raster? Alone(Region region, Box box, PixelSize size, Mask? mask)
    {
        var result = new Raster(size.Width, size.Height, 1);
        if (_measured?.Outlines is { } outlines)
            outlines[region.Label - 1].Paint(result, box);
        else if (mask is null)
            return null;
        else
        {
            var (alone, from) = (region.MaskFrom(mask), region.SourceBox);
            int At(int corner, int i, int length, int count) => (int)Math.Floor((corner + (i + 0.5) * length / count) / PerMaskPixel);
            int[] columns = [.. Enumerable.Range(0, size.Width).Select(x => At(box.X0, x, box.Width, size.Width) - from.X0)];
            for (var y = 0; y < size.Height; y++)
                if (At(box.Y0, y, box.Height, size.Height) - from.Y0 is >= 0 and var row && row < alone.Height)
                    for (var x = 0; x < size.Width; x++)
                        if ((uint)columns[x] < (uint)alone.Width)
                            result.Samples8[y * size.Width + x] = alone.Samples8[row * alone.Width + columns[x]];
        }
        return result;
    }

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
    internal Box Around(Region region, int side) =>
        Box.Around((region.Basics.Cx + 0.5) * PerMaskPixel, (region.Basics.Cy + 0.5) * PerMaskPixel, side);

    /// <summary>Whether the object can lie here; an outline that someone drew may reach over a slide's edge.</summary>
    internal bool Holds(Region region) => IsOpen ? !Box.Of(Size).Intersect(BoxOf(region)).IsEmpty : Box.Of(Size).Contains(region.SourceBox);

    /// <summary>
    /// A box, RGB, resized. What is shrunk to the area of its pixels is read from an open slide at that resolution, from the level that fits: as a network
    /// would get it. Where the box reaches beyond the slide the result is hatched in grey; of that nothing is mixed into the pixels beside it.
    /// </summary>
    /// <param name="alone">Of the result's size: what it has 0 for is black.</param>
    internal Raster Crop(Slide pixels, Box box, PixelSize size, ResizeMethod method, Raster? alone = null)
    {
        var share = IsOpen && method == ResizeMethod.Area && size.Width < box.Width ? size.Width / (double)box.Width : 1;
        var (at, wanted) = share < 1 ? (Resolution.Baseline(share), Box.Of(size).Shift((int)Math.Round(box.X0 * share), (int)Math.Round(box.Y0 * share)))
            : (Resolution.Level(0), box);
        var inside = wanted.Intersect(Box.Of(pixels.At(at).Size));
        var crop = inside.IsEmpty ? new Raster(size.Width, size.Height, 3) : Repeated(pixels.Read(inside, at), wanted.Shift(-inside.X0, -inside.Y0));
        if (crop.Size != size)
            crop = crop.Resize(size, method);
        crop.Mpp = _microns is { } microns ? new Mpp(microns * box.Width / size.Width, microns * box.Height / size.Height) : null;
        if (alone is null && Box.Of(Size).Contains(box))
            return crop;

        var samples = crop.Samples8;
        var stripe = Math.Max(1, (size.Width + 12) / 24);
        for (var y = 0; y < size.Height; y++)
            for (var x = 0; x < size.Width; x++)
            {
                var (u, v) = (box.X0 + (x + 0.5) * box.Width / size.Width, box.Y0 + (y + 0.5) * box.Height / size.Height);
                var pixel = samples.Slice(3 * (y * size.Width + x), 3);
                if (u < 0 || v < 0 || u > Size.Width || v > Size.Height)
                    pixel.Fill((byte)((x + y) / stripe % 2 == 0 ? 200 : 150));
                else if (alone is not null && alone.Samples8[y * size.Width + x] == 0)
                    pixel.Clear();
            }
        return crop;
    }

    /// <summary>A box around an image, whose outermost pixels go on beyond it.</summary>
    static Raster Repeated(Raster image, Box box)
    {
        if (box == image.Bounds)
            return image;
        var result = image.Crop(box);
        for (var y = 0; y < result.Height; y++)
        {
            var from = Math.Clamp(y + box.Y0, 0, image.Height - 1) * image.Stride;
            for (var x = 0; x < result.Width; x++)
                image.Samples8.Slice(from + 3 * Math.Clamp(x + box.X0, 0, image.Width - 1), 3).CopyTo(result.Samples8[(3 * (y * result.Width + x))..]);
        }
        return result;
    }
}
