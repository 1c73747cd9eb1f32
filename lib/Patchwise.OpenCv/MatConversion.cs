using OpenCvSharp;

namespace Patchwise;

/// <summary>
/// Images to and from OpenCvSharp's <see cref="Mat"/>, for image processing of one's own. Samples stay as they are; the order of channels changes:
/// an image is grey, RGB or RGBA, a Mat is grey, <b>BGR or BGRA</b>, as OpenCV's own functions expect it.
/// Either way the pixels are copied: neither changes with the other, and each lives as long as its owner wants.
/// </summary>
public static class MatConversion
{
    /// <summary>A new Mat of the image: CV_8U or CV_16U with 1 (grey), 3 (BGR) or 4 (BGRA, not premultiplied) channels. The caller disposes of it.</summary>
    /// <exception cref="PatchwiseException">OpenCV's library cannot be loaded, see <see cref="OpenCv.Load"/>.</exception>
    public static unsafe Mat ToMat(this Raster raster)
    {
        ArgumentNullException.ThrowIfNull(raster);
        OpenCv.Load();
        if (raster.Bits == 8)
            fixed (byte* samples = raster.AsBytes())
                return Copy(raster, MatType.CV_8U, (nint)samples);
        fixed (ushort* samples = raster.AsWords())
            return Copy(raster, MatType.CV_16U, (nint)samples);
    }

    static Mat Copy(Raster raster, int depth, nint samples)
    {
        using var view = Mat.FromPixelData(raster.Height, raster.Width, MatType.MakeType(depth, raster.Channels), samples);
        return Swapped(view);
    }

    /// <summary>
    /// A new image of a Mat of CV_8U or CV_16U with 1 (grey), 3 (taken as BGR) or 4 (taken as BGRA) channels, which may be a part of a larger one.
    /// The Mat stays the caller's. A Mat knows no microns per pixel, so neither does the image.
    /// </summary>
    /// <exception cref="BadInputException">A Mat without pixels, of more dimensions than two, of other samples or channels, or too large.</exception>
    /// <exception cref="PatchwiseException">OpenCV's library was loaded in a way that ends the process later, see <see cref="OpenCv.Load"/>.</exception>
    public static unsafe Raster ToRaster(this Mat mat)
    {
        ArgumentNullException.ThrowIfNull(mat);
        OpenCv.Load();
        if (mat.Dims > 2)
            throw new BadInputException($"a Mat of {mat.Dims} dimensions: expected 2, rows and columns");
        if (mat.Empty())
            throw new BadInputException("a Mat without pixels: expected at least one; Cv2.ImRead gives such a Mat where it cannot read the file");
        var (depth, channels) = (mat.Depth(), mat.Channels());
        if (depth != MatType.CV_8U && depth != MatType.CV_16U)
            throw new BadInputException(
                $"a Mat of {mat.Type()}: expected samples of 8 or 16 bits without a sign (CV_8U, CV_16U); mat.ConvertTo(result, MatType.CV_8U, scale) helps");
        if (channels is not (1 or 3 or 4))
            throw new BadInputException($"a Mat with {channels} channels: expected 1 (grey), 3 (BGR) or 4 (BGRA); mat.ExtractChannel(0) takes one of them");
        if ((Int128)mat.Rows * mat.Cols * mat.ElemSize() is var bytes && bytes > Array.MaxLength)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"a Mat of {mat.Cols} x {mat.Rows} px takes {bytes:N0} bytes: expected at most {Array.MaxLength:N0}; take a part of it"));

        using var swapped = channels > 1 || !mat.IsContinuous() ? Swapped(mat) : null;
        var samples = (void*)(swapped ?? mat).Data;
        var raster = depth == MatType.CV_8U
            ? Raster.FromSamples(mat.Cols, mat.Rows, channels, new ReadOnlySpan<byte>(samples, (int)bytes))
            : Raster.FromSamples(mat.Cols, mat.Rows, channels, new ReadOnlySpan<ushort>(samples, (int)bytes / sizeof(ushort)));
        GC.KeepAlive(mat);
        return raster;
    }

    /// <summary>A copy in one piece with red and blue exchanged, where there are such.</summary>
    static Mat Swapped(Mat mat) => mat.Channels() switch
    {
        3 => mat.CvtColor(ColorConversionCodes.BGR2RGB),
        4 => mat.CvtColor(ColorConversionCodes.BGRA2RGBA),
        _ => mat.Clone(),
    };
}
