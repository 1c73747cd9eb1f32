namespace Patchwise;

/// <summary>The images whose objects are looked at.</summary>
/// <param name="Name">Of all of them, for messages.</param>
sealed record ObjectImages(string Name, IReadOnlyDictionary<string, IObjectImage> ByName)
{
    internal static ObjectImages Of(ImageSet set) => new(set.Name, set.Images.ToDictionary(image => image.Name, image => (IObjectImage)new SetObjects(image), StringComparer.Ordinal));

    /// <param name="regions">Measured on this slide: it tells the size of the mask.</param>
    internal static ObjectImages Of(Slide slide, RegionTable regions)
    {
        var name = RegionTable.NameOf(slide);
        var width = regions.Images.FirstOrDefault(image => image.Name == name) is { Width: > 0 } measured ? measured.Width : slide.Size.Width;
        return new(slide.Path, new Dictionary<string, IObjectImage> { [name] = new SlideObjects(slide, width) });
    }
}
