using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Patchwise;

public sealed partial class Cohort
{
    /// <summary>What each table has of a slide.</summary>
    static readonly (string Name, Func<SlideResult, object?> Of)[] Columns =
    [
        ("id", slide => slide.Id), ("path", slide => slide.Path), ("label", slide => slide.Label), ("group", slide => slide.Group),
        ("bytes", slide => slide.Bytes), ("digest", slide => slide.Digest), ("width", slide => slide.Width), ("height", slide => slide.Height),
        ("levels", slide => slide.Levels), ("microns_per_pixel", slide => slide.MicronsPerPixel), ("objective", slide => slide.Objective),
        ("format", slide => slide.Format), ("scanner", slide => slide.Scanner), ("tissue_mm2", slide => slide.TissueArea),
        ("tissue_share", slide => slide.TissueShare), ("in_focus", slide => slide.InFocus), ("pen", slide => slide.Pen), ("very_dark", slide => slide.Dark),
        ("background", slide => slide.Background), ("hematoxylin", slide => Text(slide.Stain?.Hematoxylin)), ("eosin", slide => Text(slide.Stain?.Eosin)),
        ("stain_degrees", slide => slide.StainDegrees), ("model", slide => slide.Model), ("model_digest", slide => slide.ModelDigest),
        ("patches", slide => slide.Patches), ("mean_confidence", slide => slide.MeanConfidence), ("low_confidence", slide => slide.LowConfidence),
        ("outlier", slide => string.Join("; ", slide.Outliers.Select(one => one.What))),
        ("outlier_score", slide => slide.Outliers is [var most, ..] ? most.Score : null), ("seconds", slide => slide.Seconds),
        ("notes", slide => string.Join("; ", slide.Notes)), ("failed_step", slide => slide.FailedStep), ("failure", slide => slide.Failure),
    ];

    static string? Text(Vector3? stain) => stain is { } of ? string.Create(CultureInfo.InvariantCulture, $"{of.X:0.####} {of.Y:0.####} {of.Z:0.####}") : null;

    /// <summary>
    /// A line a slide (UTF-8, comma, decimal point, empty where a number is not known), with count, share, its interval and mean probability of each class.
    /// </summary>
    public void SaveCsv(string path) => Csv(path, [.. Columns.Select(one => one.Name), .. Classes.SelectMany(one => (string[])[$"count {one.Name}",
        $"share {one.Name}", $"low {one.Name}", $"high {one.Name}", $"p {one.Name}"])],
        Slides.Select(slide => Columns.Select(one => one.Of(slide)).Concat(Classes.SelectMany(one => slide.Of(one.Name) is { } share
            ? (object?[])[share.Count, share.Share.Value, share.Share.Low, share.Share.High, share.MeanProbability] : [null, null, null, null, null]))));

    /// <summary>The slides that failed or are not done: id, path, step and reason.</summary>
    public void SaveFailures(string path) => Csv(path, ["id", "path", "step", "reason"], Slides.Where(slide => slide.Failure is not null)
        .Select(slide => (object?[])[slide.Id, slide.Path, slide.FailedStep, slide.Failure]));

    /// <summary>A line for each score: label, class, kind, slides of the label and others, groups, area with its interval, what to know of it.</summary>
    public void SaveScores(string path) => Csv(path, ScoreColumns, Scores.Select(Cells));

    static readonly string[] ScoreColumns =
        ["positive", "class", "score", "positives", "negatives", "groups", "auc", "low", "high", "note"];

    static object?[] Cells(CohortScore one) => [one.Positive, one.Class, one.Kind, one.Curve.Positives, one.Curve.Negatives, one.Curve.Groups,
        one.Curve.Auc?.Value, one.Curve.Auc?.Low, one.Curve.Auc?.High, one.Curve.Note];

    static void Csv(string path, string[] columns, IEnumerable<IEnumerable<object?>> rows) => CsvFile.Save(path, rows.Select(Known).Prepend(columns));

    static object?[] Known(IEnumerable<object?> row) => [.. row.Select(cell => cell is double number && !double.IsFinite(number) ? null : cell)];

    /// <summary>The same as a SQLite file: tables slides, class_shares, outliers and scores, and the view failures.</summary>
    public void SaveSqlite(string path) => WholeFile.WriteBeside(path, partial =>
    {
        try
        {
            using var file = SqliteFile.At(partial, SqliteOpenMode.ReadWriteCreate);
            file.Open();
            file.Execute("PRAGMA journal_mode = OFF");
            using var transaction = file.BeginTransaction();
            Fill("slides", [.. Columns.Select(one => one.Name)], Slides.Select(slide => Columns.Select(one => one.Of(slide))));
            Fill("class_shares", ["slide", "class", "title", "count", "share", "low", "high", "mean_probability"],
                Slides.SelectMany(slide => slide.Classes.Select(one => (object?[])[slide.Id, one.Name, one.Class.Title, one.Count, one.Share.Value,
                    one.Share.Low, one.Share.High, one.MeanProbability])));
            Fill("outliers", ["slide", "what", "unit", "value", "median", "score"], Slides.SelectMany(slide => slide.Outliers.Select(one =>
                (object?[])[slide.Id, one.What, one.Unit, one.Value, one.Median, one.Score])));
            Fill("scores", ScoreColumns, Scores.Select(Cells));
            file.Execute("CREATE VIEW failures AS SELECT id, path, failed_step, failure FROM slides WHERE failure IS NOT NULL");
            transaction.Commit();

            void Fill(string table, string[] columns, IEnumerable<IEnumerable<object?>> rows)
            {
                file.Execute($"CREATE TABLE {table} ({string.Join(", ", columns.Select(column => $"\"{column}\""))})");
                file.Insert(table, rows.Select(Known));
            }
        }
        catch (SqliteException error)
        {
            throw new PatchwiseException($"{path} could not be written: {error.Message}", error);
        }
    });

    /// <summary>
    /// What the results were made with and of, as JSON: when and with what they were collected; of each step the versions that did it, models and parameters,
    /// each with how many slides; digests of the slides.
    /// </summary>
    public void SaveProvenance(string path) => WholeFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new() { Indented = true });
        json.WriteStartObject();
        json.WriteString("collected", DateTime.UtcNow);
        json.WriteString("patchwise", Version);
        json.WriteString("dotnet", RuntimeInformation.FrameworkDescription);
        json.WriteString("system", RuntimeInformation.OSDescription);
        json.WriteStartArray("steps");
        foreach (var (made, slides) in Slides.SelectMany(slide => slide.MadeBy).CountBy(one => one))
            Object(("step", made.Step), ("patchwise", made.Patchwise), ("engine", made.Engine), ("slides", slides));
        json.WriteEndArray();
        json.WriteStartArray("models");
        foreach (var ((model, digest), slides) in Slides.Where(slide => slide.Model is not null).CountBy(slide => (slide.Model, slide.ModelDigest)))
            Object(("model", model), ("digest", digest), ("slides", slides));
        json.WriteEndArray();
        json.WriteStartArray("parameters");
        foreach (var (parameters, slides) in Slides.Select(slide => slide.Parameters).OfType<string>().CountBy(one => one))
            Object(("parameters", JsonNode.Parse(parameters)), ("slides", slides));
        json.WriteEndArray();
        json.WriteStartArray("slides");
        foreach (var slide in Slides)
            Object(("id", slide.Id), ("path", slide.Path), ("bytes", slide.Bytes), ("digest", slide.Digest));
        json.WriteEndArray();
        json.WriteEndObject();

        void Object(params (string Name, object? Value)[] parts)
        {
            json.WriteStartObject();
            foreach (var (name, value) in parts)
            {
                json.WritePropertyName(name);
                JsonSerializer.Serialize(json, value);
            }
            json.WriteEndObject();
        }
    });
}
