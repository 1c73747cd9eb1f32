namespace Patchwise;

/// <summary>A file of an image set that is not as expected.</summary>
/// <param name="File">Relative to the set's folder.</param>
/// <param name="Excluded">The image is left out of the set; otherwise the problem is only noted.</param>
public sealed record SetProblem(string File, string What, bool Excluded);

/// <summary>What was found wrong in an image set, file by file.</summary>
public sealed record SetReport(int Images, IReadOnlyList<SetProblem> Problems) : ITabular
{
    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => Problems.Count == 0
        ? new([""], [], $"{Images} images, no problems")
        : new(["file", "problem", "image"], [.. Problems.Select(p => (string[])[p.File, p.What, p.Excluded ? "left out" : "kept"])],
            $"{Images} images used, {Problems.Count} problem{(Problems.Count == 1 ? "" : "s")}");
}
