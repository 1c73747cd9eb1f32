namespace Patchwise;

/// <summary>Which part of a slide is tissue: an image that covers all of the slide, at any size.</summary>
public sealed class TissueMask
{
    /// <summary>One channel, 255 where there is tissue, else 0.</summary>
    public Raster Pixels { get; }

    /// <summary>Share of the slide that is tissue.</summary>
    public double Share => Pixels.Data.Count((byte)255) / (double)Pixels.Size.Area;

    /// <summary>What is odd about the mask that it was made of, such as in-between values that were cut.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    TissueMask(Raster pixels) => Pixels = pixels;

    /// <summary>Finds the tissue of a slide on a thumbnail.</summary>
    /// <exception cref="BadInputException">An option out of range, or as for <see cref="Slide.Thumbnail"/>.</exception>
    public static TissueMask Of(Slide slide, TissueOptions options, CancellationToken cancel)
    {
        var (at, rule, speck, hole, saturation) = (options.At, options.Rule, options.Speck, options.Hole, options.Saturation);
        if (!(speck is >= 0 and < 1e6 && hole is >= 0 and < 1e6))
            throw new BadInputException(FormattableString.Invariant($"specks of {speck} and holes of {hole} microns: expected 0 to a metre"));
        if (!(saturation is > 0 and <= 255))
            throw new BadInputException(FormattableString.Invariant($"a saturation of {saturation}: expected a number above 0, such as 8, to 255"));
        var thumbnail = slide.Whole(at ?? (rule == TissueRule.Otsu && slide.Magnification is not null ? Resolution.Power(1.25)
            : slide.Mpp is not null ? Resolution.Mpp(8) : null), Raster.DefaultPixelLimit, cancel);
        var finder = new TissueFinder(cancel);
        if (rule == TissueRule.Otsu)
            return new(finder.Otsu(thumbnail));
        var found = finder.Clean(thumbnail, saturation, out var glows);
        var pixel = thumbnail.Mpp is { } mpp ? mpp.X * mpp.Y : 64;
        finder.DropSpecks(found, Math.PI / 4 * speck * speck / pixel);
        finder.FillHoles(found, Math.PI / 4 * hole * hole / pixel);
        return new(found)
        {
            Notes = glows ? ["the slide glows on a dark ground, as fluorescence does: what is bright is taken for tissue, and a network that learned from "
                + "stained sections knows nothing of it"] : [],
        };
    }

    /// <summary>The regions that someone outlined on a slide: a grid keeps the patches that lie in them.</summary>
    /// <param name="at">How fine; null: a 16th of the slide's width and height, or at least 1024 px.</param>
    public static TissueMask Of(AnnotationSet annotations, Slide slide, Resolution? at, CancellationToken cancel)
    {
        var share = Math.Min(1, Math.Max(1.0 / 16, 1024.0 / Math.Max(slide.Size.Width, slide.Size.Height)));
        var size = slide.At(at ?? Resolution.Baseline(share)).Size;
        var mask = new Raster(size.Width, size.Height, 1);
        var ignored = new Raster(size.Width, size.Height, 1);
        foreach (var annotation in annotations.On(slide))
        {
            cancel.ThrowIfCancellationRequested();
            annotation.Paint(IsCutOut(annotation) ? ignored : mask, Box.Of(slide.Size));
        }
        for (var i = 0; i < mask.Samples8.Length; i++)
            mask.Samples8[i] &= (byte)~ignored.Samples8[i];
        return new(mask) { Notes = NotesOf(annotations) };
    }

    /// <summary>Region* is no object to QuPath, but what it calls a part to work on.</summary>
    static bool IsCutOut(Annotation annotation) => annotation.IsIgnored && annotation.Class != "Region*";

    /// <summary>What outlines hold that is no area, and which classes are taken for tissue where there are several.</summary>
    public static IReadOnlyList<string> NotesOf(AnnotationSet annotations)
    {
        var (left, taken) = (annotations.Where(IsCutOut).ToList(), annotations.Where(one => !IsCutOut(one)).ToList());
        static string Counted(IEnumerable<Annotation> some) => string.Join(", ", some.CountBy(one => one.Class).OrderBy(one => one.Key, StringComparer.Ordinal)
            .Select(one => $"{(one.Key == "" ? "no class" : one.Key)} {one.Value}"));
        var classes = annotations.Classes.Count < 2 && left.Count == 0 ? null
            : $"{Path.GetFileName(annotations.Path)}: taken for tissue {(taken.Count == 0 ? "nothing" : Counted(taken))}"
            + (left.Count > 0 ? $"; cut out {Counted(left)}" : "; where some of these mark what is no tissue, take them out of the file");
        return [.. annotations.Notes.Select(note => $"{Path.GetFileName(annotations.Path)}: {note}"), .. classes is null ? (string[])[] : [classes]];
    }

    /// <summary>A mask made elsewhere, or an image in memory: tissue where it is not 0. It covers all of the slide, at any size of the same shape.</summary>
    public static TissueMask Of(Mask mask)
    {
        var binary = new Raster(mask.Size.Width, mask.Size.Height, 1);
        var pixel = mask.Codes.Bits / 8;
        var from = mask.Codes.Data;
        for (var i = 0; i < binary.Data.Length; i++)
            binary.Data[i] = from.Slice(i * pixel, pixel).ContainsAnyExcept((byte)0) ? (byte)255 : (byte)0;
        return new(binary) { Notes = mask.Notes };
    }

    /// <summary>As <see cref="Of(Mask)"/>, from a file; see <see cref="Mask.Load"/>.</summary>
    public static TissueMask Load(string path) => Of(Mask.Load(path));

    /// <exception cref="BadInputException">It has another shape than the slide.</exception>
    public void CheckIsOver(Slide slide) => slide.Shape.CheckCovers(Pixels.Size);

    /// <summary>What is tissue in both, at the finer of both sizes.</summary>
    /// <exception cref="BadInputException">They have different shapes.</exception>
    public TissueMask And(TissueMask other)
    {
        var (fine, coarse) = Pixels.Size.Area >= other.Pixels.Size.Area ? (Pixels, other.Pixels) : (other.Pixels, Pixels);
        new SlideShape("a mask", [new(fine.Size, 1)], null, null).CheckCovers(coarse.Size);
        var both = coarse.Resize(fine.Size, ResizeMethod.Nearest);
        for (var i = 0; i < both.Samples8.Length; i++)
            both.Samples8[i] &= fine.Samples8[i];
        return new(both);
    }

    /// <summary>Whether a patch has tissue enough; <paramref name="whole"/> is the slide's size in the box's px.</summary>
    internal bool Holds(Box box, PixelSize whole, double least, GridRule rule)
    {
        var (x0, x1) = OnMask(box.X0, box.X1, whole.Width, Pixels.Width, rule);
        var (y0, y1) = OnMask(box.Y0, box.Y1, whole.Height, Pixels.Height, rule);
        long tissue = 0, area = (x1 - (long)x0) * (y1 - y0);
        if (x1 <= x0 || y1 <= y0)
            return false;
        for (var y = y0; y < y1; y++)
            tissue += Pixels.Data.Slice(y * Pixels.Width + x0, x1 - x0).Count((byte)255);
        return tissue > 0 && (tissue == area || (rule == GridRule.Toolbox14 ? tissue > area * least : tissue >= area * least));
    }

    static (int, int) OnMask(int from, int to, int whole, int mask, GridRule rule)
    {
        if (rule == GridRule.Toolbox14)
        {
            var scale = (float)(mask / (double)whole);
            return ((int)Math.Clamp(from * scale, 0, mask), (int)Math.Clamp(to * scale, 0, mask));
        }
        if (to <= 0 || from >= whole)
            return (0, 0);
        var start = (int)((long)Math.Max(from, 0) * mask / whole);
        return (start, (int)Math.Max(start + 1, (long)Math.Min(to, whole) * mask / whole));
    }

    public override string ToString() =>
        string.Join("; ", [FormattableString.Invariant($"Tissue: {100 * Share:0.#} % of the slide, found on {Pixels.Size} px"), .. Notes]);
}
