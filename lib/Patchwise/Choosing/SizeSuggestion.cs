namespace Patchwise;

/// <summary>The smallest patch size, among multiples of a step, that holds a target share of the objects.</summary>
/// <param name="Size">Side of the patch, px of the table's frame.</param>
/// <param name="Fits">Objects that it holds.</param>
/// <param name="Total">Objects in all.</param>
/// <param name="Reason">In words, with the numbers.</param>
/// <param name="Target">Share of the objects that was asked for, 0..1.</param>
public sealed record SizeSuggestion(int Size, int Fits, int Total, string Reason, double Target)
{
    internal static SizeSuggestion Of(Distribution sides, double target, int step, Magnification? magnification)
    {
        // The smallest multiple that holds the object whose rank reaches the target; the tolerance keeps 0.95 * 100 from asking for 96 objects.
        var needed = Math.Clamp((int)Math.Ceiling(target * sides.Count - 1e-9), 1, sides.Count);
        var size = checked((int)Math.Max(1, Math.Ceiling(sides.Values[needed - 1] / step)) * step);
        var fits = sides.UpTo(size);
        var smaller = size == step
            ? "it is the smallest multiple"
            : string.Create(CultureInfo.InvariantCulture,
            $"{size - step} px hold {Words.Percent(sides.UpTo(size - step), sides.Count)} and take {Math.Pow((size - step) / (double)size, 2):0.00} of the "
                + $"pixels");
        var at = magnification is { } known ? $" at {known}" : "";
        return new(size, fits, sides.Count, string.Create(CultureInfo.InvariantCulture,
            $"{size} px{at}: the smallest multiple of {step} that holds at least {100 * target:0.##} % of the objects ({fits} of {sides.Count}, "
                + $"{Estimate.OfShare(fits, sides.Count).Percent}; {smaller}). The largest object needs {sides.Largest:0.#} px."), target);
    }

    public override string ToString() => Reason;
}
