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

    internal bool Takes(in Prediction patch) => Takes(patch.Class, patch.Probability, patch.Label ?? -1);

    /// <param name="label">-1: not known.</param>
    internal bool Takes(int @class, float probability, int label) =>
        // Softmax in single precision may end a little above 1.
        Math.Min(probability, 1) >= From && Math.Min(probability, 1) <= To && (!Wrong || label >= 0 && label != @class)
        && (Class is null || Class == @class) && (Label is null || Label == label) && (Hidden.Count == 0 || !Hidden.Contains(@class));
}
