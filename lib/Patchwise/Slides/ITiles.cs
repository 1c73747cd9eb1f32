namespace Patchwise;

/// <summary>An image in tiles of equal size, row by row; those at the right and bottom edge may reach over it. Several threads may decode at once.</summary>
interface ITiles : IDisposable
{
    PixelSize Size { get; }
    PixelSize Tile { get; }

    /// <summary>Tiles in a row.</summary>
    int Across { get; }

    /// <summary>Decodes a tile to RGB rows of the tile's width; false where that fails, or the file has no such tile.</summary>
    bool TryDecode(int index, Span<byte> rgb);
}
