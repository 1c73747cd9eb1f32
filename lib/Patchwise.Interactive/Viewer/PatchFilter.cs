namespace Patchwise;

/// <summary>Which patches are drawn or found.</summary>
/// <param name="Hidden">Classes that are not.</param>
/// <param name="From">Of the probability of the predicted class.</param>
/// <param name="Wrong">Only those whose class is known and another.</param>
/// <param name="Class">Only those predicted as this one; null: of any.</param>
/// <param name="Label">Only those known to be of this one; null: of any or not known.</param>
sealed record PatchFilter(IReadOnlySet<int> Hidden, double From = 0, double To = 1, bool Wrong = false, int? Class = null, int? Label = null)
{
    internal static readonly PatchFilter All = new(new HashSet<int>());

    internal bool Takes(in Prediction patch) =>
        // Softmax in single precision may end a little above 1.
        Math.Min(patch.Probability, 1) is var probability && probability >= From && probability <= To
        && (!Wrong || patch.Label is { } known && known != patch.Class)
        && (Class is null || Class == patch.Class) && (Label is null || Label == patch.Label)
        && (Hidden.Count == 0 || !Hidden.Contains(patch.Class));
}
