namespace Patchwise;

/// <summary>What a trial magnification leaves of one crop: both numbers are 1 where nothing is lost.</summary>
/// <param name="Ssim">Structural similarity of the crop and itself brought down and back up, see <see cref="Patchwise.Ssim"/>.</param>
/// <param name="Energy">Share of spectral energy that the trial's grid can carry, see <see cref="SpectralShare"/>.</param>
readonly record struct Kept(double Ssim, double Energy);

/// <summary>
/// Measures on luminance (0.299 R + 0.587 G + 0.114 B, 8 bit, as OpenCV rounds it): that is what SSIM was made for, structure shows there,
/// and the colors of a stain rise and fall together. Down by the chosen method, back up by cubic interpolation (as viewers and patch readers do).
/// </summary>
static class ClarityMeasure
{
    /// <summary>Detail is local: of larger objects the middle is measured, which bounds time and memory.</summary>
    internal const int LargestSide = 1024;

    /// <summary>The part of a crop's box that is measured: what lies inside the image, so that padding does not pass for clarity.</summary>
    internal static Box Part(Box crop, PixelSize image)
    {
        var part = crop.Side > LargestSide ? crop.Around(LargestSide) : crop;
        return part.Intersect(Box.Of(image));
    }

    /// <summary>One result a scale (px of the trial per px of the crop, at most 1).</summary>
    internal static Kept[] Of(Raster crop, ReadOnlySpan<double> scales, ResizeMethod method)
    {
        var grey = Luminance(crop);
        var shares = new double[scales.Length];
        SpectralShare.Of(grey.Samples8, grey.Width, grey.Height, scales, shares);
        var kept = new Kept[scales.Length];
        for (var i = 0; i < scales.Length; i++)
        {
            var back = grey.Resize(Shrunk(grey.Size, scales[i]), method).Resize(grey.Size, ResizeMethod.Cubic);
            kept[i] = new(Ssim.Of(grey.Samples8, back.Samples8, grey.Width, grey.Height), shares[i]);
        }
        return kept;
    }

    /// <summary>At least 1 px each way.</summary>
    internal static PixelSize Shrunk(PixelSize size, double scale) =>
        new(Math.Max(1, (int)Math.Round(size.Width * scale)), Math.Max(1, (int)Math.Round(size.Height * scale)));

    internal static Raster Luminance(Raster image)
    {
        if (image.Channels == 1)
            return image;
        var grey = new Raster(image.Width, image.Height, 1);
        var from = image.Samples8;
        var to = grey.Samples8;
        for (int i = 0, at = 0; i < to.Length; i++, at += image.Channels)
            to[i] = (byte)((from[at] * 9798 + from[at + 1] * 19235 + from[at + 2] * 3735 + (1 << 14)) >> 15);
        return grey;
    }
}
