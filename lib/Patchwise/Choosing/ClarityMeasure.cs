namespace Patchwise;

/// <summary>
/// An object as it is measured: by its own pixels and a margin of a tenth of its longer side (1 px at least) around them, whatever is displayed. Luminance
/// (0.299 R + 0.587 G + 0.114 B, 8 bit, as OpenCV rounds it) is what SSIM was made for, and the colors of a stain rise and fall together. Of objects
/// larger than 512 px the middle is measured, as detail is local.
/// </summary>
/// <param name="Grey">Luminance around the object, as far as the image goes.</param>
/// <param name="Own">Which of its pixels count.</param>
/// <param name="Bounds">The smallest box around these.</param>
sealed record ClarityMeasure(Raster Grey, bool[] Own, Box Bounds)
{
    const int LargestSide = 512;

    /// <summary>So wide that rounding to whole px changes the scale by little, and that a window of SSIM sees what is there.</summary>
    const int LeastSide = 64, Around = 16;

    internal const double Margin = 0.1;

    /// <param name="mask">That the object was measured on; where neither it nor an outline is at hand, the box is taken for the object.</param>
    internal static ClarityMeasure Of(ClaritySubject subject, Slide pixels, Mask? mask)
    {
        var (box, slide) = (subject.Box, subject.Slide);
        var margin = Math.Max(1, (int)Math.Round(Margin * box.Side));
        var side = Math.Clamp(box.Side + 2 * (margin + Around), LeastSide, LargestSide);
        var part = box.Around(side).Intersect(Box.Of(slide.Size));
        var grey = slide.Crop(pixels, part, part.Size, ResizeMethod.Area).Luminance();

        var alone = slide.Alone(subject.Region, part, part.Size, mask);
        bool[] other = [.. Enumerable.Range(0, part.Width * part.Height).Select(i => alone is not null ? alone.Samples8[i] == 0
            : part.X0 + i % part.Width is var x && (x < box.X0 || x >= box.X1) || part.Y0 + i / part.Width is var y && (y < box.Y0 || y >= box.Y1))];
        // Of a large ring the middle holds nothing of it: then all of the part stands for it.
        var own = other.AsSpan().Contains(false) ? Array.ConvertAll(Distances.Squared(other, part.Width, part.Height), squared => squared <= margin * margin)
            : Array.ConvertAll(other, _ => true);
        int[] at = [.. Enumerable.Range(0, own.Length).Where(i => own[i])];
        return new(grey, own, new(at.Min(i => i % part.Width), at[0] / part.Width, at.Max(i => i % part.Width) + 1, at[^1] / part.Width + 1));
    }

    /// <summary>
    /// Similarity of what is left when the object is brought down by <paramref name="scale"/> (px of the trial per px) and back up by cubic interpolation, as
    /// viewers and patch readers do: 1 where nothing is lost, see <see cref="Patchwise.Ssim"/>.
    /// </summary>
    internal double Ssim(double scale, ResizeMethod method)
    {
        var back = Grey.Resize(Shrunk(Grey.Size, scale), method).Resize(Grey.Size, ResizeMethod.Cubic);
        var seen = Bounds.Grow(Patchwise.Ssim.Reach).Intersect(Grey.Bounds);
        return Patchwise.Ssim.Of(Grey.Crop(seen).Samples8, back.Crop(seen).Samples8, OwnIn(seen), seen.Width, seen.Height);
    }

    /// <summary>The standard deviation of what counts, 0..255.</summary>
    internal double Contrast
    {
        get
        {
            ReadOnlySpan<byte> grey = Grey.Samples8;
            var (count, sum, squares) = (0L, 0L, 0L);
            for (var i = 0; i < grey.Length; i++)
                if (Own[i])
                    (count, sum, squares) = (count + 1, sum + grey[i], squares + grey[i] * grey[i]);
            return Math.Sqrt(Math.Max(0, (double)squares / count - (double)sum / count * sum / count));
        }
    }

    /// <summary>The share of spectral energy that the grid of each scale can carry, see <see cref="SpectralShare"/>.</summary>
    internal double[] Energy(double[] scales)
    {
        var shares = new double[scales.Length];
        SpectralShare.Of(Grey.Crop(Bounds).Samples8, OwnIn(Bounds), Bounds.Width, Bounds.Height, scales, shares);
        return shares;
    }

    bool[] OwnIn(Box box) => [.. Enumerable.Range(box.Y0, box.Height).SelectMany(y => new ArraySegment<bool>(Own, y * Grey.Width + box.X0, box.Width))];

    /// <summary>At least 1 px each way.</summary>
    internal static PixelSize Shrunk(PixelSize size, double scale) =>
        new(Math.Max(1, (int)Math.Round(size.Width * scale)), Math.Max(1, (int)Math.Round(size.Height * scale)));
}
