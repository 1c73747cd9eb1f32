namespace Patchwise;

/// <summary>Images inside pages, as data URIs.</summary>
static class Pictures
{
    const int Quality = 85;

    /// <summary>Large ones in color travel as JPEG, a fifth of their PNG. What is looked at px by px is smaller.</summary>
    internal static string DataUri(Raster image) => image is { Channels: 3, Bits: 8 } && image.Size.Area >= 1 << 15
        ? $"data:image/jpeg;base64,{Convert.ToBase64String(image.ToJpeg(Quality))}"
        : $"data:image/png;base64,{Convert.ToBase64String(image.ToPng())}";
}
