namespace Patchwise;

/// <summary>
/// How one class fares. A measure is null where it is not defined: a quotient of nothing by nothing is no 0 here. Intervals are Wilson's, that of F1 from the
/// share right / (support + predicted - right), which F1 rises with, and that of Auc by bootstrap.
/// </summary>
/// <param name="Support">Patches that are known to be of the class.</param>
/// <param name="Predicted">Patches that are said to be of the class.</param>
/// <param name="Precision">Of those said to be of the class, the share that are; null where there are none.</param>
/// <param name="Recall">Of those known to be of the class, the share that are found; null where there are none.</param>
/// <param name="F1">2 right / (support + predicted), the harmonic mean of the two; null where both are 0 (van Rijsbergen 1979).</param>
/// <param name="Auc">
/// How probable it is that a patch of the class has a higher probability of it than one of another class, ties half (Hanley and McNeil 1982);
/// null without probabilities, and where the class has no patch or all.
/// </param>
public sealed record ClassScore(ClassInfo Class, int Support, int Predicted, Estimate? Precision, Estimate? Recall, Estimate? F1, Estimate? Auc);

/// <summary>Patches whose highest probability lies in one part of 0..1.</summary>
/// <param name="From">Lower edge, inside; the upper edge belongs to the next part, of the last to itself.</param>
/// <param name="Confidence">Mean of the highest probabilities; null where there are no patches.</param>
/// <param name="Accuracy">Share of the patches that are predicted rightly, with Wilson's interval; null where there are none.</param>
public readonly record struct ReliabilityBin(double From, double To, int Count, double? Confidence, Estimate? Accuracy)
{
    /// <summary>Whether there are so few patches (below five) that the share says next to nothing.</summary>
    public bool IsPale => Count < 5;
}
