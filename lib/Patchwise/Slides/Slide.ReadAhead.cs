namespace Patchwise;

public sealed partial class Slide
{
    /// <summary>
    /// The pixels of all patches of a grid, in its order, read by several threads ahead of their use. Memory is bounded by <paramref name="ahead"/> patches and
    /// the decoded tiles that are kept (64 MiB of a JPEG-tiled or plain TIFF, else OpenSlide's 32).
    /// </summary>
    /// <param name="grid">A grid over this slide.</param>
    /// <param name="ahead">Patches that are read or wait to be used; null: four for each processor.</param>
    /// <exception cref="BadInputException">A grid over a slide of another size; while reading as for <see cref="Read(Box, Resolution, ReadRule, long)"/>.</exception>
    public IEnumerable<PatchImage> Read(PatchGrid grid, ReadRule rule = ReadRule.Plain, int? ahead = null, CancellationToken cancel = default)
    {
        if (ahead < 1)
            throw new BadInputException($"{ahead} patches ahead: expected at least 1");
        Check(grid);
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
                    queue.Enqueue(Task.Run(() => new PatchImage(patch, Read(patch.Box, grid.Frame, rule)), cancel));
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

    /// <summary>Refuses a grid over a slide of another size.</summary>
    internal void Check(PatchGrid grid)
    {
        if (At(grid.Frame.Resolution) is var own && (own.Size, own.Level0, own.Level) != (grid.Frame.Size, grid.Frame.Level0, grid.Frame.Level))
            throw new BadInputException($"a grid over {grid.Frame} on {Path}, which is {own}: expected a grid made for this slide (PatchGrid.Over)");
    }
}
