namespace Patchwise.Tests;

/// <summary>Predictions without a network.</summary>
static class MadeUp
{
    internal static ClassInfo[] Classes(int count) =>
        [.. Enumerable.Range(0, count).Select(k => new ClassInfo($"c{k}", $"class number {k}",
        $"#{(k * 40 + 20) % 256:x2}{(k * 90 + 60) % 256:x2}{(k * 150 + 100) % 256:x2}"))];

    internal static SlideFrame Frame(int width, int height, Resolution? at = null, double? mpp = null) =>
        new SlideShape("tile.png", [new(new(width, height), 1)], mpp is { } known ? new Mpp(known) : null, null).At(at ?? Resolution.Baseline(1));

    /// <summary>A table of one tile, of boxes at its resolution; the class is the first of the highest probability.</summary>
    internal static PredictionTable Table(SlideFrame? frame, IReadOnlyList<ClassInfo> classes, params (Box Box, float[] Probabilities)[] patches) =>
        new("made-up", classes, [new("tile.png", frame)],
            [.. patches.Select(patch => new Prediction(0, patch.Box, frame?.ToLevel0(patch.Box) ?? patch.Box,
                Array.IndexOf(patch.Probabilities, patch.Probabilities.Max()), patch.Probabilities.Max()))],
            [.. patches.SelectMany(patch => patch.Probabilities)]);

    /// <summary>The same without its probabilities.</summary>
    internal static PredictionTable Bare(PredictionTable table) => new(table.Model, table.Classes, table.Sources, [.. table], null);

    /// <summary>Patches of any size and place, some over the edge, some outside; probabilities of two digits, so that equal means occur.</summary>
    internal static PredictionTable Random(Random random, int patches, int classes, PixelSize size)
    {
        return Table(Frame(size.Width, size.Height), Classes(classes), [.. Enumerable.Range(0, patches).Select(_ =>
        {
            int x = random.Next(-size.Width / 4, size.Width + 5), y = random.Next(-size.Height / 4, size.Height + 5);
            return (new Box(x, y, x + random.Next(1, size.Width / 2 + 2), y + random.Next(1, size.Height / 2 + 2)), Probabilities());
        })]);

        float[] Probabilities()
        {
            var cuts = Enumerable.Range(0, classes - 1).Select(_ => random.Next(0, 65)).Order().Append(64).ToArray();
            return [.. cuts.Select((cut, k) => (cut - (k == 0 ? 0 : cuts[k - 1])) / 64f)];
        }
    }

    /// <summary>Patches of a grid, each with a probability that falls off from a random class.</summary>
    internal static PredictionTable Grid(SlideFrame frame, int size, int stride, IReadOnlyList<ClassInfo> classes, int seed = 1)
    {
        var random = new Random(seed);
        return Table(frame, classes, [.. PatchGrid.Over(frame, new(size, size), new(stride, stride)).Select(patch =>
        {
            var weights = classes.Select(_ => random.NextSingle() + 0.01f).ToArray();
            return (patch.Box, weights.Select(weight => weight / weights.Sum()).ToArray());
        })]);
    }
}
