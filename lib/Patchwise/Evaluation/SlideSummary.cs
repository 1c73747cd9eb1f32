namespace Patchwise;

/// <param name="Count">Patches whose most probable class it is.</param>
/// <param name="Share">Of the patches that count; NaN where there are none.</param>
/// <param name="MeanProbability">Over these patches; NaN where probabilities were not kept.</param>
public sealed record SlideClass(ClassInfo Class, int Count, Estimate Share, double MeanProbability)
{
    public string Name => Class.Name;
}

/// <summary>The predictions of one slide in a few numbers, of the patches that lie wholly inside it.</summary>
/// <param name="Classes">In the order of the model's classes.</param>
/// <param name="MeanConfidence">Mean over patches of the highest probability; NaN where there are none.</param>
/// <param name="LowConfidence">Share of the patches whose highest probability is below the limit; NaN where there are none.</param>
public sealed record SlideSummary(IReadOnlyList<SlideClass> Classes, double MeanConfidence, double LowConfidence)
{
    /// <param name="lowConfidence">A patch whose highest probability is below it is of low confidence, 0 to 1.</param>
    public static SlideSummary Of(PredictionTable predictions, double lowConfidence)
    {
        if (lowConfidence is not (>= 0 and <= 1))
            throw new BadInputException(FormattableString.Invariant($"lowConfidence: {lowConfidence}: expected a probability from 0 to 1, such as 0.5"));
        int[] rows = [.. Enumerable.Range(0, predictions.Count).Where(row => predictions.IsInside(predictions[row]))];
        double Mean(Func<int, double> of) => rows.Length == 0 ? double.NaN : rows.Average(of);
        return new([.. predictions.Classes.Select((known, k) =>
        {
            var count = rows.Count(row => predictions[row].Class == k);
            return new SlideClass(known, count, rows.Length == 0 ? new(double.NaN, double.NaN, double.NaN) : Estimate.OfShare(count, rows.Length),
                predictions.HasProbabilities ? Mean(row => predictions.Probabilities(row)[k]) : double.NaN);
        })], Mean(row => predictions[row].Probability), Mean(row => predictions[row].Probability < lowConfidence ? 1 : 0));
    }
}
