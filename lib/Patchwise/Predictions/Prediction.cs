namespace Patchwise;

/// <summary>What a network says of one patch.</summary>
/// <param name="Source">Which of <see cref="PredictionTable.Sources"/> the patch is from.</param>
/// <param name="Box">In px at the source's resolution; of an image that is one patch, the whole of it.</param>
/// <param name="Level0">The same in px of level 0.</param>
/// <param name="Class">The most probable class, of equal ones the first.</param>
/// <param name="Probability">Of that class.</param>
/// <param name="Label">The class that the patch is known to be, where that is known.</param>
public readonly record struct Prediction(int Source, Box Box, Box Level0, int Class, float Probability, int? Label = null)
{
    /// <summary>
    /// How far the patch is from those that a linear head was learned from: 95 % of these, each left out, lie at 1 or below. Above it the head is asked about
    /// what it has not seen. Null of a network that does not tell.
    /// </summary>
    public float? Novelty { get; init; }

    /// <summary>
    /// Whether the head was learned from this patch or a copy of it, which is nearer than any other patch will be. Rounding leaves thousandths of novelty.
    /// </summary>
    public bool IsLearned => Novelty <= 0.01f;
}

/// <summary>An image file, a raster, a tile or a slide that patches are from.</summary>
/// <param name="Name">Its path, or the name it was given.</param>
/// <param name="Frame">The tile or slide at the resolution that it was predicted at; null for an image that is one patch.</param>
public sealed record PredictionSource(string Name, SlideFrame? Frame = null)
{
    /// <summary>Of an image that is one patch, where somebody states it.</summary>
    public Mpp? Mpp { get; init; }

    /// <summary>Whose it is, where a layout of labelled patches says so; it is not kept in files.</summary>
    public string? Patient { get; init; }

    /// <summary>Which file it is, so that it is not taken for another or a changed one; null where it is none.</summary>
    public FileVersion? Version { get; init; }
}

/// <summary>What tells a file from others, and from what it becomes when it is changed.</summary>
/// <param name="Path">Full.</param>
/// <param name="Content">Its size and time.</param>
public sealed record FileVersion(string Path, string Content)
{
    public static FileVersion Of(string path) => new(System.IO.Path.GetFullPath(path), new FileInfo(path) is var file && file.Exists
        ? FormattableString.Invariant($"{file.Length} bytes of {file.LastWriteTimeUtc:O}") : "not there");

    /// <summary>Of larger files some places are compared, evenly: whole slides take minutes.</summary>
    const long MostCompared = 1 << 26;

    /// <summary>
    /// Whether a file that is there is another, and neither this one under a new name nor a copy: by its length, by its bytes where this one is still there,
    /// unchanged, and else, where its name is another, by its time.
    /// </summary>
    /// <param name="isSlide">One of another name may be this one, moved without its time: lengths of slides are hardly alike, those of tiles often are.</param>
    public bool IsNot(string path, bool isSlide = false)
    {
        if (!File.Exists(path))
            return false;
        if (Content.Contains(" bytes of ", StringComparison.Ordinal)
            && !Content.StartsWith(FormattableString.Invariant($"{new FileInfo(path).Length} "), StringComparison.Ordinal))
            return true;
        if (System.IO.Path.GetFullPath(path) == Path)
            return false;
        if (!isSlide && System.IO.Path.GetFileName(path) != System.IO.Path.GetFileName(Path) && Content != Of(path).Content)
            return true;
        if (Of(Path).Content != Content)
            return false;
        return InputFile.Read(path, () =>
        {
            using var one = File.OpenRead(Path);
            using var other = File.OpenRead(path);
            var (a, b) = (new byte[1 << 16], new byte[1 << 16]);
            var step = Math.Max(a.Length, one.Length / (MostCompared / a.Length));
            for (var at = 0L; at < one.Length; at += step)
            {
                one.Position = other.Position = at;
                var count = one.ReadAtLeast(a, a.Length, throwOnEndOfStream: false);
                if (other.ReadAtLeast(b, count, throwOnEndOfStream: false) < count || !a.AsSpan(0, count).SequenceEqual(b.AsSpan(0, count)))
                    return true;
            }
            return false;
        });
    }
}
