namespace Patchwise;

/// <summary>The features of labelled patches, read and computed once each.</summary>
/// <param name="Rows">For each patch its features.</param>
/// <param name="Groups">For each patch a number, which is the same for equal images, however they are turned or mirrored.</param>
/// <param name="Stated">The files that state microns per pixel, and these.</param>
sealed record PatchFeatures(float[][] Rows, int[] Groups, IReadOnlyList<(string File, Mpp Mpp)> Stated)
{
    const int Batch = 4;

    /// <summary>Those of some.</summary>
    /// <param name="files">Their files.</param>
    /// <param name="at">Where they are among these.</param>
    internal PatchFeatures Of(IEnumerable<string> files, int[] at) =>
        new(Array.ConvertAll(at, i => Rows[i]), Array.ConvertAll(at, i => Groups[i]), [.. Stated.IntersectBy(files, one => one.File)]);

    /// <exception cref="BadInputException">A file is no image, or of another size than the network's patches.</exception>
    internal static PatchFeatures Of(LabelledPatches patches, OnnxEngine engine, int side, CancellationToken cancel)
    {
        var (size, samples) = (new PixelSize(side, side), 3 * side * side);
        var (rows, keys) = (new float[patches.Count][], new Dictionary<ulong, int>());
        var groups = new int[patches.Count];
        var stated = new List<(string, Mpp)>();
        var rgb = new byte[Batch * samples];
        for (var start = 0; start < rows.Length; start += Batch)
        {
            cancel.ThrowIfCancellationRequested();
            var count = Math.Min(Batch, rows.Length - start);
            for (var i = 0; i < count; i++)
            {
                var file = patches.Files[start + i];
                var pixels = Raster.Load(file);
                if (pixels.Mpp is { } mpp)
                    stated.Add((file, mpp));
                if (pixels.CopyPatch(size, rgb.AsSpan(i * samples, samples)) is { } other)
                    throw new BadInputException($"{file} is {other} px: the network takes patches of {size} px; cut or resize it");
                var key = Orientation.Digest(Raster.FromSamples(side, side, 3, rgb.AsSpan(i * samples, samples)));
                groups[start + i] = keys.TryGetValue(key, out var known) ? known : keys[key] = keys.Count;
            }
            var (logits, features) = (new float[count * engine.Classes], new float[count * engine.Features]);
            engine.Run(rgb.AsSpan(0, count * samples), count, size, logits, features, cancel);
            for (var i = 0; i < count; i++)
            {
                rows[start + i] = features[(i * engine.Features)..((i + 1) * engine.Features)];
                if (rows[start + i].FirstOrDefault(value => !float.IsFinite(value)) is not 0 and var wrong)
                    throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                        $"the network gives {wrong} for {patches.Files[start + i]}: expected finite features; its weights are damaged"));
            }
        }
        return new(rows, groups, stated);
    }
}
