namespace Patchwise;

/// <summary>The tags of a TIFF file that are looked at.</summary>
static class TiffTag
{
    internal const uint Width = 256, Height = 257, BitsPerSample = 258, Compression = 259, Photometric = 262, Description = 270, Orientation = 274,
        SamplesPerPixel = 277, RowsPerStrip = 278, XResolution = 282, YResolution = 283, PlanarConfig = 284, ResolutionUnit = 296,
        TileWidth = 322, TileHeight = 323, ExtraSamples = 338, SampleFormat = 339;
}
