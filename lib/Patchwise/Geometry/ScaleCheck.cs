namespace Patchwise;

/// <summary>What is odd about how large the pixels of an image are said to be.</summary>
static class ScaleCheck
{
    /// <summary>Scanners of one power differ by somewhat less.</summary>
    const double MostApart = 1.6;

    /// <summary>Of the sides of a pixel; what is measured in both directions differs by less.</summary>
    const double MostOblong = 1.02;

    /// <summary>Of microns per pixel that mean the same: what is measured on one scanner twice differs by less.</summary>
    const double MostRatio = 1.1;

    /// <summary>Whether two numbers of microns per pixel mean images of different scales.</summary>
    internal static bool Differs(double one, double other) => one / other is > MostRatio or < 1 / MostRatio;

    /// <param name="isSlide">It is read at a resolution, along each axis by its own.</param>
    /// <param name="isOneSource">Both are stated by the same file: a scanner whose camera is far from the usual, as some are, says so itself.</param>
    internal static IEnumerable<string> Of(Magnification? magnification, Mpp? mpp, bool isOneSource, bool isSlide = false)
    {
        if (mpp is not { } known)
            yield break;
        if (!isOneSource && magnification is { } power && known.GuessMagnification().Power / power.Power is > MostApart or < 1 / MostApart)
            yield return $"{power}, but {known}, which is usual at {known.GuessMagnification()}: one of the two is wrong, or the scanner unusual";
        if (known.X / known.Y is > MostOblong or < 1 / MostOblong)
            yield return $"its pixels are not square, {known}: " + (isSlide
                ? "patches at a resolution in microns per pixel are square in microns, those at a level, a power or a share of the full size are not"
                : "lengths, areas and patches are those of square ones of the mean; resize the image so that they are");
    }
}
