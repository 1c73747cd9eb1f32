using System.Runtime.ExceptionServices;

namespace Patchwise;

/// <summary>Work on some images of a set: each is visited once, one a core at a time, whatever number of objects is taken from it.</summary>
static class EachImage
{
    /// <param name="work">What is to be done with an image; called on several threads with different images.</param>
    /// <exception cref="BadInputException">An item names an image that the set does not hold, or the work found a fault: then the first, as it was thrown.</exception>
    internal static void Do<T>(ImageSet set, IEnumerable<T> items, Func<T, string> imageOf, Action<SetImage, IReadOnlyList<T>> work, CancellationToken cancel)
    {
        cancel = NotebookCell.StopOr(cancel);
        var images = set.Images.ToDictionary(image => image.Name, StringComparer.Ordinal);
        var visits = items.GroupBy(imageOf, StringComparer.Ordinal).Select(group => (Items: group.ToArray(), Image: images.GetValueOrDefault(group.Key) ?? throw new BadInputException(
            $"{set.Name} does not hold the image {group.Key}: expected the set that the objects were measured on"))).ToArray();
        try
        {
            Parallel.ForEach(visits, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, visit => work(visit.Image, visit.Items));
        }
        catch (AggregateException error)
        {
            cancel.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }
    }
}
