using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Patchwise.Tests;

public sealed class PredictionTableFilesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    static readonly ClassInfo[] Classes = [new("A \"quoted\", <é>", "first", "#e41a1c"), new("B", "second", "#377eb8"), new("C", "third", "#4daf4a")];

    public void Dispose() => _folder.Dispose();

    static SlideFrame Frame(Resolution at, PixelSize size) =>
        new SlideShape("slide \"one\".svs", [new(size, 1), new(new(size.Width / 4, size.Height / 4), 4.0001)], new Mpp(0.2527, 0.2531),
        new Magnification(40)).At(at);

    /// <summary>Random predictions over a grid on a made-up slide.</summary>
    /// <param name="area">Patches a side of the squares that have one class.</param>
    static PredictionTable Random(int seed, int columns, int rows, bool probabilities = true, int? label = null, int area = 1)
    {
        var random = new Random(seed);
        var frame = Frame(Resolution.Mpp(0.5), new(columns * 443 + 10, rows * 443 + 5));
        var values = new float[columns * rows * 3];
        var found = new Prediction[columns * rows];
        for (var i = 0; i < found.Length; i++)
        {
            var three = values.AsSpan(3 * i, 3);
            foreach (ref var value in three)
                value = random.NextSingle();
            three[(i % columns / area * 7 + i / columns / area * 5) % 11 % 3] += area - 1;
            Softmax.Apply(three, 3);
            var best = three.IndexOf(three.ToArray().Max());
            var box = new Box(i % columns * 224, i / columns * 224, i % columns * 224 + 224, i / columns * 224 + 224);
            found[i] = new(0, box, frame.ToLevel0(box), best, three[best], label);
        }
        return new("made up", Classes, [new("slide \"one\".svs", frame)], found, probabilities ? values : null);
    }

    static void AssertSame(PredictionTable expected, PredictionTable found)
    {
        Assert.Equal(expected, found);
        Assert.Equal((expected.Model, expected.HasProbabilities), (found.Model, found.HasProbabilities));
        Assert.Equal(expected.Classes, found.Classes);
        Assert.Equal(expected.Sources, found.Sources);
        for (var i = 0; expected.HasProbabilities && i < expected.Count; i++)
            Assert.True(expected.Probabilities(i).SequenceEqual(found.Probabilities(i)));
    }

    [Theory, InlineData(true, null), InlineData(false, 2)]
    public void A_table_comes_back_from_sqlite_as_it_was(bool probabilities, int? label)
    {
        var table = Random(1, 13, 9, probabilities, label);
        table.Save(_folder.At("new/t.sqlite"));
        AssertSame(table, PredictionTable.Load(_folder.At("new/t.sqlite")));
        Assert.Equal(Frame(Resolution.Power(10), new(13 * 443 + 10, 9 * 443 + 5)),
            PredictionTable.Load(_folder.At("new/t.sqlite")).Sources[0].Frame!.At(Resolution.Power(10)));
        Assert.Single(Directory.GetFiles(_folder.At("new")));
        var patches = new PredictionTable("m", Classes, [new("a.png"), new("b.png")],
            [new(0, new(0, 0, 5, 5), new(0, 0, 5, 5), 1, 0.25f), new(1, new(0, 0, 5, 5), new(0, 0, 5, 5), 2, 1, 0)], null);
        patches.Save(_folder.At("p.sqlite"));
        AssertSame(patches, PredictionTable.Load(_folder.At("p.sqlite")));
    }

    [Fact]
    public void Novelty_goes_into_every_format_and_comes_back_from_sqlite_also_where_a_file_is_of_before_it()
    {
        var plain = Random(7, 3, 2, label: 1);
        PredictionTable table = new(plain.Model, plain.Classes, plain.Sources,
            [.. plain.Select((row, i) => row with { Novelty = i == 4 ? null : i / 4f })], null);
        foreach (var ending in (string[])["sqlite", "csv", "json", "geojson"])
            table.Save(_folder.At($"n.{ending}"));
        AssertSame(table, PredictionTable.Load(_folder.At("n.sqlite")));
        var lines = File.ReadAllLines(_folder.At("n.csv")).Select(line => line.Split(',')).ToArray();
        Assert.Equal("novelty", lines[0][13]);
        Assert.Equal(["0", "0.25", "0.5", "0.75", "", "1.25"], lines[1..].Select(cells => cells[^1]));
        Assert.Contains("\"novelty\":[0,0.25,0.5,0.75,null,1.25]", File.ReadAllText(_folder.At("n.json")), StringComparison.Ordinal);
        Assert.Equal([0f, .25f, .5f, .75f, null, 1.25f], JsonDocument.Parse(File.ReadAllBytes(_folder.At("n.geojson"))).RootElement.GetProperty("features")
            .EnumerateArray().Select(one => one.GetProperty("properties").GetProperty("measurements").TryGetProperty("novelty", out var value)
                ? value.GetSingle() : (float?)null));
        Assert.Contains("novelty", table.ToTable().Columns);
        Assert.False(plain.HasNovelty);
        Assert.DoesNotContain("novelty", plain.ToTable().Columns);

        // By novelty: at 1 still familiar; what is not told is not called familiar.
        var familiar = table.ByNovelty();
        Assert.Equal(["familiar", "familiar", "familiar", "familiar", "unfamiliar", "unfamiliar"], familiar.Select(row => familiar.Classes[row.Class].Name));
        Assert.Equal(table.Select(row => row.Box), familiar.Select(row => row.Box));
        Assert.Contains("does not tell how far", Assert.Throws<BadInputException>(() => plain.ByNovelty()).Message, StringComparison.Ordinal);

        plain.Save(_folder.At("old.sqlite"));
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _folder.At("old.sqlite"), Pooling = false }.ToString()))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DROP VIEW named_predictions; ALTER TABLE predictions DROP COLUMN novelty";
            command.ExecuteNonQuery();
        }
        AssertSame(plain, PredictionTable.Load(_folder.At("old.sqlite")));
    }

    [Fact]
    public void Csv_has_a_line_a_patch_with_boxes_class_label_and_probabilities()
    {
        var table = Random(2, 3, 2, label: 1);
        table.Save(_folder.At("t.csv"));
        using var reader = new StreamReader(_folder.At("t.csv"));
        using var csv = new CsvHelper.CsvReader(reader, System.Globalization.CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        for (var i = 0; i < table.Count; i++)
        {
            Assert.True(csv.Read());
            var row = table[i];
            Assert.Equal(row, new Prediction(0, new(csv.GetField<int>("x0"), csv.GetField<int>("y0"), csv.GetField<int>("x1"), csv.GetField<int>("y1")),
                new(csv.GetField<int>("level0_x0"), csv.GetField<int>("level0_y0"), csv.GetField<int>("level0_x1"), csv.GetField<int>("level0_y1")),
                csv.GetField<int>("class"), csv.GetField<float>("probability"), csv.GetField<int>("label")));
            Assert.Equal((table.Sources[0].Name, Classes[row.Class].Name), (csv.GetField("source"), csv.GetField("name")));
            Assert.Equal(table.Probabilities(i).ToArray(), Classes.Select(one => csv.GetField<float>($"p {one.Name}")));
        }
        Assert.False(csv.Read());
    }

    [Fact]
    public void Json_has_the_keys_of_the_reference()
    {
        var table = Random(3, 4, 3);
        table.Save(_folder.At("t.json"));
        var json = JsonDocument.Parse(File.ReadAllBytes(_folder.At("t.json"))).RootElement;
        Assert.Equal(["predictions", "probabilities", "coordinates", "pretrained_model", "resolution", "units", "classes", "sources"],
            json.EnumerateObject().Select(one => one.Name));
        Assert.Equal(table.Select(row => row.Class), json.GetProperty("predictions").EnumerateArray().Select(one => one.GetInt32()));
        Assert.Equal(table.Select(row => new[] { row.Box.X0, row.Box.Y0, row.Box.X1, row.Box.Y1 }),
            json.GetProperty("coordinates").EnumerateArray().Select(box => box.EnumerateArray().Select(edge => edge.GetInt32()).ToArray()));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => table.Probabilities(i).ToArray()),
            json.GetProperty("probabilities").EnumerateArray().Select(row => row.EnumerateArray().Select(one => one.GetSingle()).ToArray()));
        Assert.Equal(("made up", 0.5, "mpp"), (json.GetProperty("pretrained_model").GetString(), json.GetProperty("resolution")
            .GetDouble(), json.GetProperty("units").GetString()));
        // Which image each is of, where some could not be read.
        PredictionSource[] images = [.. ((string[])["a.png", "broken.png", "c.png"]).Select(name => new PredictionSource(name))];
        new PredictionTable("m", table.Classes, images, [new(0, new(0, 0, 2, 2), new(0, 0, 2, 2), 1, 1), new(2, new(0, 0, 2, 2), new(0, 0, 2, 2), 0, 1)], null)
            .Save(_folder.At("some.json"));
        Assert.Contains("\"source\":[0,2]", File.ReadAllText(_folder.At("some.json")), StringComparison.Ordinal);
        Random(3, 1, 1, probabilities: false, label: 2).Save(_folder.At("l.json"));
        Assert.Contains("\"labels\":[2]", File.ReadAllText(_folder.At("l.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void GeoJson_is_read_back_as_annotations_with_class_and_place()
    {
        var table = Random(4, 5, 4);
        table.Save(_folder.At("t.geojson"));
        var root = JsonDocument.Parse(File.ReadAllBytes(_folder.At("t.geojson"))).RootElement;
        var features = root.GetProperty("features").EnumerateArray().ToArray();
        Assert.Equal((20, "FeatureCollection"), (features.Length, root.GetProperty("type").GetString()));
        foreach (var (i, row) in table.Index())
        {
            var ring = features[i].GetProperty("geometry").GetProperty("coordinates")[0].EnumerateArray()
                .Select(point => (point[0].GetInt32(), point[1].GetInt32())).ToArray();
            Assert.Equal([(row.Level0.X0, row.Level0.Y0), (row.Level0.X1, row.Level0.Y0), (row.Level0.X1, row.Level0.Y1), (row.Level0.X0, row.Level0.Y1),
                (row.Level0.X0, row.Level0.Y0)], ring);
            var properties = features[i].GetProperty("properties");
            Assert.Equal(Classes[row.Class].Name, properties.GetProperty("classification").GetProperty("name").GetString());
            Assert.Equal(Classes[row.Class].Color,
                "#" + Convert.ToHexStringLower(
                    [.. properties.GetProperty("classification").GetProperty("color").EnumerateArray().Select(one => one.GetByte())]));
            Assert.Equal(table.Probabilities(i)[1], properties.GetProperty("measurements").GetProperty("probability B").GetSingle());
        }
        Assert.Equal(20, GeoJsonAnnotations.Read(File.ReadAllBytes(_folder.At("t.geojson")), "t.geojson", [], out _).Count);
    }

    [Fact]
    public void Merged_areas_cover_what_the_patches_of_a_class_cover()
    {
        var table = Random(5, 7, 6);
        table.SaveGeoJson(_folder.At("m.geojson"), merged: true);
        var features = JsonDocument.Parse(File.ReadAllBytes(_folder.At("m.geojson"))).RootElement.GetProperty("features").EnumerateArray().ToArray();
        Assert.InRange(features.Length, 3, 42);
        for (var k = 0; k < 3; k++)
        {
            // Twice the area by the shoelace formula; holes run the other way round and count against it.
            var area = features.Where(one => one.GetProperty("properties").GetProperty("classification").GetProperty("name").GetString() == Classes[k].Name)
                .Sum(one => one.GetProperty("geometry").GetProperty("coordinates").EnumerateArray()
                .Select((ring, i) => (i == 0 ? 1 : -1) * Math.Abs(Twice(ring))).Sum()) / 2;
            // Patches of 224 px at 0.5 mpp overlap by up to a px of level 0, since corner and size are rounded up.
            var covered = new HashSet<(int, int)>();
            foreach (var row in table.Where(row => row.Class == k))
                for (var y = row.Level0.Y0; y < row.Level0.Y1; y++)
                    for (var x = row.Level0.X0; x < row.Level0.X1; x++)
                        covered.Add((x, y));
            Assert.Equal(covered.Count, area);
        }

        static double Twice(JsonElement ring)
        {
            var points = ring.EnumerateArray().Select(point => (X: point[0].GetDouble(), Y: point[1].GetDouble())).ToArray();
            Assert.Equal(points[0], points[^1]);
            return points.Zip(points.Skip(1), (a, b) => a.X * b.Y - b.X * a.Y).Sum();
        }
    }

    [Fact]
    public void What_a_format_does_not_hold_is_refused_and_nothing_is_left_behind()
    {
        var table = Random(6, 2, 2);
        var two = new PredictionTable("m", Classes, [table.Sources[0], table.Sources[0]], [.. table], null);
        var patches = new PredictionTable("m", Classes, [new("a.png")], [new(0, new(0, 0, 5, 5), new(0, 0, 5, 5), 1, 0.25f)], null);
        _folder.Write("text.sqlite", "no database, but long enough to be taken for one: " + new string('x', 5000));
        table.Save(_folder.At("whole.sqlite"));
        var bytes = File.ReadAllBytes(_folder.At("whole.sqlite"));
        bytes.AsSpan(4096).Fill(77);
        _folder.Write("damaged.sqlite", bytes);
        File.Delete(_folder.At("whole.sqlite"));
        using (var other = new SqliteConnection($"Data Source={_folder.At("other.sqlite")};Pooling=False"))
        {
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = "CREATE TABLE t (a)";
            command.ExecuteNonQuery();
        }
        foreach (var (word, act) in ((string, Action)[])[
            (".csv, .json", () => table.Save(_folder.At("t.xlsx"))),
            ("without an ending", () => table.Save(_folder.At("t"))),
            ("one tile or slide, this table is of 2", () => two.Save(_folder.At("t.geojson"))),
            ("one tile or slide, this table is of 2", () => two.Save(_folder.At("t.json"))),
            ("images of their own", () => patches.Save(_folder.At("t.geojson"))),
            ("does not exist", () => PredictionTable.Load(_folder.At("none.sqlite"))),
            ("damaged", () => PredictionTable.Load(_folder.At("damaged.sqlite"))),
            ("no SQLite file", () => PredictionTable.Load(_folder.At("text.sqlite"))),
            ("holds no predictions", () => PredictionTable.Load(_folder.At("other.sqlite")))])
            Assert.Contains(word, Assert.Throws<BadInputException>(act).Message, StringComparison.Ordinal);
        Assert.Equal(["damaged.sqlite", "other.sqlite", "text.sqlite"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName).Order());
        Directory.CreateDirectory(_folder.At("folder.csv"));
        foreach (var (name, why) in ((string, string)[])[("folder.csv", "could not be written: it is a folder"),
            ("text.sqlite/t.json", "text.sqlite is a file, where a folder is needed"), ("text.sqlite/t.sqlite", "text.sqlite is a file")])
            Assert.Contains(why, Assert.Throws<BadInputException>(() => table.Save(_folder.At(name))).Message, StringComparison.Ordinal);
        Assert.Equal(3, Directory.EnumerateFiles(_folder.Path).Count());
    }

    [Fact]
    public void A_hundred_thousand_patches_are_saved_in_every_format()
    {
        var table = Random(7, 400, 250, area: 10);
        foreach (var format in (string[])["csv", "json", "geojson", "sqlite"])
            table.Save(_folder.At($"t.{format}"));
        table.SaveGeoJson(_folder.At("m.geojson"), merged: true);
        Assert.True(new FileInfo(_folder.At("t.geojson")).Length > 10_000_000);
        AssertSame(table, PredictionTable.Load(_folder.At("t.sqlite")));
    }
}
