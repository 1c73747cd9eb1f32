namespace Patchwise.Tests;

/// <summary>Tables of predictions made up from labels, classes and probabilities.</summary>
static class Tables
{
    internal static ClassInfo[] Classes(int count) => [.. Enumerable.Range(0, count).Select(index => new ClassInfo($"C{index}", $"class {index}", "#808080"))];

    /// <param name="classes">Null: the most probable.</param>
    internal static PredictionTable Of(int count, int?[] labels, float[]? probabilities, int[]? classes = null)
    {
        var rows = new Prediction[labels.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var best = classes?[i] ?? Array.IndexOf(probabilities![(i * count)..((i + 1) * count)], probabilities[(i * count)..((i + 1) * count)].Max());
            rows[i] = new(0, new(0, 0, 224, 224), new(0, 0, 224, 224), best, probabilities?[i * count + best] ?? 1, labels[i]);
        }
        return new("made up", Classes(count), [new("nowhere")], rows, probabilities);
    }

    /// <summary>Random rows that are right more often than by chance; <paramref name="steps"/> rounds the probabilities, so that ties come.</summary>
    internal static PredictionTable Random(int seed, int count, int rows, int steps = 0, int absent = 0)
    {
        var random = new Random(seed);
        var probabilities = new float[rows * count];
        var labels = new int?[rows];
        for (var i = 0; i < rows; i++)
        {
            var label = random.Next(count - absent);
            labels[i] = label;
            var logits = Enumerable.Range(0, count).Select(k => Math.Exp(random.NextDouble() * 3 + (k == label ? 1 : 0))).ToArray();
            var shares = logits.Select(logit => logit / logits.Sum()).ToArray();
            if (steps > 0)
            {
                shares = [.. shares.Select(share => Math.Round(share * steps) / steps)];
                shares[random.Next(count)] += 1 - shares.Sum();
                shares = [.. shares.Select(share => Math.Clamp(share, 0, 1))];
                shares[label] += Math.Max(0, 1 - shares.Sum());
                shares = [.. shares.Select(share => share / shares.Sum())];
            }
            for (var k = 0; k < count; k++)
                probabilities[i * count + k] = (float)shares[k];
        }
        return Of(count, labels, probabilities);
    }
}
