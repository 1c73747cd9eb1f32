namespace Patchwise;

public sealed partial class Raster
{
    /// <summary>
    /// A new image of <paramref name="size"/>, the old one stretched over it; the edges of both coincide, pixels beyond the edge repeat it.
    /// Equal to OpenCV's <c>resize</c>: nearest exactly, the others up to rounding. Channels and bits stay, <see cref="Mpp"/> follows the scale.
    /// Runs on all cores.
    /// </summary>
    /// <exception cref="BadInputException">A side below 1 px, or a result that does not fit in memory.</exception>
    public Raster Resize(PixelSize size, ResizeMethod method)
    {
        if (size.Width < 1 || size.Height < 1)
            throw new BadInputException($"resize to {size} px: expected at least one pixel each way");
        method.Check();
        var result = new Raster(size.Width, size.Height, Channels, Bits, clear: false)
        {
            Mpp = Mpp is { } mpp ? new Mpp(mpp.X * Width / size.Width, mpp.Y * Height / size.Height) : null,
        };
        ResizeTo(result, method);
        return result;
    }

    /// <param name="result">Of the new size, and like this image.</param>
    /// <param name="alone">On this thread, as others resize at the same time.</param>
    internal void ResizeTo(Raster result, ResizeMethod method, bool alone = false)
    {
        var pixels = Data; // here, not on one of the threads below, a disposed image is noticed
        if (result.Size == Size)
            pixels.CopyTo(result.Data);
        else if (method == ResizeMethod.Nearest)
            NearestResampling.Run(this, result, alone);
        else if (HalfResampling.Fits(this, result, method))
            HalfResampling.Run(this, result, alone);
        else
            Resampling.Run(this, result, method, alone);
    }
}
