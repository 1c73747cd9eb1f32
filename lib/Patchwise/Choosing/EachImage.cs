using System.Runtime.ExceptionServices;

namespace Patchwise;

/// <summary>Work on some images of a set: each is visited once, one a core at a time, whatever number of objects is taken from it.</summary>
static class EachImage
{
    /// <param name="work">What is to be done with an image; called on several threads with different images.</param>
    /// <exception cref="BadInputException">An item names an image that the set does not hold, or the work found a fault: then the first, as it was thrown.</exception>
    internal static void Do<T>(ImageSet set, IEnumerable<T> items, Func<T, string> imageOf, Action<SetImage, IReadOnlyList<T>> work, CancellationToken cancel) =>
        Do(set.Name, set.Images.ToDictionary(image => image.Name, StringComparer.Ordinal), items, imageOf, work, _ => false, cancel);

    /// <summary>As the other; of an image that is read in parts each item is a visit of its own.</summary>
    internal static void Do<T>(ObjectImages images, IEnumerable<T> items, Func<T, string> imageOf, Action<IObjectImage, IReadOnlyList<T>> work, CancellationToken cancel) =>
        Do(images.Name, images.ByName, items, imageOf, work, image => image.IsReadInParts, cancel);

    static void Do<TImage, T>(string name, IReadOnlyDictionary<string, TImage> images, IEnumerable<T> items, Func<T, string> imageOf, Action<TImage, IReadOnlyList<T>> work,
        Func<TImage, bool> inParts, CancellationToken cancel) where TImage : class
    {
        cancel = NotebookCell.StopOr(cancel);
        var visits = items.GroupBy(imageOf, StringComparer.Ordinal).Select(group => (Items: group.ToArray(), Image: images.GetValueOrDefault(group.Key) ?? throw new BadInputException(
            $"{name} does not hold the image {group.Key}: expected what the objects were measured on")))
            .SelectMany(visit => inParts(visit.Image) ? visit.Items.Select(item => (Items: (T[])[item], visit.Image)) : [visit]).ToArray();
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
