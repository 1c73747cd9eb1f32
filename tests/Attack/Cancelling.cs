using System.Globalization;

namespace Patchwise.Attack;

/// <summary>
/// Predictions on eight threads that share a predictor and a slide, cancelled at random moments: nothing stays open, no thread hangs, and what is not cancelled
/// is right.
/// </summary>
static class Cancelling
{
    const int Threads = 8;

    /// <returns>What was found wrong.</returns>
    internal static List<string> Run(string root, int count, int seed)
    {
        var folder = Directory.CreateTempSubdirectory("patchwise-attack-").FullName;
        List<string> wrong = [];
        try
        {
            var network = Path.Combine(folder, "net.onnx");
            File.WriteAllBytes(network, [.. Format.Of("onnx").Good(root).First()]);
            File.WriteAllText(Path.ChangeExtension(network, ".json"), """{"patch":32,"mpp":0.5}""");
            using var slide = Slide.Open(Path.Combine(root, "notebooks", "data", "slides", "CMU-1-Small-Region.svs"));
            using var predictor = new PatchPredictor(network, batch: 8, new(Threads: 2));
            var grid = PatchGrid.Over(slide, 32, Resolution.Mpp(0.5), new() { Stride = 64 });
            var expected = predictor.Predict(slide, grid);
            Once(predictor, slide, grid, expected, folder, -1, new Random(seed), wrong);
            var (handles, before) = (Count("/proc/self/fd"), Count("/proc/self/task"));
            var (next, cancelled) = (-1, 0);
            Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
            {
                for (int number; (number = Interlocked.Increment(ref next)) < count;)
                    if (Once(predictor, slide, grid, expected, folder, number, new Random(HashCode.Combine(seed, number)), wrong))
                        Interlocked.Increment(ref cancelled);
            }))];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
            GC.Collect();
            GC.WaitForPendingFinalizers();
            // Decoders keep a file open for each thread that decoded; the pool's own threads come and go.
            if (Count("/proc/self/fd") > handles + Threads)
                wrong.Add($"{Text(Count("/proc/self/fd"))} open files, {Text(handles)} before");
            if (Count("/proc/self/task") > before + 4 * Threads)
                wrong.Add($"{Text(Count("/proc/self/task"))} threads, {Text(before)} before");
            if (Directory.GetFiles(folder).Select(Path.GetFileName).Except(["net.onnx", "net.json"]).ToArray() is { Length: > 0 } left)
                wrong.Add($"left {string.Join(", ", left)}");
            Console.WriteLine(
                $"{Text(count)} predictions on {Text(Threads)} threads, {Text(cancelled)} of them cancelled: open files {Text(handles)} before, "
                    + $"{Text(Count("/proc/self/fd"))} after; threads {Text(before)} before, {Text(Count("/proc/self/task"))} after; {Text(wrong.Count)} "
                    + $"problems");
            return wrong;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One prediction, into memory or a file of its own, resumed where it was cancelled.</summary>
    /// <returns>Whether it was.</returns>
    static bool Once(PatchPredictor predictor, Slide slide, PatchGrid grid, PredictionTable expected, string folder, int number, Random random,
        List<string> wrong)
    {
        var file = Path.Combine(folder, $"{Text(number)}.sqlite");
        using var cancel = new CancellationTokenSource();
        PredictionTable Predict(bool resume) => predictor.Predict(slide, grid, number % 2 == 0 ? null : new() { SaveTo = file, Resume = resume }, cancel.Token);
        var cancelled = false;
        try
        {
            try
            {
                if (number >= 0)
                    cancel.CancelAfter(TimeSpan.FromMilliseconds(random.NextDouble() * 150));
                Check(Predict(resume: false));
            }
            catch (OperationCanceledException)
            {
                cancelled = true;
                // Every eighth goes on to its end.
                if (number % 8 == 1)
                    Check(predictor.Predict(slide, grid, new() { SaveTo = file, Resume = true }));
            }
        }
        catch (Exception error)
        {
            lock (wrong)
                wrong.Add($"round {Text(number)}: {error.GetType().Name}: {error.Message}");
        }
        foreach (var left in Directory.GetFiles(folder, $"{Text(number)}.sqlite*"))
            File.Delete(left);
        return cancelled;

        void Check(PredictionTable found)
        {
            if (!found.Zip(expected).All(pair => pair.First.Box == pair.Second.Box && pair.First.Class == pair.Second.Class) || found.Count != expected.Count)
                lock (wrong)
                    wrong.Add($"round {Text(number)}: other predictions than without cancelling");
        }
    }

    static int Count(string folder) => Directory.GetFileSystemEntries(folder).Length;

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
