using System.Security.Cryptography;

namespace Patchwise;

public sealed partial class PatchPredictor
{
    internal PredictionTable Predict(PatchFeed feed, PredictOptions options, CancellationToken cancel) =>
        options.SaveTo is { } file ? ToFile(file, feed, options, cancel) : ToMemory(feed, options, cancel);

    PredictionTable ToMemory(PatchFeed feed, PredictOptions options, CancellationToken cancel)
    {
        if (options.KeepProbabilities && (long)feed.Count * Card.Classes.Count > Array.MaxLength)
            throw new BadInputException(
                $"{feed.Name}: {feed.Count} patches of {Card.Classes.Count} classes have more probabilities than one table holds ({Array.MaxLength}): "
                + $"keep those of the most probable class only (KeepProbabilities = false), or take a larger stride");
        var (rows, problems) = (new List<Prediction>(feed.Count), new List<SetProblem>());
        var probabilities = options.KeepProbabilities ? new List<float>(feed.Count * Card.Classes.Count) : null;
        Run(Engine(feed, cancel).Engine, feed, [.. Enumerable.Range(0, feed.Count)], (_, found, outputs, faults) =>
        {
            rows.AddRange(found);
            probabilities?.AddRange(outputs);
            problems.AddRange(faults.Select(fault => new SetProblem(feed.Sources[feed.At(fault.Patch).Source].Name, fault.What, true)));
        }, options.Progress, cancel);
        return Told(feed, new(Card.Name, Card.Classes, feed.Sources, [.. rows], probabilities?.ToArray()) { Problems = problems });
    }

    static PredictionTable Told(PatchFeed feed, PredictionTable table) => table.Count > 0 ? table.With([.. feed.AllNotes])
        : throw new BadInputException($"{feed.Name}: none of {feed.Count} patches can be predicted; {table.Problems[0].File}: {table.Problems[0].What}");

    delegate void Taker(int[] patches, Prediction[] rows, float[] outputs, (int Patch, string What)[] faults);

    /// <param name="take">Called in order, with a row and the probabilities of each patch that could be read.</param>
    void Run(InferenceEngine engine, PatchFeed feed, IReadOnlyList<int> patches, Taker take, Action<PredictionProgress>? progress,
        CancellationToken cancel) =>
        new PredictionPipeline(feed, engine, _batch, _options.Threads > 0 ? _options.Threads : Environment.ProcessorCount, _novelty).Run(patches, batch =>
        {
            int[] read = [.. Enumerable.Range(0, batch.Count).Where(i => batch.Faults[i] is null)];
            var values = new float[read.Length * engine.Classes];
            foreach (var (at, i) in read.Index())
                batch.Outputs.Slice(i * engine.Classes, engine.Classes).CopyTo(values.AsSpan(at * engine.Classes));
            var (outputs, classes) = (_outputs.Probabilities(values), Card.Classes.Count);
            take(Array.ConvertAll(read, i => patches[batch.Start + i]),
                [.. read.Select((i, at) => Row(feed, patches[batch.Start + i], outputs.AsSpan(at * classes, classes)) with
                {
                    Novelty = _novelty ? batch.Novelty[i] : null,
                })], outputs,
                [.. Enumerable.Range(0, batch.Count).Except(read).Select(i => (patches[batch.Start + i], batch.Faults[i]!))]);
        }, progress, cancel);

    /// <summary>What runs these patches, and the digest of its network where that is one in 8 bits.</summary>
    (InferenceEngine Engine, string? Digest) Engine(PatchFeed feed, CancellationToken cancel) => _engine is { } engine ? (engine, null)
        : _quantized!.Of(feed, cancel);

    Prediction Row(PatchFeed feed, int patch, ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                throw new PatchwiseException($"{Card.Name} gives {values[i]} for class {i} of patch {patch} of {feed.Name}: its weights or the precision "
                    + $"{_options.Precision} do not fit");
            else if (values[i] > values[best])
                best = i;
        return feed.At(patch) with { Class = best, Probability = values[best] };
    }

    PredictionTable ToFile(string file, PatchFeed feed, PredictOptions options, CancellationToken cancel)
    {
        if (!Path.GetExtension(file).Equals(".sqlite", StringComparison.OrdinalIgnoreCase))
            throw new BadInputException($"{file}: a run that can be resumed is written as .sqlite; change the name");
        var partial = $"{file}.partial";
        var (engine, digest) = Engine(feed, cancel);
        var run = new PredictionRun([.. Parameters(digest), .. feed.Parameters(), ("probabilities", options.KeepProbabilities ? "kept" : "not kept")],
            Card.Classes, feed.Sources, feed.Count, feed is GridFeed ? null : [.. Enumerable.Range(0, feed.Count).Select(patch => feed.At(patch).Label)]);
        if (!options.Overwrite && File.Exists(file))
            PredictionDatabase.CheckIsOf(file, run.Sources);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            using var only = new OutputLock(file);
            if (options.Overwrite)
                File.Delete(partial);
            if (options.Resume && File.Exists(file) && !File.Exists(partial))
            {
                if (PredictionDatabase.Holds(file, run))
                    return Told(feed, PredictionDatabase.Read(file));
                File.Copy(file, partial);
            }
            using (var database = PredictionDatabase.Begin(partial, run, options.Resume))
            {
                Run(engine, feed, database.Missing(), (patches, rows, outputs, faults) => database.Append(patches, rows,
                    i => options.KeepProbabilities ? outputs.AsSpan(i * Card.Classes.Count, Card.Classes.Count) : [], faults), options.Progress, cancel);
                database.Finish();
            }
            var table = PredictionDatabase.Read(partial);
            if (table.Count == 0)
                File.Delete(partial);
            else
                File.Move(partial, file, overwrite: true);
            return Told(feed, table);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WholeFile.Fault(file, error);
        }
    }

    /// <summary>
    /// What the model gives depends on, but for the patches: model, weights (their sha256), card, engine. Threads only change how long it takes.
    /// </summary>
    public IReadOnlyList<(string Name, string Value)> Parameters() => Parameters(_quantized?.Digest);

    (string Name, string Value)[] Parameters(string? digest)
    {
        using var weights = File.OpenRead(_weights);
        return
        [
            ("model", Card.Name), ("weights", $"sha256 {Convert.ToHexStringLower(SHA256.HashData(weights))}"), ("card", Card.ToJson()),
            ("engine", Place), .. digest is null ? ((string, string)[])[] : [("network in 8 bits", digest)],
        ];
    }
}
