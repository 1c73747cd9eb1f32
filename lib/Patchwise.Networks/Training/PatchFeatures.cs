using System.Diagnostics;

namespace Patchwise;

/// <summary>The features of labelled patches, read and computed once each.</summary>
/// <param name="Rows">For each patch its features.</param>
/// <param name="Groups">For each patch a number, which is the same for equal images, however they are turned or mirrored.</param>
/// <param name="Stated">The files that state microns per pixel, and these.</param>
sealed record PatchFeatures(float[][] Rows, int[] Groups, IReadOnlyList<(string File, Mpp Mpp)> Stated)
{
    /// <summary>Pixels that go through the network together, times eight with eight orientations: four patches of 224 px.</summary>
    const int Batch = 4 * 224 * 224;

    /// <summary>Side of the largest patches, px: eight orientations of one take a gigabyte or two.</summary>
    const int MostSide = 1024;

    /// <summary>Those of some.</summary>
    /// <param name="files">Their files.</param>
    /// <param name="at">Where they are among these.</param>
    internal PatchFeatures Of(IEnumerable<string> files, int[] at) =>
        new(Array.ConvertAll(at, i => Rows[i]), Array.ConvertAll(at, i => Groups[i]), [.. Stated.IntersectBy(files, one => one.File)]);

    /// <summary>The side in px at which a model looks at patches: theirs where it takes any, else its card's.</summary>
    /// <exception cref="BadInputException">It does not take the first of them: the others are read later.</exception>
    internal static int SideOf(LabelledPatches patches, Model model)
    {
        var (file, own) = (patches.Files[0], model.Card.Patch);
        var (width, height) = Raster.ReadInfo(file).Size;
        if (width == own && height == own)
            return own;
        if (width != height || width > MostSide)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{file} is {width} x {height} px: expected square patches of one size, of {MostSide:N0} px at most; cut or resize them (patchwise resize)"));
        return (model.Network is { } network ? network.FixedSide is null && network.Takes(width) : model.Onnx is { PatchSize: null }) ? width
            : throw new BadInputException($"{file} is {width} x {height} px: {model.Card.Name} takes no patches of that size (its own are of {own} px); "
                + "resize them (patchwise resize), or learn on a network without fully connected layers (backbone), such as mobilenet_v2-imagenet");
    }

    /// <exception cref="BadInputException">A file is no image, or of another size than the network's patches.</exception>
    internal static PatchFeatures Of(LabelledPatches patches, OnnxEngine engine, int side, Action<PredictionProgress>? progress, CancellationToken cancel)
    {
        var (size, samples) = (new PixelSize(side, side), 3 * side * side);
        var (rows, keys) = (new float[patches.Count][], new Dictionary<ulong, int>());
        var groups = new int[patches.Count];
        var stated = new List<(string, Mpp)>();
        var batch = Math.Clamp(Batch / (side * side), 1, rows.Length);
        var rgb = new byte[batch * samples];
        var (clock, told) = (Stopwatch.StartNew(), TimeSpan.Zero);
        for (var start = 0; start < rows.Length; start += batch)
        {
            cancel.ThrowIfCancellationRequested();
            if (progress is not null && clock.Elapsed - told >= TimeSpan.FromMilliseconds(100))
            {
                told = clock.Elapsed;
                progress(new(patches.Name, start, rows.Length, start / told.TotalSeconds));
            }
            var count = Math.Min(batch, rows.Length - start);
            for (var i = 0; i < count; i++)
            {
                var file = patches.Files[start + i];
                var pixels = Raster.Load(file);
                if (pixels.Mpp is { } mpp)
                    stated.Add((file, mpp));
                if (pixels.CopyPatch(size, rgb.AsSpan(i * samples, samples)) is { } other)
                    throw new BadInputException($"{file} is {other} px: expected {size} px, as the classifier is learned from; cut or resize it (patchwise "
                        + "resize)");
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
        progress?.Invoke(new(patches.Name, rows.Length, rows.Length, rows.Length / clock.Elapsed.TotalSeconds));
        return new(rows, groups, stated);
    }
}
