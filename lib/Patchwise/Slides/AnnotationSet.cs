using System.Collections.ObjectModel;
using NetTopologySuite.Geometries.Utilities;

namespace Patchwise;

/// <summary>The outlined regions of a slide, from QuPath's GeoJSON or the XML of Aperio ImageScope, HALO or ASAP.</summary>
public sealed class AnnotationSet : ReadOnlyCollection<Annotation>
{
    AnnotationSet(string path, IEnumerable<Annotation> all, IReadOnlyList<string> notes, OutlineFrame frame) : base([.. all]) =>
        (Path, Notes, Frame) = (path, notes, frame);

    /// <summary>Of the slide that was outlined, as ImageScope states them; null: not stated.</summary>
    double? MicronsPerPixel { get; init; }

    /// <summary>The slide that was outlined, as a GeoJSON file may say it; null: not stated.</summary>
    (string Name, PixelSize Size)? Outlined { get; init; }

    /// <summary>The file, for messages.</summary>
    public string Path { get; }

    /// <summary>Where its pixels count from; <see cref="On"/> takes it to <see cref="OutlineFrame.Level0"/>.</summary>
    public OutlineFrame Frame { get; }

    /// <summary>What the file holds that is no region of this set, such as "Point left out: 2".</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The classes that occur, in alphabetical order.</summary>
    public IReadOnlyList<string> Classes => [.. this.Select(annotation => annotation.Class).Distinct().Order(StringComparer.Ordinal)];

    const int LargestFile = 1 << 30;

    /// <summary>
    /// Reads a file; its first letter decides the format. Areas count: polygons, rectangles and ellipses, also parts that overlap, holes and figures of eight;
    /// what an outline winds around is inside. Points, lines and rulers are left out and named in <see cref="Notes"/>.
    /// </summary>
    /// <param name="frame">Where its pixels count from; null: as the program does, QuPath from the scanned part, the others from level 0.</param>
    /// <exception cref="BadInputException">The file is missing, of another kind or damaged, holds no area, or a class in a form that is not known.</exception>
    public static AnnotationSet Load(string path, OutlineFrame? frame = null) => InputFile.Read<AnnotationSet>(path, () =>
    {
        if (!File.Exists(path))
            throw new BadInputException($"{path} does not exist: expected annotations, GeoJSON of QuPath or XML of ImageScope, HALO or ASAP");
        if (new FileInfo(path).Length > LargestFile)
            throw new BadInputException($"{path} is larger than {LargestFile >> 20} MiB: expected annotations as GeoJSON or XML; export fewer");
        var bytes = File.ReadAllBytes(path);
        var first = bytes.AsSpan().TrimStart("\uFEFF"u8).TrimStart(" \t\r\n"u8);
        var isXml = !first.IsEmpty && first[0] == '<';
        if (!first.IsEmpty && !isXml && first[0] is not ((byte)'{' or (byte)'['))
            throw new BadInputException($"{path} is neither GeoJSON nor XML in UTF-8, but {FileKind.Describe(bytes)}: expected annotations that QuPath, "
                + "ImageScope, HALO or ASAP exported");
        List<string> notes = [];
        double? microns = null;
        (string, PixelSize)? slide = null;
        var all = first.IsEmpty ? [] : isXml ? XmlAnnotations.Read(bytes, path, notes, out microns) : GeoJsonAnnotations.Read(bytes, path, notes, out slide);
        string[] counted = [.. notes.CountBy(note => note).Select(pair => $"{pair.Key}: {pair.Value}")];
        // Objects of several planes, or a file that was merged with itself.
        var different = all.DistinctBy(one => (one.Class, one.Type, one.Area.EnvelopeInternal, one.Area.Area, Outline.HashOf(one.Area))).Count();
        if (all.Count - different is > 0 and var again)
            counted = [.. counted, $"the same as others in class and outline, and counted as well: {again}"];
        if (all.Count == 0)
            throw new BadInputException($"{path} holds no area{(counted is [] ? "" : $" ({string.Join("; ", counted)})")}: expected at least one polygon, "
                + "rectangle or ellipse; points and lines do not count");
        var counts = frame ?? (isXml ? OutlineFrame.Level0 : OutlineFrame.ScannedPart);
        return new(path, all.Select(annotation => annotation with { Frame = counts }), counted, counts) { MicronsPerPixel = microns, Outlined = slide };
    });

    /// <summary>The same in px of level 0 of their slide. What takes annotations together with a slide calls it by itself.</summary>
    /// <exception cref="BadInputException">None lies on the slide, or the file says that they are of one of another size.</exception>
    public AnnotationSet On(Slide slide)
    {
        if (Outlined is { } of && of.Size != slide.Size)
            throw new BadInputException($"{Path}: outlines of {of.Name} ({of.Size} px), but {slide.Path} has {slide.Size} px: give the outlines of this slide, "
                + "such as outlines: mine.geojson");
        string[] scale = MicronsPerPixel is { } drawn && slide.Mpp?.X is { } own && ScaleCheck.Differs(drawn, own)
            ? [FormattableString.Invariant($"drawn on a slide of {drawn:0.####} microns per pixel, while {slide.Path} has {own:0.####}: look whether they fit")]
            : [];
        var (x, y) = slide.Shape.CornerOf(Frame);
        Annotation[] all = Frame == OutlineFrame.Level0 ? [.. this]
            : [.. this.Select(annotation => annotation.Moved(AffineTransformation.TranslationInstance(x, y)))];
        var some = all.Select(annotation => (Whole: annotation, OnSlide: annotation.CutTo(slide.Size))).Where(one => one.OnSlide is not null).ToArray();
        if (some.Length == 0)
            throw new BadInputException($"{Path}: none of {this} lies on {slide.Path} of {slide.Size} px"
                + $"{(slide.Bounds is { } part ? $", scanned in {part}" : "")}: expected annotations of this slide; if they count from another corner, say so "
                + $"(frame: OutlineFrame.{(Frame == OutlineFrame.Level0 ? OutlineFrame.ScannedPart : OutlineFrame.Level0)}, on the command line --frame)");
        // A px is what rounding takes.
        var over = some.Count(one => !Box.Of(slide.Size).Grow(1).Contains(one.Whole.Box));
        return new(Path, some.Select(one => one.OnSlide!),
        [
            .. Notes, .. scale, .. over == 0 ? [] : (string[])[$"reach over the edge of the slide, and are cut off there: {over}"],
            .. some.Length == all.Length ? [] : (string[])[$"outside of the slide, and left out: {all.Length - some.Length}"],
            .. (x, y) == (0, 0) ? [] : (string[])[FormattableString.Invariant($"moved by ({x}, {y}), the corner of the scanned part")],
        ], OutlineFrame.Level0);
    }

    /// <summary>The regions of one class.</summary>
    /// <exception cref="BadInputException">There are none.</exception>
    public AnnotationSet OfClass(string name) => Where("class", name, annotation => annotation.Class);

    /// <summary>The regions of one type, such as the cells without the annotation around them.</summary>
    /// <exception cref="BadInputException">There are none.</exception>
    public AnnotationSet OfType(string name) => Where("type", name, annotation => annotation.Type);

    /// <summary>Those that are objects: classes that QuPath leaves out of everything are none.</summary>
    /// <exception cref="BadInputException">There are no others.</exception>
    internal AnnotationSet Objects => this.Where(annotation => !annotation.IsIgnored).ToList() is { Count: > 0 } some
        ? some.Count == Count ? this : new(Path, some, [.. Notes, $"no objects, as in QuPath, since their classes end in *: {Count - some.Count}"], Frame)
        : throw new BadInputException($"{Path}: {this}: classes whose names end in * are no objects, as in QuPath: expected others; rename the class if it "
            + "is one");

    AnnotationSet With(IEnumerable<Annotation> some) => new(Path, some, Notes, Frame) { MicronsPerPixel = MicronsPerPixel, Outlined = Outlined };

    AnnotationSet Where(string what, string name, Func<Annotation, string> of) =>
        this.Where(annotation => of(annotation) == name).ToList() is { Count: > 0 } found ? With(found) : throw new BadInputException(
            $"{Path} has no regions of {what} '{name}': expected one of "
            + string.Join(", ", this.Select(of).Distinct().Order(StringComparer.Ordinal).Select(known => known is "" ? $"'' (without a {what})" : known)));

    /// <summary>The nuclei of the cells, with their classes; a cell's own outline is that of the whole cell.</summary>
    /// <exception cref="BadInputException">There are none.</exception>
    public AnnotationSet Nuclei => this.Where(cell => cell.Nucleus is not null).ToList() is { Count: > 0 } cells
        ? With(cells.Select(cell => cell with { Area = cell.Nucleus!, Nucleus = null, Type = "nucleus" }))
        : throw new BadInputException($"{Path} has no cell with a nucleus: expected cells as QuPath's cell detection makes them");

    public override string ToString()
    {
        var types = this.CountBy(annotation => annotation.Type).ToList();
        return $"{Count} region{(Count == 1 ? "" : "s")} of "
            + string.Join(", ", this.CountBy(annotation => annotation.Class)
                .OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{(pair.Key is "" ? "no class" : pair.Key)} ({pair.Value})"))
            + (types.Count < 2 ? "" : $"; {string.Join(", ", types.Select(pair => $"{(pair.Key is "" ? "no type" : pair.Key)} ({pair.Value})"))}")
            + string.Concat(Notes.Select(note => $"; {note}"));
    }
}
