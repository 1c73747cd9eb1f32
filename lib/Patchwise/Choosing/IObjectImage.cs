namespace Patchwise;

/// <summary>What objects lie on: an image of a set, or a slide.</summary>
interface IObjectImage
{
    /// <summary>By which a table tells whose objects are whose.</summary>
    string Name { get; }

    PixelSize Size { get; }

    /// <summary>Px of this image per px of the mask that an object was measured on.</summary>
    double PerMaskPixel { get; }

    /// <summary>Of objects with a larger crop only the middle is looked at.</summary>
    int LargestCrop { get; }

    /// <summary>Each crop is read on its own, so that several threads may take from it; else it is decoded once, for all of its objects.</summary>
    bool IsReadInParts { get; }

    /// <exception cref="BadInputException">It is not known; the message says how to give it.</exception>
    Magnification RequireMagnification();

    IObjectPixels Open();
}

/// <summary>The pixels of an image that is open for crops.</summary>
interface IObjectPixels
{
    /// <summary>A box, 8 bit, grey or RGB, resized; it may reach beyond the image.</summary>
    Raster Read(Box box, PixelSize size, ResizeMethod method);

    /// <summary>The mask that the objects were measured on.</summary>
    Raster LoadMask();
}
