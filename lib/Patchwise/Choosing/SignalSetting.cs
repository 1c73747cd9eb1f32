namespace Patchwise;

/// <summary>How an object could be shown to a network.</summary>
/// <param name="Factor">Of the magnification, of that the images have: 1, or below it.</param>
/// <param name="Field">Side of the field of view, px of the images at <paramref name="Factor"/> 1.</param>
/// <param name="Input">Side in px that the network sees: the patch enlarged, or brought down.</param>
public readonly record struct SignalSetting(double Factor, int Field, int Input)
{
    /// <summary>Side in px of the patch at the magnification: what is read of an image.</summary>
    public int Patch => Math.Max(1, (int)Math.Round(Field * Factor));

    /// <param name="native">Of the images; null where it is not known.</param>
    public string Describe(Magnification? native) => string.Create(CultureInfo.InvariantCulture, $"{MagnificationText(native)}, ")
        + (Patch == Input ? string.Create(CultureInfo.InvariantCulture, $"{Patch} px")
            : string.Create(CultureInfo.InvariantCulture, $"{Patch} px {(Patch < Input ? "enlarged" : "brought down")} to {Input}"));

    /// <summary>"50x", or "1/2 of the magnification".</summary>
    internal string MagnificationText(Magnification? native) => native is { } known ? new Magnification(known.Power * Factor).ToString()
        : Factor == 1 ? "native" : string.Create(CultureInfo.InvariantCulture, $"1/{1 / Factor:0.##} of native");
}

/// <summary>What a setting gave.</summary>
/// <param name="Accuracy">Balanced accuracy, 0..1, of the left-out objects: the mean over the classes of the share that is right, with its interval.</param>
/// <param name="Loss">Of balanced accuracy against the best setting, in points (1/100), with its interval; 0 for the best itself.</param>
/// <param name="ShrunkLoss">
/// Of the estimate, from the squared errors of the outputs, that borrows strength from all settings, in points: by this it is judged.
/// </param>
/// <param name="Error">One standard error of that estimate before it borrows, in points.</param>
/// <param name="MultiplyAdds">Of the network, for one patch; null where they are not known.</param>
/// <param name="Safe">
/// Whether it is the best, or its shrunk loss at most the typical standard error (or a tenth of the tolerance, where this is larger), with half its own error
/// at most the tolerance, what of it the lower magnification loses at most half the tolerance, and its field holds most objects, or the best does not, either.
/// </param>
public sealed record SignalRow(SignalSetting Setting, Estimate Accuracy, Estimate Loss, double ShrunkLoss, double Error, long? MultiplyAdds, bool Safe)
{
    /// <summary>Pixels of an image that are read for one patch.</summary>
    public long Pixels => (long)Setting.Patch * Setting.Patch;
}
