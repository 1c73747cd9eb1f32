namespace Notebooks.Tests;

/// <summary>Figures that a notebook has kept as pictures.</summary>
static class Pictures
{
    internal static void Shown(params string[] files) => Assert.All(files, file =>
    {
        var picture = Patchwise.Raster.Load(file);
        Assert.InRange(picture.Width, 700, 4000);
        Assert.True(picture.AsBytes().ContainsAnyExcept((byte)255), $"{file} is blank");
    });
}
