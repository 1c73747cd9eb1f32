using System.Collections;

namespace Patchwise;

/// <summary>The outlined regions of a slide, from QuPath's GeoJSON or Aperio ImageScope's XML.</summary>
public sealed class AnnotationSet : IReadOnlyList<Annotation>
{
    readonly Annotation[] _all;

    AnnotationSet(string path, IEnumerable<Annotation> all) => (Path, _all) = (path, [.. all]);

    /// <summary>The file, for messages.</summary>
    public string Path { get; }

    public int Count => _all.Length;
    public Annotation this[int index] => _all[index];
    public IEnumerator<Annotation> GetEnumerator() => ((IEnumerable<Annotation>)_all).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The classes that occur, in alphabetical order.</summary>
    public IReadOnlyList<string> Classes => [.. _all.Select(annotation => annotation.Class).Distinct().Order(StringComparer.Ordinal)];

    const int LargestFile = 1 << 30;

    /// <summary>
    /// Reads a file; its first letter decides the format. Areas count: polygons (with holes), and of XML also rectangles and ellipses. Points, lines and rulers
    /// are left out.
    /// </summary>
    /// <exception cref="BadInputException">The file is missing, of another kind or damaged, or holds no area.</exception>
    public static AnnotationSet Load(string path)
    {
        try
        {
            if (!File.Exists(path))
                throw new BadInputException($"{path} does not exist: expected annotations as QuPath's GeoJSON or Aperio ImageScope's XML; check the name");
            if (new FileInfo(path).Length > LargestFile)
                throw new BadInputException($"{path} is larger than {LargestFile >> 20} MiB: expected annotations as GeoJSON or XML; export fewer");
            var bytes = File.ReadAllBytes(path);
            var first = bytes.AsSpan().TrimStart("\uFEFF"u8).TrimStart(" \t\r\n"u8);
            List<Annotation> all = first.IsEmpty ? [] : first[0] switch
            {
                (byte)'{' or (byte)'[' => GeoJsonAnnotations.Read(bytes, path),
                (byte)'<' => AperioAnnotations.Read(bytes, path),
                _ => throw new BadInputException($"{path} is neither GeoJSON nor XML: expected annotations that QuPath or Aperio ImageScope exported"),
            };
            return all.Count > 0 ? new(path, all)
                : throw new BadInputException($"{path} holds no area: expected at least one polygon, rectangle or ellipse; points and lines do not count");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} could not be read: {error.Message}", error);
        }
    }

    /// <summary>The regions of one class.</summary>
    /// <exception cref="BadInputException">There are none.</exception>
    public AnnotationSet OfClass(string name) => Classes.Contains(name) ? new(Path, _all.Where(annotation => annotation.Class == name))
        : throw new BadInputException(
            $"{Path} has no regions of class '{name}': expected one of "
                + $"{string.Join(", ", Classes.Select(known => known is "" ? "'' (without a class)" : known))}");

    public override string ToString() =>
        $"{Count} region{(Count == 1 ? "" : "s")} of " + string.Join(", ", _all.CountBy(annotation => annotation.Class)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{(pair.Key is "" ? "no class" : pair.Key)} ({pair.Value})"));
}
