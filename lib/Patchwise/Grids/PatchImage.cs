namespace Patchwise;

/// <summary>A patch with its pixels, 8-bit RGB of the grid's size.</summary>
public readonly record struct PatchImage(GridPatch Patch, Raster Pixels);
