namespace Patchwise;

/// <summary>Which part of a slide is predicted: found on the slide, given, or all of it. A <see cref="TissueMask"/> converts to one.</summary>
public sealed class MaskChoice
{
    readonly Func<Slide, TissueMask?> _of;

    MaskChoice(Func<Slide, TissueMask?> of) => _of = of;

    /// <summary>The tissue that <see cref="TissueMask.Of(Slide, Resolution?, TissueRule, double, double)"/> finds.</summary>
    public static MaskChoice Automatic { get; } = new(slide => TissueMask.Of(slide));

    /// <summary>All patches, also those without tissue.</summary>
    public static MaskChoice None { get; } = new(_ => null);

    /// <summary>A mask image, stretched over the whole slide whatever its size: tissue where it is not 0.</summary>
    public static MaskChoice File(string path) => TissueMask.Load(path);

    public static implicit operator MaskChoice(TissueMask mask) => new(_ => mask);

    internal TissueMask? Of(Slide slide) => _of(slide);
}
