using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Patchwise;

public sealed partial class PredictionDatabase
{
    /// <summary>Reads a table that is whole.</summary>
    public static PredictionTable Read(string path) => Opened(path, database =>
    {
        var found = database.Parameters();
        if (!int.TryParse(found[Total], NumberStyles.None, CultureInfo.InvariantCulture, out database._total))
            throw database.Damaged($"{Total} '{found[Total]}'");
        var count = database._total - database.Missing().Count;
        var failures = database.Failures();
        return count + failures.Count != database._total
            ? throw new BadInputException($"{path} holds {count} of {database._total} predictions: the run was not finished; resume it")
            : database.ReadTable(found["model"], count, failures);
    });

    List<(int Patch, string What)> Failures()
    {
        List<(int, string)> failures = [];
        Each("SELECT id, what FROM failures ORDER BY id", row => failures.Add((row.GetInt32(0), row.GetString(1))));
        return failures;
    }

    List<PredictionSource> Sources()
    {
        List<PredictionSource> sources = [];
        Each("SELECT name, frame, file, version FROM sources ORDER BY source", row => sources.Add(
            new(row.GetString(0), row.IsDBNull(1) ? null : StoredFrame.Read(row.GetString(1), row.GetString(0)))
            {
                Version = row.IsDBNull(2) ? null : new(row.GetString(2), row.GetString(3)),
            }));
        return sources;
    }

    PredictionTable ReadTable(string model, int total, IReadOnlyList<(int Patch, string What)> failures)
    {
        List<ClassInfo> classes = [];
        Each("SELECT name, title, color FROM classes ORDER BY class",
            row => classes.Add(new(row.GetString(0), row.GetString(1),
                Palette.Checked(row.GetString(2)) ?? throw Damaged($"class {classes.Count} without a color"))));
        var sources = Sources();
        if (failures.FirstOrDefault(one => (uint)one.Patch >= (uint)sources.Count) is { What: not null } wrong)
            throw Damaged(FormattableString.Invariant($"a failure of patch {wrong.Patch} of {sources.Count} sources"));
        var rows = new Prediction[total];
        float[]? probabilities = null;
        var next = 0;
        var held = 0L;
        Each("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", row => held = row.GetInt64(0));
        Each("SELECT source, x0, y0, x1, y1, level0_x0, level0_y0, level0_x1, level0_y1, class, probability, label, probabilities, "
            + $"{(HasNovelty() ? "novelty" : "NULL")} FROM predictions ORDER BY id", row =>
        {
            var one = rows[next] = new(row.GetInt32(0), BoxAt(row, 1), BoxAt(row, 5), row.GetInt32(9), row.GetFloat(10),
                row.IsDBNull(11) ? null : row.GetInt32(11))
            { Novelty = row.IsDBNull(13) ? null : row.GetFloat(13) };
            if ((uint)one.Class >= (uint)classes.Count || (uint)one.Source >= (uint)sources.Count || (uint)(one.Label ?? 0) >= (uint)classes.Count)
                throw Damaged(FormattableString.Invariant($"patch {next} has class {one.Class} of source {one.Source}, label {one.Label}"));
            if (IsNone(one.Box) || IsNone(one.Level0) || !float.IsFinite(one.Probability) || !float.IsFinite(one.Novelty ?? 0))
                throw Damaged(FormattableString.Invariant($"patch {next} at {one.Box}, at level 0 {one.Level0}, has probability {one.Probability}"));
            if (!row.IsDBNull(12))
            {
                // They are all in the file, or there is no memory to take for them.
                if ((long)total * classes.Count * sizeof(float) > held)
                    throw Damaged(FormattableString.Invariant($"{total} patches of {classes.Count} classes, whose probabilities it cannot hold"));
                probabilities ??= new float[total * classes.Count];
                var stored = MemoryMarshal.Cast<byte, float>(row.GetFieldValue<byte[]>(12).AsSpan());
                if (stored.Length != classes.Count)
                    throw Damaged($"patch {next} has {stored.Length} probabilities");
                stored.CopyTo(probabilities.AsSpan(next * classes.Count));
            }
            next++;
        });
        return new(model, classes, sources, rows, probabilities)
        {
            Problems = [.. failures.Select(one => new SetProblem(sources[one.Patch].Name, one.What, true))],
        };

        static bool IsNone(Box box) => box.IsEmpty || (long)box.X1 - box.X0 > int.MaxValue || (long)box.Y1 - box.Y0 > int.MaxValue;
        static Box BoxAt(SqliteDataReader row, int column) =>
            new(row.GetInt32(column), row.GetInt32(column + 1), row.GetInt32(column + 2), row.GetInt32(column + 3));
    }

    sealed record StoredFrame(double Resolution, string Units, IReadOnlyList<SlideLevel> Levels, double? MppX, double? MppY, double? Power, Box? Bounds)
    {
        static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Strict) { IgnoreReadOnlyProperties = true };

        internal static string Text(SlideFrame frame) => JsonSerializer.Serialize(new StoredFrame(frame.Resolution.Value, frame.Resolution.Units,
            frame.Slide.Levels, frame.Slide.Mpp?.X, frame.Slide.Mpp?.Y, frame.Slide.Magnification?.Power, frame.Slide.Bounds), Options);

        internal static SlideFrame Read(string text, string name)
        {
            var stored = JsonSerializer.Deserialize<StoredFrame>(text, Options) ?? throw new JsonException("a frame without content");
            return new SlideShape(name, stored.Levels, stored is { MppX: { } x, MppY: { } y } ? new Mpp(x, y) : null,
                stored.Power is { } power ? new Magnification(power) : null, stored.Bounds).At(Patchwise.Resolution.Of(stored.Resolution, stored.Units));
        }
    }
}
