using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Patchwise;

/// <summary>The slides whose objects are looked at: one that is open, or the images of a set.</summary>
/// <param name="Name">Of all of them, for messages.</param>
sealed record ObjectSlides(string Name, IReadOnlyDictionary<string, ObjectSlide> ByName)
{
    /// <summary>Whether of all objects the mask or the outline is at hand.</summary>
    internal bool HaveObjects => ByName.Values.All(slide => slide.HasObjects);

    internal static ObjectSlides Of(ImageSet set) =>
        new(set.Name, set.Images.ToDictionary(image => image.Name, image => new ObjectSlide(image), StringComparer.Ordinal));

    /// <param name="regions">Measured on this slide: it tells the mask or the outlines.</param>
    internal static ObjectSlides Of(Slide slide, RegionTable regions)
    {
        var name = RegionTable.NameOf(slide);
        return new(slide.Path, new Dictionary<string, ObjectSlide> { [name] = new(slide, regions.Images.FirstOrDefault(image => image.Name == name)) });
    }

    /// <summary>
    /// Visits the slides, as many at a time as there are cores: an image of a set once, whatever number of objects is taken from it, an open slide for each
    /// item.
    /// </summary>
    /// <param name="work">What is to be done with a slide; called on several threads.</param>
    /// <exception cref="BadInputException">An item names a slide that is not here, or the work found a fault: then the first, as it was thrown.</exception>
    internal void Visit<T>(IEnumerable<T> items, Func<T, string> slideOf, Action<ObjectSlide, Slide, IReadOnlyList<T>> work, CancellationToken cancel)
    {
        var visits = items.GroupBy(slideOf, StringComparer.Ordinal).Select(group => (Slide: ByName.GetValueOrDefault(group.Key) ?? throw new BadInputException(
            $"{Name} does not hold the image {group.Key}: expected what the objects were measured on"), Items: group.ToArray()))
            .SelectMany(visit => visit.Slide.IsOpen ? visit.Items.Select(item => (visit.Slide, Items: (T[])[item])) : [visit]).ToArray();
        Each(visits, 0, visit => visit.Slide.Visit(pixels => work(visit.Slide, pixels, visit.Items)), cancel);
    }

    /// <summary>Does some work with each of several items, on several threads.</summary>
    /// <param name="threads">0: as many as there are cores.</param>
    /// <exception cref="BadInputException">The work found a fault: the first, as it was thrown.</exception>
    internal static void Each<T>(IEnumerable<T> items, int threads, Action<T> work, CancellationToken cancel)
    {
        try
        {
            // One at a time from the list: those that take long come first and are not dealt out in blocks.
            Parallel.ForEach(Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount }, work);
        }
        catch (AggregateException error)
        {
            cancel.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }
    }
}
