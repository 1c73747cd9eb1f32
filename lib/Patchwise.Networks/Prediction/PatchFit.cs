namespace Patchwise;

/// <summary>Whether an image is a patch as the model's card says: of its size, and showing as much of the tissue.</summary>
sealed class PatchFit
{
    /// <summary>Scanners of one power differ by up to this factor, and networks bear it.</summary>
    const double MostRatio = 1.1;

    internal static bool Differs(double one, double other) => one / other is > MostRatio or < 1 / MostRatio;

    readonly ModelCard _card;
    readonly Mpp? _given;

    /// <summary>Of what the network gets.</summary>
    internal PixelSize Size { get; }

    internal bool Resizes { get; }

    internal PatchFit(ModelCard card, PredictOptions options)
    {
        var side = options.Patch ?? card.Patch;
        (_card, _given, Size, Resizes) = (card, options.Mpp, new(side, side), options.Resize);
        if (_given is not null && card.Mpp is null)
            throw new BadInputException(
                $"Mpp (--mpp): the card of {card.Name} does not state microns per pixel to compare those of patches with: leave it out");
    }

    /// <param name="stated">By the image's file.</param>
    /// <returns>Null where it is.</returns>
    internal string? Fault(PixelSize size, Mpp? stated)
    {
        if (size != Size && !Resizes)
            return $"{size} px, but {_card.Name} takes patches of {Size} px: resize patches (Resize, --resize), predict larger images as tiles (a Slide each, "
                + "--mode tile), or say that this is the patch size (Patch, --patch)";
        if (size.Width != size.Height && size != Size)
            return $"{size} px: expected a square to resize";
        if ((_given ?? stated) is { } mpp && _card.Mpp is { } own
            && (Differs(size.Width * mpp.X, Size.Width * own.X) || Differs(size.Height * mpp.Y, Size.Height * own.Y)))
            return Invariant($"{size} px at {mpp.X:0.####}") + (mpp.Y == mpp.X ? "" : Invariant($" x {mpp.Y:0.####}"))
                + Invariant($" microns per pixel, {size.Width * mpp.X:0.#} microns wide, but {_card.Name} takes patches of {Size} px at ")
                + Invariant($"{own.X:0.####}, {Size.Width * own.X:0.#} microns wide: ")
                + (size == Size || Resizes ? "give the patches' own microns per pixel (Mpp, --mpp) if the file states a wrong one, or patches of that width"
                    : "resize patches");
        return null;
    }

    /// <summary>Writes the 8-bit RGB samples of a patch that fits, at the model's size.</summary>
    internal void Copy(Raster patch, Span<byte> rgb)
    {
        if (patch.CopyPatch(Size, rgb) is null)
            return;
        // Opacity is laid over white before the patch is resized.
        var flat = new byte[3 * patch.Size.Area];
        patch.CopyPatch(patch.Size, flat);
        Raster.FromSamples(patch.Width, patch.Height, 3, flat).Resize(Size, patch.Width > Size.Width ? ResizeMethod.Area : ResizeMethod.Cubic)
            .CopyPatch(Size, rgb);
    }
}
