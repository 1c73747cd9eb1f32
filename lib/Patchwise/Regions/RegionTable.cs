using System.Collections.ObjectModel;
using System.Runtime.ExceptionServices;

namespace Patchwise;

/// <summary>What <see cref="RegionTable.AwayFromEdge"/> looks at.</summary>
public enum EdgeRule
{
    /// <summary>The whole box: what the border cuts, and is measured too small, goes.</summary>
    Box,

    /// <summary>
    /// The centroid, as the post on magnification and patch size has it, so that a patch around it stays inside: an object may still reach over the edge.
    /// </summary>
    Centre,
}

/// <summary>
/// The objects of one or many masks, a row each, by image and in the order of their labels. Immutable: filters and <see cref="At"/> give new tables.
/// The frame is px of each mask until <see cref="At"/> takes it to a magnification.
/// </summary>
public sealed partial class RegionTable : ReadOnlyCollection<Region>, ITabular
{
    readonly MeasuredImage[] _images;

    /// <summary>An image that was measured. A table from a file may not know its size: Width is 0 then.</summary>
    /// <param name="Magnification">Of the mask.</param>
    internal sealed record MeasuredImage(string Name, int Width, int Height, Magnification? Magnification, int Objects)
    {
        /// <summary>That the image was scanned at, which may be above the mask's; null where that is not known.</summary>
        internal Magnification? Scanned { get; init; }

        /// <summary>Microns per px of the mask: as stated, or the usual of its magnification, 10 / power; null where neither is known.</summary>
        internal double? Microns { get => field ?? 10 / Magnification?.Power; init; }

        /// <summary>The outlines of a slide's objects, in the order of their labels, or the mask over it; a set's masks are read again.</summary>
        internal IReadOnlyList<Annotation>? Outlines { get; init; }

        internal Mask? Mask { get; init; }

        /// <summary>What its mask's reader and its objects say.</summary>
        internal IReadOnlyList<string> Notes { get; init; } = [];
    }

    internal RegionTable(IEnumerable<MeasuredImage> images, IEnumerable<Region> rows, Magnification? magnification) : base([.. rows])
    {
        (_images, Magnification) = ([.. images], magnification);
        if (_images.GroupBy(image => image.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new BadInputException(
                $"{twice.Count()} images are named {twice.Key}: expected different names, by which the table tells their objects apart; rename one");
    }

    /// <summary>What a row holds, in the order of the CSV file's columns.</summary>
    public static IReadOnlyList<RegionColumn> Columns => RegionColumns.WithStated;

    internal IReadOnlyList<MeasuredImage> Images => _images;

    /// <summary>Why px of its objects are not of one size, with the cure; null: they are, or nobody knows.</summary>
    internal string? SeveralScales
    {
        get
        {
            var of = this.Select(row => row.Image).ToHashSet();
            var measured = Array.FindAll(_images, image => of.Contains(image.Name));
            if (Magnification is null && measured.Select(image => image.Magnification?.Power).OfType<double>().Distinct().Order().ToArray()
                is [var low, _, ..] powers)
                return $"the objects are of images at {string.Join(" and ", powers.Select(power => new Magnification(power)))}, whose px are "
                    + Invariant($"not of one size: take them to one magnification first, such as regions.At({low})");
            if (Array.Find(measured, one => one.Magnification is not null) is { } known
                && Array.Find(measured, one => one.Magnification is null) is { } unknown)
                return $"the magnification of {known.Name} is known ({known.Magnification}), that of {unknown.Name} is not, so that their px "
                    + "cannot be compared: give it of all when opening the images, or leave some out (regions.Where)";
            return Magnification is null && measured.Select(image => image.Microns).OfType<double>().Order().ToArray() is [var fine, .., var coarse]
                && ScaleCheck.Differs(fine, coarse)
                ? Invariant($"the objects are of images at {fine:0.###} and at {coarse:0.###} microns per pixel, whose px are not of ")
                    + "one size: state the magnification of each, such as 10 / microns, and take them to one, such as regions.At(20)" : null;
        }
    }

    /// <summary>Microns per px of this table's frame, object by object; null where they are not known of all.</summary>
    public IReadOnlyList<double>? Microns => _images.ToDictionary(image => image.Name, image => image.Microns) is var known
        && this.All(row => known[row.Image] is not null) ? [.. this.Select(row => known[row.Image]!.Value / row.Scale)] : null;

    RegionTable With(IEnumerable<Region> rows) => new(_images, rows, Magnification);

    /// <summary>The magnification of the frame; null: px of each mask, whose magnifications are unknown or differ.</summary>
    public Magnification? Magnification { get; }

    /// <summary>What is odd about the masks, such as in-between values that were cut, or an object that looks like background.</summary>
    public IReadOnlyList<string> Notes => [.. _images.SelectMany(image => image.Notes)];

    /// <summary>Per image: how many objects its mask has, and how many are in this table.</summary>
    public RegionSummary Summary
    {
        get
        {
            var usable = this.CountBy(row => row.Image).ToDictionary();
            return new([.. _images.Select(image => new ImageSummary(image.Name, image.Objects, usable.GetValueOrDefault(image.Name)))]);
        }
    }

    /// <summary>Looks for what the sizes say against masks and magnifications.</summary>
    /// <param name="kind">What the objects are, for the sizes that such can have: nuclei, cells or glands; null: sizes are not judged.</param>
    public RegionCheck Check(string? kind = null) => new(this, kind);

    /// <summary>The table of one mask, which may be an image in memory: its samples are the labels then.</summary>
    /// <param name="magnification">Of the mask's image; needed for <see cref="At"/>.</param>
    public static RegionTable Measure(Mask mask, string name, Magnification? magnification, RegionProperties properties, CancellationToken cancel)
    {
        var objects = new Labelling(mask.Codes, cancel: cancel);
        var rows = new Region[objects.Count];
        Parallel.For(0, rows.Length, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            var basics = RegionBasics.Of(objects[i]);
            rows[i] = new(name, i + 1, basics with { Value = mask.LabelOf((int)basics.Value) },
                properties == RegionProperties.All ? RegionShape.Of(objects[i], basics) : null);
        });
        var size = mask.Size;
        var pieces = Pieces(rows) is { } told ? (string[])[$"{name}: {told}"] : [];
        var all = rows.Where(row => row.SourceBox == Box.Of(size) && row.Area * 2 > size.Area).Select(row => string.Create(CultureInfo.InvariantCulture,
            $"{name}: object {row.Label} (value {row.Value}) covers {row.Area / size.Area:0 %} of the mask and touches all its edges: if it is the background, "
            + $"save the mask with 0 there"));
        var image = new MeasuredImage(name, size.Width, size.Height, magnification, rows.Length)
        {
            Notes = [.. mask.Notes, .. pieces, .. all],
            Scanned = magnification,
        };
        return new([image], rows, magnification);
    }

    /// <summary>
    /// Of a mask whose values are numbers of objects, most of which are in one piece: which are in several. In masks of classes most values are.
    /// </summary>
    static string? Pieces(Region[] rows)
    {
        const int Some = 20, Many = 10;
        var values = rows.CountBy(row => row.Value).ToArray();
        // One in many pieces is a class, such as a border.
        var several = Array.FindAll(values, value => value.Value is > 1 and < Many);
        return several.Length == 0 || values.Length < Some || several.Length * 4 > values.Length ? null
            : $"{Words.Count(several.Length)} of {Words.Count(values.Length)} values, such as {several[0].Key}, are in several pieces, each of which counts as "
                + "an object: if a value is an object, give it the piece that is meant, and 0 to the others";
    }

    /// <summary>The tables of all masks of a set, measured in parallel, or what the set's table of objects states.</summary>
    /// <param name="cacheFolder">
    /// Where the result is kept for the next time: a file <c>regions-....json</c> that is used again as long as masks and parameters stay the same
    /// (by name, length and time of writing). Null: nothing is kept.
    /// </param>
    /// <exception cref="BadInputException">A mask cannot be read; the message names it.</exception>
    public static RegionTable Measure(ImageSet set, RegionProperties properties, string? cacheFolder, CancellationToken cancel)
    {
        if (set.Objects is { } stated)
            return OfObjects(set, stated).WithNotes(set.Notes);
        var cache = cacheFolder is null ? null : new RegionCache(cacheFolder, set, properties);
        if (cache?.TryLoad() is { } known)
            return known.WithMicrons(set).WithNotes(set.Notes);
        try
        {
            var table = Concat([.. set.Images.AsParallel().AsOrdered().WithCancellation(cancel)
                .Select(image => Measure(image.LoadMask(), image.Name, image.Magnification, properties, cancel))]).WithMicrons(set);
            cache?.Save(table);
            return table.WithNotes(set.Notes);
        }
        catch (AggregateException several) when (several.InnerExceptions[0] is PatchwiseException first)
        {
            ExceptionDispatchInfo.Throw(first);
            throw;
        }
    }

    /// <summary>What is said of the set as a whole.</summary>
    RegionTable WithNotes(IEnumerable<string> notes) =>
        new([.. _images.Select((image, i) => i > 0 ? image : image with { Notes = [.. notes, .. image.Notes] })], this, Magnification);

    /// <summary>Some of <see cref="Notes"/>, where others are said beside.</summary>
    internal IEnumerable<string> SomeNotes => Notes is var all && all.Count > 4
        ? [.. all.Take(3), $"and {Words.Count(all.Count - 3)} more such notes (Notes of the table of regions)"] : all;

    RegionTable WithMicrons(ImageSet set)
    {
        var stated = set.Images.ToDictionary(image => image.Name, image => image.Mpp is { } mpp ? (mpp.X + mpp.Y) / 2 : (double?)null);
        return new(_images.Select(image => image with { Scanned = image.Magnification, Microns = stated[image.Name] }), this, Magnification);
    }

    /// <summary>The rows of all tables, which are in px of their masks.</summary>
    /// <exception cref="BadInputException">Two images have the same name.</exception>
    public static RegionTable Concat(IReadOnlyCollection<RegionTable> tables)
    {
        var magnifications = tables.Select(table => table.Magnification).Distinct().ToList();
        return new(tables.SelectMany(table => table._images), tables.SelectMany(table => table), magnifications.Count == 1 ? magnifications[0] : null);
    }

    /// <summary>
    /// The same objects as they would be at another magnification: lengths and positions times s, areas times s * s, where s is
    /// <paramref name="magnification"/> over that of each object's image. Always taken from the masks, so steps do not add up errors.
    /// </summary>
    /// <exception cref="BadInputException">The magnification of an image is not known, or all were scanned at a lower one than asked for.</exception>
    public RegionTable At(Magnification magnification)
    {
        if (_images.Length > 0 && _images.All(image => image.Scanned is not null) && _images.Max(image => image.Scanned!.Value.Power) is var highest
            && magnification.Power > highest * (1 + 1e-9))
            throw new BadInputException($"objects at {magnification} of images that were scanned at {new Magnification(highest)}: a higher magnification shows "
                + $"nothing new; expected at most {new Magnification(highest)} (in notebook 3 the parameter is called chosen)");
        var scales = _images.ToDictionary(image => image.Name, image => image.Magnification?.ScaleTo(magnification) ?? throw new BadInputException(
            $"the magnification of {image.Name} is not known, so its objects cannot be taken to {magnification}: give it when opening it, as in "
                + (image.Outlines is null ? "ImageSet.Open(folder, magnification: 40)" : "Slide.Open(path, magnification: 40)")));
        return new(_images, this.Select(row => row with { Scale = scales[row.Image] }), magnification);
    }

    /// <summary>Objects of images that were scanned at a lower magnification than the table's: they are enlarged in it.</summary>
    internal int Enlarged => _images.Where(image => image.Scanned?.Power * (1 + 1e-9) < Magnification?.Power).Select(image => image.Name).ToHashSet() is var low
        && low.Count > 0 ? this.Count(row => low.Contains(row.Image)) : 0;

    /// <summary>The objects that <paramref name="keep"/> is true for.</summary>
    public RegionTable Where(Func<Region, bool> keep) => With(Items.Where(keep));

    /// <summary>
    /// The objects at least <paramref name="px"/> px of this table's frame from all four edges of their image; 1 is enough to leave out those that the border
    /// cuts. By box: x0 >= px and x1 &lt;= width - px, and so for y. By centre: centroid x >= px and x &lt;= width - px. 0 keeps all.
    /// </summary>
    public RegionTable AwayFromEdge(double px = 1, EdgeRule rule = EdgeRule.Box)
    {
        if (!double.IsFinite(px) || px < 0)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"a distance of {px} px from the edge: expected 0 or more"));
        if (px == 0)
            return this;
        var sizes = _images.ToDictionary(image => image.Name, image => image.Width > 0 ? (image.Width, image.Height) : throw new BadInputException(
            $"the size of {image.Name} is not in this table, so distances from its edge are unknown: expected the columns width and height; measure the "
                + $"masks again"));
        return Where(row =>
        {
            var (width, height) = sizes[row.Image];
            var margin = px / row.Scale;
            var (basics, box) = (row.Basics, row.SourceBox);
            return rule == EdgeRule.Centre
                ? basics.Cx >= margin && basics.Cx <= width - margin && basics.Cy >= margin && basics.Cy <= height - margin
                : box.X0 >= margin && box.X1 <= width - margin && box.Y0 >= margin && box.Y1 <= height - margin;
        });
    }

    /// <summary>
    /// The object whose area is nearest the percentile of all areas (interpolated between neighbours, as numpy's default does); of equally near ones the first.
    /// </summary>
    /// <param name="percent">0 to 100.</param>
    /// <exception cref="BadInputException">The table is empty or the percentage out of range.</exception>
    public Region Percentile(double percent)
    {
        if (!(percent >= 0 && percent <= 100))
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"percentile {percent}: expected 0 to 100"));
        if (Count == 0)
            throw new BadInputException("a percentile of no objects: this table is empty; loosen its filters, such as AwayFromEdge, or check the masks");
        var wanted = new Distribution(this.Select(row => row.Area)).Percentile(percent);
        return this.MinBy(row => Math.Abs(row.Area - wanted))!;
    }

    /// <summary>One table a mask value (often a class), by ascending value.</summary>
    public RegionGroups ByValue() =>
        new([.. this.GroupBy(row => row.Value).OrderBy(group => group.Key).Select(group => new RegionGroup(group.Key, With(group)))]);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Count} object{(Count == 1 ? "" : "s")} in {_images.Length} image{(_images.Length == 1 ? "" : "s")}, "
            + $"{(Magnification is { } m ? $"px at {m}" : "px of the masks")}");

    const int Shown = 10;

    public TextTable ToTable()
    {
        var shown = this.Take(Shown).ToList();
        var columns = RegionColumns.Of(this).Where(column => shown.Any(row => column.Of(row) is not null)).ToList();
        return TextTable.Of(string.Join("; ", [ToString(), .. Notes.Take(3)]), [.. columns.Select(column => column.Name)],
            [.. shown.Select(row => columns.Select(column => column.Of(row)).ToArray())], Count);
    }
}
