namespace Patchwise;

public sealed partial class Raster
{
    /// <summary>
    /// A copy of the pixels in <paramref name="box"/>; those of the box outside the image, even all of them, take <paramref name="fill"/>
    /// in every channel (0 black, 255 full scale, whatever the bits).
    /// </summary>
    /// <exception cref="BadInputException">The box is empty, or does not fit in memory.</exception>
    public Raster Crop(Box box, byte fill = 0)
    {
        if (box.IsEmpty)
            throw new BadInputException($"crop to {box}: expected a box of at least one pixel each way");
        if ((long)box.X1 - box.X0 > int.MaxValue || (long)box.Y1 - box.Y0 > int.MaxValue)
            throw new BadInputException($"crop to {box}: expected sides of at most {int.MaxValue} px");
        return CropTo(new Raster(box.Width, box.Height, Channels, Bits, clear: false) { Mpp = Mpp }, box, fill);
    }

    /// <param name="result">Of the box's size, and like this image.</param>
    internal Raster CropTo(Raster result, Box box, byte fill)
    {
        var inside = box.Intersect(Bounds);
        // 255 in both bytes of a 16-bit sample is full scale, as 255 is of an 8-bit one.
        if (inside != box)
            result.Data.Fill(fill);
        if (inside.IsEmpty)
            return result;
        var pixel = Channels * (Bits / 8);
        for (var y = inside.Y0; y < inside.Y1; y++)
            Data.Slice(y * Stride + inside.X0 * pixel, inside.Width * pixel)
                .CopyTo(result.Data[((y - box.Y0) * result.Stride + (inside.X0 - box.X0) * pixel)..]);
        return result;
    }
}
