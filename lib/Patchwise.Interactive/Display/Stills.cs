using Plotly.NET;

namespace Patchwise;

/// <summary>
/// Figures as pictures of few bytes, for notebooks that are stored with what they show and read where no script runs: <c>notebooks/run --store</c> asks for
/// them in PATCHWISE_STILLS.
/// </summary>
static class Stills
{
    /// <summary>Px and colors, tried in this order; the widest is what the page of a repository gives a figure, and a little more.</summary>
    static readonly (int Width, int Colors)[] Forms = [(1000, 128), (1000, 64), (900, 64), (800, 64), (700, 64), (600, 64)];

    /// <summary>Bytes of a figure, and of the many pictures of a gallery: with ten of them a notebook is still shown on the repository's page.</summary>
    const int Most = 150_000, MostOfGallery = 300_000;

    internal static bool Asked { get; } = Environment.GetEnvironmentVariable("PATCHWISE_STILLS") is { Length: > 0 };

    internal static byte[] Of(GenericChart chart) => Slim(Saving.Png(chart), Most);

    internal static byte[] Of(Gallery gallery) => Slim(Saving.Png(gallery), MostOfGallery);

    static byte[] Slim(byte[] png, int most)
    {
        var picture = Raster.Decode(png);
        byte[] slim = [];
        foreach (var (widest, colors) in Forms)
        {
            var width = Math.Min(widest, picture.Width);
            slim = picture.Resize(new(width, (int)Math.Round((double)picture.Height * width / picture.Width)), ResizeMethod.Area).ToPng(colors);
            if (slim.Length <= most)
                break;
        }
        return slim;
    }
}
