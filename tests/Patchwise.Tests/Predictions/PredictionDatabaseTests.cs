using Microsoft.Data.Sqlite;

namespace Patchwise.Tests;

/// <summary>Files of predictions that somebody changed.</summary>
public sealed class PredictionDatabaseTests : IDisposable
{
    static readonly ClassInfo[] Classes = [new("a", "A", "#112233"), new("b", "B", "#445566")];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Changed(string sql)
    {
        var path = _folder.At("t.sqlite");
        using (var slide = Slide.Of(new Raster(96, 64, 3), "slide", new Mpp(0.5)))
        {
            var grid = PatchGrid.Over(slide, 32, Resolution.Baseline(1));
            Prediction[] rows = [.. grid.Select(patch => new Prediction(0, patch.Box, patch.Level0, 1, 0.5f, 0))];
            new PredictionTable("net", Classes, [new("slide", grid.Frame)], rows, [.. Enumerable.Repeat(0.5f, 2 * rows.Length)]).Save(path);
        }
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
        return path;
    }

    [Theory]
    [InlineData("UPDATE predictions SET label = 7 WHERE id = 2", "label 7")]
    [InlineData("UPDATE predictions SET class = -1 WHERE id = 2", "class -1")]
    [InlineData("UPDATE predictions SET x1 = x0 WHERE id = 2", "patch 2 at")]
    [InlineData("UPDATE predictions SET level0_x0 = -2000000000, level0_x1 = 2000000000 WHERE id = 2", "patch 2 at")]
    [InlineData("UPDATE predictions SET probability = 9e999 WHERE id = 2", "probability Infinity")]
    [InlineData("UPDATE predictions SET probabilities = zeroblob(12) WHERE id = 2", "3 probabilities")]
    [InlineData("UPDATE predictions SET id = 70 WHERE id = 2", "a prediction of patch 70 of 6")]
    [InlineData("UPDATE predictions SET id = -5 WHERE id = 2", "a prediction of patch -5 of 6")]
    [InlineData("INSERT INTO failures VALUES (9, 'gone'); UPDATE parameters SET value = '7' WHERE name = 'patches'", "a failure of patch 9")]
    [InlineData("UPDATE parameters SET value = 'many' WHERE name = 'patches'", "patches 'many'")]
    [InlineData("UPDATE classes SET color = 'red\"><script>' WHERE class = 0", "expected #rrggbb")]
    [InlineData("UPDATE sources SET frame = json_remove(frame, '$.Levels')", "Levels")]
    [InlineData("UPDATE sources SET frame = json_set(frame, '$.Levels', json('[]'))", "")]
    [InlineData("UPDATE sources SET frame = json_set(frame, '$.Levels[0].Downsample', 'NaN')", "")]
    [InlineData("UPDATE sources SET frame = 'null'", "without content")]
    [InlineData("UPDATE sources SET frame = json_set(frame, '$.MppX', -1)", "expected numbers above 0")]
    [InlineData("UPDATE sources SET frame = json_set(frame, '$.Units', 'cubits')", "cubits")]
    [InlineData("DELETE FROM classes", "class")]
    [InlineData("DROP TABLE predictions; CREATE VIEW predictions AS WITH RECURSIVE n(id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n",
        "tables are not those")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON predictions BEGIN DELETE FROM classes; END", "tables are not those")]
    public void What_was_changed_is_refused_with_the_file_s_name(string sql, string expected)
    {
        var path = Changed(sql);
        var message = Assert.Throws<BadInputException>(() => PredictionTable.Load(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_claim_of_more_than_the_file_holds_takes_no_memory()
    {
        // Two hundred thousand classes of two hundred thousand patches, one of which has its probabilities.
        var path = Changed("""
            WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) INSERT INTO classes SELECT i, 'c' || i, '', '#000000' FROM n;
            WITH RECURSIVE n(i) AS (SELECT 6 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
                INSERT INTO predictions SELECT i, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, NULL, NULL, NULL FROM n;
            UPDATE predictions SET probabilities = zeroblob(4 * 200001) WHERE id = 0; UPDATE parameters SET value = '10000' WHERE name = 'patches';
            """);
        var before = GC.GetTotalAllocatedBytes();
        Assert.Contains("cannot hold", Assert.Throws<BadInputException>(() => PredictionTable.Load(path)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 512 << 20);
    }

    [Fact]
    public void A_run_is_not_resumed_with_more_patches_than_it_has()
    {
        var path = _folder.At("run.partial");
        PredictionRun run = new([("model", "net")], Classes, [new("a.png")], 2);
        using (var database = PredictionDatabase.Begin(path, run, resume: false))
            database.Append([0, 1, 2], [.. Enumerable.Repeat(new Prediction(0, new(0, 0, 8, 8), new(0, 0, 8, 8), 0, 1), 3)], _ => [], []);
        Assert.Contains("a prediction of patch 2 of 2", Assert.Throws<BadInputException>(() => PredictionDatabase.Begin(path, run, resume: true)).Message,
            StringComparison.Ordinal);
    }
}
