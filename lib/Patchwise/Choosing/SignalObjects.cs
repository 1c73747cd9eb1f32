using System.Collections;
using System.Collections.Concurrent;

namespace Patchwise;

/// <summary>An object whose class is known.</summary>
/// <param name="Image">By which its <see cref="SignalObjects"/> knows its image.</param>
/// <param name="X">Of the centre of its box, px of the image, counted from 0 in the middle of the first pixel.</param>
/// <param name="Side">The longer side of its box, px of the image; for a centre alone, what someone states.</param>
/// <param name="Class">Empty: nobody has said.</param>
/// <param name="Group">What may not be both learned from and tested on: its patient, or else its image.</param>
public sealed record SignalObject(string Image, double X, double Y, double Side, string Class, string Group)
{
    /// <summary>Only its centre is known: the side was stated, not measured.</summary>
    public bool IsCentre { get; init; }

    /// <summary>An object in the middle of its box.</summary>
    /// <param name="group">Null: its image.</param>
    public static SignalObject In(string image, Box box, string className, string? group = null) =>
        new(image, (box.X0 + box.X1 - 1) / 2.0, (box.Y0 + box.Y1 - 1) / 2.0, box.Side, className, group ?? image);

    /// <summary>The square of <paramref name="side"/> px around its centre, to whole px.</summary>
    internal Box Around(int side) => Box.Around(X + 0.5, Y + 0.5, side);
}

/// <summary>An image that objects lie on; nothing is decoded before it is opened.</summary>
/// <param name="Open">Gives its pixels.</param>
/// <param name="Stays">Whether what is opened is the caller's slide, which is not closed after use and is read crop by crop.</param>
sealed record SignalImage(string Name, PixelSize Size, Magnification? Magnification, Mpp? Mpp, Func<Slide> Open, bool Stays);

/// <summary>
/// The labelled objects of a <see cref="SignalTest"/> with the images they lie on. Immutable; open slides among these must stay open while they are used.
/// </summary>
public sealed class SignalObjects : IReadOnlyList<SignalObject>
{
    readonly SignalObject[] _all;

    internal IReadOnlyDictionary<string, SignalImage> Images { get; }

    /// <summary>Of the frame in which fields of view are measured: the lowest of the images that have objects; null where none is known.</summary>
    public Magnification? Magnification { get; }

    /// <summary>Of the set, slide or folder.</summary>
    public string Name { get; }

    /// <summary>What is odd about the set, masks or slides that they are from.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    public int Count => _all.Length;
    public SignalObject this[int index] => _all[index];
    public IEnumerator<SignalObject> GetEnumerator() => ((IEnumerable<SignalObject>)_all).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <exception cref="BadInputException">Two images of one name, an object of none of them, or one that lies outside of its image.</exception>
    internal SignalObjects(string name, IEnumerable<SignalImage> images, IEnumerable<SignalObject> objects)
    {
        (Name, _all) = (name, [.. objects]);
        var byName = new Dictionary<string, SignalImage>(StringComparer.Ordinal);
        foreach (var image in images)
            if (!byName.TryAdd(image.Name, image))
                throw new BadInputException($"two images are named {image.Name}: expected different names, by which their objects are told apart; rename one");
        Images = byName;
        foreach (var one in _all)
            if (!byName.TryGetValue(one.Image, out var image))
                throw new BadInputException($"an object lies on {one.Image}, which {name} does not hold: expected one of its images"
                    + (byName.Count > 0 ? $", such as {byName.Keys.First()}" : ""));
            else if (!(one.X >= -0.5 && one.Y >= -0.5 && one.X <= image.Size.Width - 0.5 && one.Y <= image.Size.Height - 0.5) || !(one.Side > 0))
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                    $"an object of {one.Side:0.#} px at ({one.X:0.#}, {one.Y:0.#}) of {one.Image}, which is {image.Size} px: ")
                    + "expected a side above 0 and a centre on the image, in its px");
        var used = _all.Select(one => byName[one.Image]).Distinct().ToArray();
        if (used.Any(image => image.Magnification is null) && Array.Find(used, image => image.Magnification is not null) is { } known)
            throw new BadInputException($"the magnification of {Array.Find(used, image => image.Magnification is null)!.Name} is not known, that of "
                + $"{known.Name} is ({known.Magnification}): expected all or none, so that fields of view compare; give it when opening the images");
        Magnification = used.Select(image => image.Magnification).OrderBy(power => power?.Power).FirstOrDefault();
    }

    /// <summary>Microns per px of the frame; null where they are not known of all images, or differ by more than a fiftieth.</summary>
    public Mpp? Mpp
    {
        get
        {
            var all = _all.DistinctBy(one => one.Image).Select(one => Images[one.Image].Mpp is { } mpp ? (X: mpp.X * ScaleOf(one), Y: mpp.Y * ScaleOf(one))
                : ((double X, double Y)?)null).ToArray();
            return all is [{ } first, ..] && all.All(one => one is { } other && Math.Abs(other.X / first.X - 1) < 0.02
                && Math.Abs(other.Y / first.Y - 1) < 0.02) ? new Mpp(first.X, first.Y) : null;
        }
    }

    /// <summary>Px of an object's image per px of the frame.</summary>
    internal double ScaleOf(SignalObject one) => Magnification is { } frame ? Images[one.Image].Magnification!.Value.Power / frame.Power : 1;

    /// <summary>The field of view around an object, px of its image.</summary>
    internal Box FieldOf(SignalObject one, int field) => one.Around((int)Math.Round(field * ScaleOf(one)));

    internal bool HasRoom(SignalObject one, int field) => Box.Of(Images[one.Image].Size).Contains(FieldOf(one, field));

    /// <summary>Of the middle of an image, which tells whether it is a copy of another.</summary>
    const int MostCompared = 2048;

    /// <summary>The fields of view of some objects, px of the frame, RGB. A file is decoded once, whatever number of objects lies on it.</summary>
    /// <param name="digests">Takes a digest of the images that may be copies of others, by the name of each.</param>
    internal Raster[] Read(IReadOnlyList<SignalObject> objects, int field, int threads, CancellationToken cancel,
        ConcurrentDictionary<string, Lazy<ulong?>>? digests = null)
    {
        var crops = new Raster[objects.Count];
        static (int, int) Sides(PixelSize size) => (Math.Min(size.Width, size.Height), Math.Max(size.Width, size.Height));
        var sizes = digests is null ? [] : objects.Select(one => one.Image).Distinct().CountBy(name => Sides(Images[name].Size)).ToDictionary();
        ObjectSlides.Each(objects.Index().GroupBy(one => Images[one.Item.Image])
            .SelectMany(group => group.Key.Stays ? group.Select(one => new[] { one }) : [group.ToArray()]), threads, items =>
        {
            var image = Images[items[0].Item.Image];
            var slide = image.Open();
            try
            {
                if (digests is not null && sizes[Sides(image.Size)] > 1)
                    _ = digests.GetOrAdd(image.Name, _ => new(() => MiddleOf(slide))).Value;
                foreach (var (i, one) in items)
                {
                    cancel.ThrowIfCancellationRequested();
                    var crop = slide.Read(FieldOf(one, field), slide.At(Resolution.Level(0)), alone: true);
                    crops[i] = crop.Width == field ? crop : SignalSample.Resized(crop, field);
                }
            }
            finally
            {
                if (!image.Stays)
                    slide.Dispose();
            }
        }, cancel);
        return crops;
    }

    /// <summary>A digest of the middle; null where that is of one color.</summary>
    static ulong? MiddleOf(Slide slide)
    {
        // Margins of equal widths, so that it stays the middle when the image is turned.
        static int Margin(int side) => Math.Max(0, side - MostCompared) / 2;
        var (x, y) = (Margin(slide.Size.Width), Margin(slide.Size.Height));
        var middle = slide.Read(new(x, y, slide.Size.Width - x, slide.Size.Height - y), slide.At(Resolution.Level(0)), alone: true);
        return SignalSample.IsFlat(middle) ? null : Orientation.Digest(middle);
    }

    /// <summary>
    /// Objects of a set, by the middle of their boxes, with the class and group that its table states. Of masks the value is the class, unless
    /// <paramref name="classOf"/> says otherwise; 12 stands for 12. The image is the group, unless <paramref name="groupOf"/> says otherwise.
    /// </summary>
    /// <param name="classOf">The class of an object; empty: it has none, and is left out.</param>
    /// <param name="groupOf">Such as the patient of <see cref="Region.Image"/>.</param>
    /// <exception cref="BadInputException">The objects are of other images.</exception>
    public static SignalObjects Of(ImageSet set, RegionTable regions, Func<Region, string>? classOf = null, Func<Region, string>? groupOf = null)
    {
        var images = set.Images.Select(image => new SignalImage(image.Name, image.Size, image.Magnification, image.Mpp,
            () => Slide.Of(image.LoadImage(), image.ImagePath), false));
        return new(set.Name, images, Objects(regions, 1, classOf, groupOf)) { Notes = [.. regions.SomeNotes] };
    }

    /// <summary>As the other, of a slide, whose name is the group; the classes of outlines stand in their <see cref="AnnotationSet"/>.</summary>
    public static SignalObjects Of(Slide slide, RegionTable regions, Func<Region, string>? classOf = null, Func<Region, string>? groupOf = null)
    {
        var measured = regions.Images.FirstOrDefault(image => image.Name == RegionTable.NameOf(slide) && image.Width > 0);
        return new(slide.Path, [ImageOf(slide)], Objects(regions, slide.Size.Width / (double)(measured?.Width ?? slide.Size.Width), classOf, groupOf))
        {
            Notes = [.. regions.SomeNotes],
        };
    }

    /// <summary>Outlines of a slide with their classes, by the middle of their boxes. One slide is one group: join several by <see cref="Concat"/>.</summary>
    /// <param name="groupOf">Null: the slide.</param>
    /// <exception cref="BadInputException">None lies on the slide.</exception>
    public static SignalObjects Of(Slide slide, AnnotationSet annotations, Func<Annotation, string>? groupOf = null)
    {
        var (image, outlines) = (ImageOf(slide), annotations.On(slide).Objects);
        return new(slide.Path, [image], outlines.Select(one => SignalObject.In(image.Name, one.Box, one.Class, groupOf?.Invoke(one))))
        {
            Notes = [.. outlines.Notes.Select(note => $"{annotations.Path}: {note}"), .. slide.Notes.Select(note => $"{slide.Path}: {note}")],
        };
    }

    /// <summary>Each patch an object that fills it, and a group of its own: nothing is known of who belongs together.</summary>
    /// <param name="groupOf">The group of a file, such as its patient.</param>
    /// <exception cref="BadInputException">A file is no image.</exception>
    public static SignalObjects Of(LabelledPatches patches, Func<string, string>? groupOf = null)
    {
        SignalImage[] images = [.. patches.Files.Select(file => (File: file, Info: Raster.ReadInfo(file))).Select(one => new SignalImage(
            SetFiles.Relative(patches.Folder, one.File), one.Info.Size, null, patches.Mpp ?? one.Info.Mpp, () => Slide.Open(one.File), false))];
        // Of one size px compare as they are; where they differ, by that.
        if (images.Where(image => image.Mpp is not null).Select(image => image.Mpp!.Value.X).Order().ToArray() is [var fine, .., var coarse]
            && coarse / fine > 1.02)
        {
            if (Array.Find(images, image => image.Mpp is null) is { } unknown)
                throw new BadInputException(Invariant($"{patches.Name}: {images.Count(image => image.Mpp is null):N0} of {images.Length:N0} patches, such as ")
                    + $"{unknown.Name}, state no microns per pixel, the others {new Mpp(fine)} to {new Mpp(coarse)}: expected all or none, so that "
                    + "fields of view compare; write the resolution into these files, or leave them out");
            images = Array.ConvertAll(images, image => image with { Magnification = image.Mpp!.Value.GuessMagnification() });
        }
        return new(patches.Name, images, images.Select((image, i) => SignalObject.In(image.Name, Box.Of(image.Size), patches.Classes[patches.Labels[i]].Name,
            groupOf?.Invoke(patches.Files[i]))));
    }

    /// <summary>The objects of all, such as of several slides.</summary>
    /// <exception cref="BadInputException">Two images have the same name.</exception>
    public static SignalObjects Concat(IReadOnlyCollection<SignalObjects> several)
    {
        var names = string.Join(", ", several.Take(3).Select(one => one.Name)) + (several.Count > 3 ? $" and {several.Count - 3} more" : "");
        return new(names, several.SelectMany(one => one.Images.Values), several.SelectMany(one => one._all))
        {
            Notes = [.. several.SelectMany(one => one.Notes)],
        };
    }

    /// <summary>Those that <paramref name="keep"/> is true for.</summary>
    public SignalObjects Where(Func<SignalObject, bool> keep) => Only(_all.Where(keep));

    /// <param name="kept">Some of these.</param>
    internal SignalObjects Only(IEnumerable<SignalObject> kept) => new(Name, Images.Values, kept) { Notes = Notes };

    /// <summary>
    /// The side that most objects need, px at the lowest magnification of the images: the smallest multiple of 32 that holds 95 % of their boxes, as the size
    /// test finds it; where all have the same side, such as stated ones, that.
    /// </summary>
    public int Side
    {
        get
        {
            if (Count == 0)
                throw new BadInputException($"{Name} holds no objects: expected labelled ones");
            double[] sides = [.. _all.Select(one => one.Side / ScaleOf(one))];
            return sides.Distinct().Count() == 1 ? (int)Math.Ceiling(sides[0]) : SizeSuggestion.Of(new(sides), 0.95, 32, null).Size;
        }
    }

    /// <summary>Of a slide that states no power, 10 / microns per pixel, as of images: pixels of several scanners have to compare.</summary>
    static SignalImage ImageOf(Slide slide) => new(RegionTable.NameOf(slide), slide.Size, slide.Magnification ?? slide.Mpp?.GuessMagnification(), slide.Mpp,
        () => slide, true);

    static IEnumerable<SignalObject> Objects(RegionTable regions, double perMaskPixel, Func<Region, string>? classOf, Func<Region, string>? groupOf) =>
        regions.Select(row =>
        {
            // The box of a centre may be cut at the border; its centre is not.
            var (x, y) = row.IsCentre ? (row.Basics.Cx + 0.5, row.Basics.Cy + 0.5)
                : ((row.SourceBox.X0 + row.SourceBox.X1) / 2.0, (row.SourceBox.Y0 + row.SourceBox.Y1) / 2.0);
            return new SignalObject(row.Image, x * perMaskPixel - 0.5, y * perMaskPixel - 0.5, (row.StatedSide ?? row.SourceBox.Side) * perMaskPixel,
                classOf?.Invoke(row) ?? row.Class, groupOf?.Invoke(row) ?? row.Group)
            { IsCentre = row.IsCentre };
        });
}
