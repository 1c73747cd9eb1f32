using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Patchwise;

/// <summary>A run that is written batch by batch.</summary>
/// <param name="Parameters">What tells it from other runs: those of a run that is resumed have to be the same.</param>
/// <param name="Total">Patches that there are.</param>
/// <param name="Labels">Of sources that are one patch each, what is known of them; null: the patches are of a tile or slide.</param>
public sealed record PredictionRun(IReadOnlyList<(string Name, string Value)> Parameters, IReadOnlyList<ClassInfo> Classes,
    IReadOnlyList<PredictionSource> Sources, int Total, IReadOnlyList<int?>? Labels = null);

/// <summary>
/// Predictions in a SQLite file: the table parameters says how they were made, a row a parameter; classes and sources name what the numbers of predictions
/// mean, whose id is the number of the patch. Probabilities are float32 values, one a class. A file belongs to one process while it is written.
/// </summary>
public sealed partial class PredictionDatabase : IDisposable
{
    const int Busy = 5, Locked = 6, Corrupt = 11, NoDatabase = 26;

    /// <summary>The largest text or BLOB that is read: probabilities of 4 million classes. A damaged file may claim more than it holds.</summary>
    const int MostCellBytes = 16 << 20;

    const string Total = "patches";

    const string Schema = """
        CREATE TABLE parameters (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE classes (class INTEGER PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL, color TEXT NOT NULL);
        CREATE TABLE sources (source INTEGER PRIMARY KEY, name TEXT NOT NULL, frame TEXT, file TEXT, version TEXT);
        CREATE TABLE failures (id INTEGER PRIMARY KEY, what TEXT NOT NULL);
        CREATE TABLE predictions (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, x0 INTEGER NOT NULL, y0 INTEGER NOT NULL,
            x1 INTEGER NOT NULL, y1 INTEGER NOT NULL, level0_x0 INTEGER NOT NULL, level0_y0 INTEGER NOT NULL,
            level0_x1 INTEGER NOT NULL, level0_y1 INTEGER NOT NULL,
            class INTEGER NOT NULL, probability REAL NOT NULL, label INTEGER, probabilities BLOB, novelty REAL);
        CREATE VIEW named_predictions AS SELECT p.*, c.name AS class_name, s.name AS source_name
            FROM predictions p JOIN classes c USING (class) JOIN sources s USING (source);
        """;

    readonly SqliteConnection _connection;
    readonly string _path;

    int _total;

    PredictionDatabase(string path, SqliteOpenMode mode, string? output = null) => (_path, _connection) = (output ?? path, SqliteFile.At(path, mode));

    /// <summary>Opens a file to be written batch by batch: a new one, or one that was begun with the same parameters.</summary>
    /// <param name="resume">Go on with one that was begun. Of image files, what was predicted of those that are changed or gone by now is dropped.</param>
    /// <exception cref="BadInputException">
    /// Another process writes it, it was begun with other parameters, or without <paramref name="resume"/> it was begun at all.
    /// </exception>
    public static PredictionDatabase Begin(string path, PredictionRun run, bool resume)
    {
        var database = new PredictionDatabase(path, SqliteOpenMode.ReadWriteCreate) { _total = run.Total };
        return database.OrDispose(() => database.Guarded(() =>
        {
            database.Open();
            // The lock lasts as long as the connection, and goes with the process whatever ends it. Commits survive the process; after a power failure the
            // last may be missing.
            database._connection.Execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN EXCLUSIVE; COMMIT");
            if (!database.HasTables())
                database.Create(run);
            else if (!resume)
                throw new BadInputException($"{path} holds a run that was not finished: resume it (Resume, on the command line --resume), or delete it");
            else
                database.Adopt(run);
            _ = database.Missing();
            return database;
        }));
    }

    /// <summary>Makes what it holds the beginning of a run that has the same parameters, but perhaps other files.</summary>
    void Adopt(PredictionRun run)
    {
        CheckSame(run);
        using var transaction = _connection.BeginTransaction();
        if (!HasNovelty())
            _connection.Execute("ALTER TABLE predictions ADD COLUMN novelty REAL");
        if (run.Labels is { } labels)
        {
            if (!IsOf(run.Sources))
                throw new BadInputException(
                    $"{_path} holds what was predicted of other files: give another name or folder, or replace it (Overwrite, --force)");
            var places = run.Sources.Index().ToDictionary(one => (one.Item.Name, one.Item.Version), one => one.Index);
            var moved = Sources().Index().Where(one => places.ContainsKey((one.Item.Name, one.Item.Version)))
                .Select(one => (Old: one.Index, New: places[(one.Item.Name, one.Item.Version)]));
            _connection.Execute("CREATE TEMP TABLE moved (old INTEGER PRIMARY KEY, new INTEGER, label INTEGER)");
            _connection.Insert("moved", moved.Select(one => (object?[])[one.Old, one.New, labels[one.New]]));
            // By way of numbers below 0, since a number that is still to be moved may be in the way.
            _connection.Execute("""
                DELETE FROM predictions WHERE id NOT IN (SELECT old FROM moved);
                UPDATE predictions SET id = -1 - new, source = new, label = moved.label FROM moved WHERE id = old;
                UPDATE predictions SET id = -1 - id;
                DELETE FROM sources; DROP TABLE moved
                """);
            InsertSources(run.Sources);
        }
        _connection.Execute("DELETE FROM failures");
        _connection.Execute(FormattableString.Invariant($"UPDATE parameters SET value = '{run.Total}' WHERE name = '{Total}'"));
        transaction.Commit();
    }

    /// <summary>Numbers of the patches that are not predicted yet.</summary>
    public IReadOnlyList<int> Missing() => Guarded(() =>
    {
        var missing = new List<int>();
        var next = 0;
        Each("SELECT id FROM predictions ORDER BY id", row =>
        {
            var id = row.GetInt32(0);
            if (id < next || id >= _total)
                throw Damaged(FormattableString.Invariant($"a prediction of patch {id} of {_total}"));
            missing.AddRange(Enumerable.Range(next, id - next));
            next = id + 1;
        });
        missing.AddRange(Enumerable.Range(next, _total - next));
        return missing;
    });

    /// <summary>Whether a finished file holds all of a run, of the same files, and nothing failed then.</summary>
    /// <exception cref="BadInputException">It was made with other parameters, or is damaged.</exception>
    public static bool Holds(string path, PredictionRun run) => Opened(path, database =>
    {
        database.CheckSame(run);
        var sources = database.Sources().Select(one => (one.Name, one.Version));
        return database.Failures().Count == 0 && sources.SequenceEqual(run.Sources.Select(one => (one.Name, one.Version)));
    });

    bool IsOf(IReadOnlyList<PredictionSource> sources)
    {
        var names = sources.Select(one => one.Version?.Path ?? one.Name).ToHashSet(StringComparer.Ordinal);
        return Sources().Exists(one => names.Contains(one.Version?.Path ?? one.Name));
    }

    /// <summary>Refuses to replace a finished file that holds predictions of none of these sources, or something else.</summary>
    public static void CheckIsOf(string path, IReadOnlyList<PredictionSource> sources)
    {
        var what = "no predictions that can be read";
        try
        {
            if (Opened(path, database =>
            {
                if (database.Sources() is [var first, ..])
                    what = $"what was predicted of {first.Version?.Path ?? first.Name}";
                return database.IsOf(sources);
            }))
                return;
        }
        catch (BadInputException error) when (error.InnerException is not SqliteException { SqliteErrorCode: Busy or Locked })
        {
        }
        throw new BadInputException($"{path} exists, and holds {what}: give another name or folder, or replace it (Overwrite, on the command line --force)");
    }

    static T Opened<T>(string path, Func<PredictionDatabase, T> use)
    {
        if (!File.Exists(path))
            throw new BadInputException($"{path} does not exist: expected a SQLite file of predictions");
        using var database = new PredictionDatabase(path, SqliteOpenMode.ReadOnly);
        return database.Guarded(() =>
        {
            database.Open();
            return database.HasTables() ? use(database)
                : throw new BadInputException($"{path} holds no predictions: expected a SQLite file that this library wrote");
        });
    }

    /// <param name="output">The name that the file will have.</param>
    internal static void Write(string path, string output, PredictionTable table, string model)
    {
        using var database = new PredictionDatabase(path, SqliteOpenMode.ReadWriteCreate, output);
        database.Guarded(() =>
        {
            database.Open();
            // One that does not get to its end is thrown away.
            database._connection.Execute("PRAGMA journal_mode = OFF");
            database.Create(new([("model", model)], table.Classes, table.Sources, table.Count));
            database.Append([.. Enumerable.Range(0, table.Count)], [.. table], row => table.HasProbabilities ? table.Probabilities(row) : [], []);
        });
    }

    BadInputException Damaged(string what) => new($"{_path}: {what}: the file was changed or damaged; predict again");

    public delegate ReadOnlySpan<float> RowProbabilities(int row);

    /// <summary>Adds predictions, all or none.</summary>
    /// <param name="patches">Their numbers.</param>
    /// <param name="probabilities">Of the n-th of these rows; empty where they are not kept.</param>
    /// <param name="failures">Patches that cannot be predicted, and why.</param>
    public void Append(IReadOnlyList<int> patches, IReadOnlyList<Prediction> rows, RowProbabilities probabilities,
        IReadOnlyList<(int Patch, string What)> failures) => Guarded(() =>
    {
        using var transaction = _connection.BeginTransaction();
        _connection.Insert("predictions", rows.Select((row, i) => (object?[])[patches[i], row.Source, row.Box.X0, row.Box.Y0, row.Box.X1, row.Box.Y1,
            row.Level0.X0, row.Level0.Y0, row.Level0.X1, row.Level0.Y1, row.Class, row.Probability, row.Label,
            probabilities(i) is { IsEmpty: false } kept ? MemoryMarshal.AsBytes(kept).ToArray() : null, row.Novelty]));
        _connection.Insert("failures", failures.Select(one => (object?[])[one.Patch, one.What]));
        transaction.Commit();
    });

    /// <summary>Leaves one file without a journal beside it.</summary>
    public void Finish() => Guarded(() => _connection.Execute("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE"));

    void Create(PredictionRun run)
    {
        using var transaction = _connection.BeginTransaction();
        _connection.Execute(Schema);
        _connection.Insert("parameters", run.Parameters.Append((Total, run.Total.ToString(CultureInfo.InvariantCulture)))
            .Select(one => (object?[])[one.Item1, one.Item2]));
        _connection.Insert("classes", run.Classes.Select((one, index) => (object?[])[index, one.Name, one.Title, one.Color]));
        InsertSources(run.Sources);
        transaction.Commit();
    }

    void InsertSources(IReadOnlyList<PredictionSource> sources) =>
        _connection.Insert("sources", sources.Select((one, index) => (object?[])[index, one.Name, one.Frame is { } frame ? StoredFrame.Text(frame) : null,
            one.Version?.Path, one.Version?.Content]));

    void CheckSame(PredictionRun run)
    {
        var found = Parameters();
        var other = run.Parameters.Where(one => found.GetValueOrDefault(one.Name) != one.Value)
            .Select(one => $"{one.Name} {Short(found.GetValueOrDefault(one.Name) ?? "not stated")} (now {Short(one.Value)})").ToArray();
        if (other.Length > 0)
            throw new BadInputException($"{_path} was made with {string.Join(", ", other)}: give the same, another output, or delete the file");

        static string Short(string text) => text.Length <= 80 ? text : $"{text[..77]}...";
    }

    Dictionary<string, string> Parameters()
    {
        Dictionary<string, string> found = [];
        Each("SELECT name, value FROM parameters", row => found.Add(row.GetString(0), row.GetString(1)));
        return found.ContainsKey(Total) && found.ContainsKey("model") ? found : throw Damaged("it does not say what it holds");
    }

    /// <summary>
    /// Whether the tables are there. Others of these names, views or triggers would be somebody's program, which runs wherever the file is read or resumed.
    /// </summary>
    bool HasTables()
    {
        var (tables, others) = (0, 0);
        Each("SELECT name, type, rootpage > 0 AND sql NOT LIKE '%GENERATED%' FROM sqlite_master WHERE type = 'trigger' OR name IN ('parameters', 'classes', "
            + "'sources', 'predictions', 'failures')", row =>
        {
            if (row.GetString(1) != "table" || !row.GetBoolean(2))
                others++;
            else
                tables++;
        });
        return others == 0 ? tables == 5 : throw Damaged("its tables are not those that this library makes");
    }

    /// <summary>Files of earlier versions have no column for it.</summary>
    bool HasNovelty()
    {
        var found = false;
        Each("SELECT 1 FROM pragma_table_info('predictions') WHERE name = 'novelty'", _ => found = true);
        return found;
    }

    void Open()
    {
        _connection.Open();
        SQLitePCL.raw.sqlite3_limit(_connection.Handle, SQLitePCL.raw.SQLITE_LIMIT_LENGTH, MostCellBytes);
        _connection.Execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
    }

    void Each(string query, Action<SqliteDataReader> row)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = query;
        using var reader = command.ExecuteReader();
        try
        {
            while (reader.Read())
                row(reader);
        }
        catch (Exception error) when (error is InvalidOperationException or InvalidCastException or OverflowException or FormatException or ArgumentException
            or IndexOutOfRangeException or System.Text.Json.JsonException)
        {
            throw Damaged(error.Message);
        }
        catch (BadInputException error) when (!error.Message.StartsWith(_path, StringComparison.Ordinal))
        {
            throw Damaged(error.Message);
        }
    }

    void Guarded(Action work) => Guarded(() =>
    {
        work();
        return true;
    });

    T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException error) when (error.SqliteErrorCode is Busy or Locked)
        {
            throw new BadInputException($"{_path} is being written by another process: wait until it has ended, or give another output", error);
        }
        catch (SqliteException error) when (error.SqliteErrorCode is NoDatabase or Corrupt)
        {
            throw new BadInputException($"{_path} is no SQLite file of predictions, or a damaged one ({error.Message}): give another name, or delete it",
                error);
        }
        catch (SqliteException error)
        {
            throw new PatchwiseException($"{_path} could not be written or read: {error.Message}; nothing that it held is lost", error);
        }
    }

    public void Dispose() => _connection.Dispose();
}
