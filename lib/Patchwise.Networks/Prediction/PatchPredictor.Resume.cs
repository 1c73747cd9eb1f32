using System.Globalization;
using System.Security.Cryptography;

namespace Patchwise;

public sealed partial class PatchPredictor
{
    /// <summary>
    /// As <see cref="Predict(Slide, PatchGrid, bool, ReadRule, Action{PredictionProgress}?, CancellationToken)"/>, written to a SQLite file batch by batch: up to the end under
    /// the name with ".partial" behind it, which holds what is predicted so far whatever happens.
    /// </summary>
    /// <param name="file">Ends in .sqlite.</param>
    /// <param name="grid">Null: the one that Predict makes when it is given none.</param>
    /// <param name="resume">Go on where an earlier call ended. The result is the same as without an interruption.</param>
    /// <exception cref="BadInputException">The file was begun with other parameters, which the message names; another process writes it; or it was begun and is not to be resumed.</exception>
    public PredictionTable PredictTo(string file, Slide slide, PatchGrid? grid = null, bool resume = false, bool keepProbabilities = true, ReadRule rule = ReadRule.Plain,
        Action<PredictionProgress>? progress = null, CancellationToken cancel = default) => TableTo(file, new GridFeed(slide, grid ?? Grid(slide, null, null, null, null), rule), resume, keepProbabilities, progress, cancel);

    internal PredictionTable TableTo(string file, PatchFeed feed, bool resume, bool keepProbabilities, Action<PredictionProgress>? progress, CancellationToken cancel)
    {
        if (!Path.GetExtension(file).Equals(".sqlite", StringComparison.OrdinalIgnoreCase))
            throw new BadInputException($"{file}: a run that can be resumed is written as .sqlite; change the name");
        (string, string)[] parameters = [.. Parameters(), .. feed.Parameters(), ("probabilities", keepProbabilities ? "kept" : "not kept")];
        var partial = $"{file}.partial";
        if (resume && File.Exists(file) && !File.Exists(partial))
            return PredictionDatabase.Read(file, parameters);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            using var only = new OutputLock(file);
            using (var database = PredictionDatabase.Begin(partial, parameters, Card.Classes, feed.Sources, feed.Count, resume))
            {
                Run(feed, database.Count, batch =>
                {
                    var rows = new Prediction[batch.Count];
                    for (var i = 0; i < rows.Length; i++)
                        rows[i] = Row(feed, batch, i);
                    database.Append(rows, i => keepProbabilities ? batch.Outputs.Slice(i * Card.Classes.Count, Card.Classes.Count) : []);
                }, progress, cancel);
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
