namespace Patchwise;

public sealed partial class RegionTable
{
    /// <summary>
    /// The objects that a set's table states, in its order; shapes are not known. The value is the number of the class, from 1 in alphabetical order.
    /// </summary>
    static RegionTable OfObjects(ImageSet set, IReadOnlyList<SetObject> objects)
    {
        var classes = objects.Select(one => one.Class).Distinct().Order(StringComparer.Ordinal).Index().ToDictionary(one => one.Item, one => one.Index + 1);
        var byImage = objects.ToLookup(one => one.Image);
        var images = set.Images.Where(image => byImage.Contains(image.Name)).ToList();
        var magnifications = images.Select(image => image.Magnification).Distinct().ToList();
        return new RegionTable(
            images.Select(image => new MeasuredImage(image.Name, image.Size.Width, image.Size.Height, image.Magnification, byImage[image.Name].Count())
            {
                Notes = image == images[0] ? set.ObjectNotes : [],
            }),
            images.SelectMany(image => byImage[image.Name].Select((one, i) =>
                new Region(image.Name, i + 1, new(classes[one.Class], one.Box.Size.Area, one.Box, null, one.X, one.Y), null)
                {
                    StatedClass = one.Class,
                    StatedGroup = one.Group,
                    StatedSide = one.Side,
                })),
            magnifications is [var same] ? same : null).WithMicrons(set);
    }
}
