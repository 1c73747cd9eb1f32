namespace Patchwise;

/// <summary>Which part of a slide is predicted: found on the slide, given, or all of it. A <see cref="TissueMask"/> converts to one.</summary>
public sealed class MaskChoice
{
    readonly Func<Slide, TissueMask?> _of;

    /// <summary>What tells one choice from another in the record of a run.</summary>
    internal string Identity { get; }

    MaskChoice(string identity, Func<Slide, TissueMask?> of) => (Identity, _of) = (identity, of);

    /// <summary>The tissue that <see cref="TissueMask.Of(Slide, Resolution?, TissueRule, double, double)"/> finds.</summary>
    public static MaskChoice Automatic { get; } = new("auto", slide => TissueMask.Of(slide));

    /// <summary>All patches, also those without tissue.</summary>
    public static MaskChoice None { get; } = new("none", _ => null);

    /// <summary>A mask image, stretched over the whole slide whatever its size: tissue where it is not 0.</summary>
    public static MaskChoice File(string path) => TissueMask.Load(path);

    public static implicit operator MaskChoice(TissueMask mask) =>
        new($"{mask.Pixels.Size} px, sha256 {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(mask.Pixels.Data))}", _ => mask);

    internal TissueMask? Of(Slide slide) => _of(slide);
}
