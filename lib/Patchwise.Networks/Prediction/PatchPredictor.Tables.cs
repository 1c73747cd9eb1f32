using System.Globalization;
using System.Security.Cryptography;

namespace Patchwise;

public sealed partial class PatchPredictor
{
    internal PredictionTable Predict(PatchFeed feed, PredictOptions options, CancellationToken cancel) =>
        options.SaveTo is { } file ? ToFile(file, feed, options, cancel) : ToMemory(feed, options, cancel);

    PredictionTable ToMemory(PatchFeed feed, PredictOptions options, CancellationToken cancel)
    {
        if (options.KeepProbabilities && (long)feed.Count * Card.Classes.Count > Array.MaxLength)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{feed.Name}: {feed.Count:N0} patches of {Card.Classes.Count} classes have more probabilities than one table holds ({Array.MaxLength:N0}): "
                + $"keep those of the most probable class only (KeepProbabilities = false), or take a larger stride"));
        var rows = new Prediction[feed.Count];
        var probabilities = options.KeepProbabilities ? new float[feed.Count * Card.Classes.Count] : null;
        Run(feed, 0, batch =>
        {
            for (var i = 0; i < batch.Count; i++)
                rows[batch.Start + i] = Row(feed, batch, i);
            if (probabilities is not null)
                batch.Outputs.CopyTo(probabilities.AsSpan(batch.Start * Card.Classes.Count));
        }, options.Progress, cancel);
        return new(Card.Name, Card.Classes, feed.Sources, rows, probabilities);
    }

    Prediction Row(PatchFeed feed, PatchBatch batch, int index)
    {
        var values = batch.Outputs.Slice(index * Card.Classes.Count, Card.Classes.Count);
        var best = 0;
        for (var i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                throw new PatchwiseException(
                    $"{Card.Name} gives {values[i]} for class {i} of patch {batch.Start + index} of {feed.Name}: its weights or the precision "
                        + $"{_options.Precision} do not fit");
            else if (values[i] > values[best])
                best = i;
        return feed.At(batch.Start + index) with { Class = best, Probability = values[best] };
    }

    /// <param name="take">Called in order, with probabilities as <see cref="PatchBatch.Outputs"/>.</param>
    void Run(PatchFeed feed, int first, Action<PatchBatch> take, Action<PredictionProgress>? progress, CancellationToken cancel)
    {
        using var pipeline = new PredictionPipeline(feed, _engine, _batch, _options.Threads > 0 ? _options.Threads : Environment.ProcessorCount);
        pipeline.Run(first, take, progress, cancel);
    }

    /// <exception cref="BadInputException">
    /// The file was begun with other parameters, which the message names; another process writes it; or it was begun and is not to be resumed.
    /// </exception>
    PredictionTable ToFile(string file, PatchFeed feed, PredictOptions options, CancellationToken cancel)
    {
        if (!Path.GetExtension(file).Equals(".sqlite", StringComparison.OrdinalIgnoreCase))
            throw new BadInputException($"{file}: a run that can be resumed is written as .sqlite; change the name");
        (string, string)[] parameters = [.. Parameters(), .. feed.Parameters(), ("probabilities", options.KeepProbabilities ? "kept" : "not kept")];
        var partial = $"{file}.partial";
        if (options.Resume && File.Exists(file) && !File.Exists(partial))
            return PredictionDatabase.Read(file, parameters);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            using var only = new OutputLock(file);
            using (var database = PredictionDatabase.Begin(partial, new(parameters, Card.Classes, feed.Sources, feed.Count), options.Resume))
            {
                Run(feed, database.Count, batch =>
                {
                    var rows = new Prediction[batch.Count];
                    for (var i = 0; i < rows.Length; i++)
                        rows[i] = Row(feed, batch, i);
                    database.Append(rows, i => options.KeepProbabilities ? batch.Outputs.Slice(i * Card.Classes.Count, Card.Classes.Count) : []);
                }, options.Progress, cancel);
                database.Finish();
            }
            File.Move(partial, file, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PatchwiseException($"{file} could not be written: {error.Message}", error);
        }
        return PredictionDatabase.Read(file);
    }

    /// <summary>What the model gives depends on, but for the patches. Threads only change how long it takes.</summary>
    IEnumerable<(string, string)> Parameters()
    {
        using var weights = File.OpenRead(_weights);
        return
        [
            ("model", Card.Name), ("weights", $"sha256 {Convert.ToHexStringLower(SHA256.HashData(weights))}"), ("card", Card.ToJson()),
            ("batch", _batch.ToString(CultureInfo.InvariantCulture)), ("engine", _engine.Place),
        ];
    }
}
