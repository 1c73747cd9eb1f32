using Plotly.NET;

namespace Patchwise;

/// <summary>
/// Figures as pictures of few bytes, for notebooks that are stored with what they show and read where no script runs: <c>notebooks/run --store</c> asks for
/// them in PATCHWISE_STILLS.
/// </summary>
static class Stills
{
    /// <summary>Px: what the page of a repository gives a figure, and a little more.</summary>
    const int Widest = 1000;
    const int Colors = 128;

    internal static bool Asked { get; } = Environment.GetEnvironmentVariable("PATCHWISE_STILLS") is { Length: > 0 };

    internal static byte[] Of(GenericChart chart) => Slim(Saving.Png(chart));

    internal static byte[] Of(Gallery gallery) => Slim(Saving.Png(gallery));

    static byte[] Slim(byte[] png)
    {
        var picture = Raster.Decode(png);
        var width = Math.Min(Widest, picture.Width);
        return picture.Resize(new(width, (int)Math.Round((double)picture.Height * width / picture.Width)), ResizeMethod.Area).ToPng(Colors);
    }
}
