namespace Patchwise;

/// <summary>A patch with its pixels, 8-bit RGB of the grid's size.</summary>
public readonly record struct PatchImage(GridPatch Patch, Raster Pixels);

/// <summary>Patches read by grid.</summary>
public static class PatchReading
{
    /// <summary>The pixels of one patch, 8-bit RGB samples row by row, on this thread alone: for many threads that read at the same time.</summary>
    /// <param name="grid">A grid over this slide.</param>
    /// <param name="index">Of the patch in the grid.</param>
    /// <param name="rgb">Takes 3 bytes a pixel.</param>
    /// <exception cref="BadInputException">As for <see cref="Slide.Read(Box, Resolution, ReadRule, long)"/>.</exception>
    public static void ReadTo(this Slide slide, PatchGrid grid, int index, Span<byte> rgb, ReadRule rule = ReadRule.Plain)
    {
        using var patch = slide.Read(grid[index].Box, grid.Frame, rule, alone: true);
        patch.Data.CopyTo(rgb);
    }

    /// <summary>
    /// The pixels of all patches of a grid, in its order, read by several threads ahead of their use. Memory is bounded by <paramref name="ahead"/> patches and
    /// the decoded tiles that are kept (64 MiB of a JPEG-tiled or plain TIFF, else OpenSlide's 32).
    /// </summary>
    /// <param name="grid">A grid over this slide.</param>
    /// <param name="ahead">Patches that are read or wait to be used; null: four for each processor.</param>
    /// <exception cref="BadInputException">
    /// A grid over a slide of another size; while reading as for <see cref="Slide.Read(Box, Resolution, ReadRule, long)"/>.
    /// </exception>
    public static IEnumerable<PatchImage> Read(this Slide slide, PatchGrid grid, ReadRule rule, int? ahead, CancellationToken cancel)
    {
        if (ahead < 1)
            throw new BadInputException($"{ahead} patches ahead: expected at least 1");
        grid.CheckIsOver(slide);
        return Ahead();

        IEnumerable<PatchImage> Ahead()
        {
            var most = ahead ?? 4 * Environment.ProcessorCount;
            Queue<Task<PatchImage>> queue = [];
            try
            {
                foreach (var patch in grid)
                {
                    cancel.ThrowIfCancellationRequested();
                    queue.Enqueue(Task.Run(() => new PatchImage(patch, slide.Read(patch.Box, grid.Frame, rule, alone: true)), cancel));
                    if (queue.Count >= most)
                        yield return queue.Dequeue().GetAwaiter().GetResult();
                }
                while (queue.TryDequeue(out var next))
                    yield return next.GetAwaiter().GetResult();
            }
            finally
            {
                // Nobody uses these any more, but they must not outlive the slide.
                foreach (var left in queue)
                    ((IAsyncResult)left).AsyncWaitHandle.WaitOne();
            }
        }
    }
}
