using Microsoft.Data.Sqlite;

namespace Patchwise;

/// <summary>What is written into SQLite files: whole tables, row by row.</summary>
static class SqliteFile
{
    /// <summary>Not opened yet.</summary>
    internal static SqliteConnection At(string path, SqliteOpenMode mode) =>
        new(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 1 }.ToString());

    internal static void Execute(this SqliteConnection file, string commands)
    {
        using var command = file.CreateCommand();
        command.CommandText = commands;
        command.ExecuteNonQuery();
    }

    /// <param name="rows">A value for each column.</param>
    internal static void Insert(this SqliteConnection file, string table, IEnumerable<object?[]> rows)
    {
        using var command = file.CreateCommand();
        foreach (var row in rows)
        {
            if (command.Parameters.Count == 0)
            {
                command.CommandText = $"INSERT INTO {table} VALUES ({string.Join(", ", row.Select((_, i) => $"${i}"))})";
                foreach (var i in Enumerable.Range(0, row.Length))
                    command.Parameters.Add(new($"${i}", null));
            }
            foreach (var (i, cell) in row.Index())
                command.Parameters[i].Value = cell ?? DBNull.Value;
            command.ExecuteNonQuery();
        }
    }
}
