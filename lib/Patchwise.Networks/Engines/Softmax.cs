namespace Patchwise;

/// <summary>Probabilities of logits, row by row: exp(x - max) / sum.</summary>
static class Softmax
{
    /// <param name="logits">Rows of <paramref name="classes"/> values, replaced by probabilities.</param>
    internal static void Apply(Span<float> logits, int classes)
    {
        for (; logits.Length >= classes; logits = logits[classes..])
        {
            var row = logits[..classes];
            var most = float.NegativeInfinity;
            foreach (var value in row)
                most = Math.Max(most, value);
            var sum = 0.0;
            foreach (ref var value in row)
                sum += value = MathF.Exp(value - most);
            foreach (ref var value in row)
                value = (float)(value / sum);
        }
    }
}
