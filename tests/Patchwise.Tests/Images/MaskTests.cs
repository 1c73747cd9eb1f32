using System.Text.Json;

namespace Patchwise.Tests;

/// <summary>Masks as people save them, and what is right for each; tests/data/field/make_masks.py makes both.</summary>
public sealed class MaskTests : IDisposable
{
    sealed record Expected(long[][]? Objects = null, int? Count = null, string? Note = null, string? Refused = null, double? Threshold = null,
        int? Page = null, int? Channel = null);

    static readonly string Folder = Repository.Golden("field/masks");

    static readonly Dictionary<string, Expected> All =
        JsonSerializer.Deserialize<Dictionary<string, Expected>>(File.ReadAllText(Path.Combine(Folder, "expected.json")), JsonSerializerOptions.Web)!;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Cases => [.. All.Keys];

    static string At(string name) => Path.Combine(Folder, name.Split(' ')[0]);

    [Theory, MemberData(nameof(Cases))]
    public void A_mask_gives_the_objects_that_its_numbers_mean_or_is_refused_with_the_cure(string name)
    {
        var expected = All[name];
        RegionTable Measure() => RegionTable.Measure(Mask.Load(At(name), expected.Threshold, expected.Page, expected.Channel), name);
        if (expected.Refused is { } word)
        {
            var message = Assert.Throws<BadInputException>(Measure).Message;
            Assert.Contains(word, message, StringComparison.Ordinal);
            Assert.StartsWith(At(name), message, StringComparison.Ordinal);
            return;
        }
        var table = Measure();
        if (expected.Count is { } count)
            Assert.Equal(count, table.Count);
        else
            Assert.Equal(expected.Objects!.Select(one => (one[0], (double)one[1])), table.Select(row => (row.Value, row.Area)));
        if (expected.Note is { } note)
            Assert.Contains(table.Notes, found => found.Contains(note, StringComparison.Ordinal));
        else
            Assert.Empty(table.Notes);
    }

    /// <summary>The same through the command line, a set of images and a mask of tissue, of which each says what is odd.</summary>
    [Theory, InlineData("q75.jpg"), InlineData("q95.jpg"), InlineData("classes.png"), InlineData("palette.bmp"), InlineData("be-i8.npy"),
        InlineData("wide-int64.tif"), InlineData("beyond-32-bits.tif"), InlineData("soft-float.tif"), InlineData("bool.tif")]
    public void Every_path_reads_a_mask_alike(string name)
    {
        var direct = RegionTable.Measure(Mask.Load(At(name)), Path.GetFileNameWithoutExtension(name), properties: RegionProperties.All);
        var (exit, output, error) = Cli.RunForOutput("regions", At(name));
        Assert.Equal(0, exit);
        var text = new StringWriter();
        direct.WriteCsv(text, source: false);
        Assert.Equal(text.ToString(), output);
        Assert.Equal(direct.Notes.Count, error.Split("note: ").Length - 1);
        Assert.Equal(direct.Select(row => row.Value), RegionTable.LoadCsv(_folder.Write("t.csv", output)).Select(row => row.Value));

        var size = Mask.Load(At(name)).Size;
        _folder.Write("set/a.png", new Raster(size.Width, size.Height, 3).ToPng());
        _folder.Write($"set/a_mask{Path.GetExtension(name)}", File.ReadAllBytes(At(name)));
        var set = ImageSet.Open(_folder.At("set"), magnification: 40);
        var measured = RegionTable.Measure(set, RegionProperties.All, _folder.At("kept"));
        Assert.Equal(direct.Select(row => (row.Value, row.Area)), measured.Select(row => (row.Value, row.Area)));
        Assert.Equal(direct.Notes.Count, measured.Notes.Count);
        Assert.Equal(measured.Notes, RegionTable.Measure(set, RegionProperties.All, _folder.At("kept")).Notes);
        Assert.Equal(direct.Notes.Count > 0, set.Report.Problems.Count > 0);

        var tissue = TissueMask.Load(At(name));
        Assert.Equal(direct.Sum(row => row.Area) / size.Area, tissue.Share, 12);
        Assert.Equal(direct.Notes.Count > 0, tissue.ToString().Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public void A_picture_of_a_palette_says_so_and_is_no_mask()
    {
        foreach (var name in (string[])["classes.png", "palette.tif", "palette.bmp"])
        {
            var picture = Raster.Load(At(name));
            Assert.Equal(3, picture.Channels);
            Assert.Contains("Mask.Load", picture.ToString(), StringComparison.Ordinal);
            Assert.Contains("Mask.Load", Assert.Throws<BadInputException>(() => RegionTable.Measure(picture)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_image_in_memory_is_checked_as_a_file_is()
    {
        Assert.Equal(6, RegionTable.Measure(Raster.Load(At("q75.jpg"))).Count);
        Assert.Contains("threshold", Assert.Throws<BadInputException>(() => RegionTable.Measure(Raster.Load(At("classes.jpg")))).Message,
            StringComparison.Ordinal);
        Assert.Contains("in color", Assert.Throws<BadInputException>(() => TissueMask.Of(Raster.Load(At("colors.png")))).Message, StringComparison.Ordinal);
        Assert.Contains("labels above 65,535", Assert.Throws<BadInputException>(() => Mask.Load(At("many.tif")).Pixels).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_the_command_line_cure_what_it_refuses()
    {
        Assert.Equal(2, Cli.RunForOutput("regions", At("probabilities.tif")).Code);
        foreach (var (name, options) in ((string, string[])[])[("probabilities.tif at 0.5", ["--threshold", "0.5"]),
            ("pages.tif page 2", ["--page", "2"]), ("planes.tif channel 1", ["--channel", "1"])])
        {
            var (exit, output, _) = Cli.RunForOutput(["regions", At(name), .. options]);
            Assert.Equal((0, All[name].Objects!.Length), (exit, output.Split('\n').Length - 2));
        }
    }

    [Fact]
    public void Random_labels_are_never_taken_for_in_between_values()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var (width, height, step, rising) = (random.Next(20, 200), random.Next(20, 200), random.Next(3, 12), random.Next(2) == 0);
            var (values, density) = (1 << random.Next(1, 9), random.NextDouble());
            // Rectangles that may touch, of few classes or each with its own label.
            var samples = new byte[width * height];
            for (int y0 = 0, label = 0; y0 + step < height; y0 += step + random.Next(2))
                for (var x0 = 0; x0 + step < width; x0 += step + random.Next(2))
                {
                    if (random.NextDouble() > density)
                        continue;
                    label = rising ? label % 255 + 1 : 1 + random.Next(values) * (255 / values);
                    for (var y = y0; y < y0 + step - random.Next(2); y++)
                        samples.AsSpan(y * width + x0, step).Fill((byte)Math.Min(label, 255));
                }
            var mask = Mask.Of(Raster.FromSamples(width, height, 1, samples));
            Assert.Equal(samples, mask.Pixels.AsBytes());
        }
    }

    [Fact]
    public void Black_and_white_of_any_shape_is_cut_half_way_after_blurring()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var (width, height) = (random.Next(150, 400), random.Next(150, 400));
            var (low, high) = (random.Next(0, 40), random.Next(120, 256));
            var values = new double[width, height];
            for (var objects = random.Next(1, 8); objects > 0; objects--)
            {
                var (x0, y0, a, b) = (random.Next(width), random.Next(height), random.Next(14, 40), random.Next(14, 40));
                for (var x = Math.Max(0, x0 - a); x < Math.Min(width, x0 + a); x++)
                    for (var y = Math.Max(0, y0 - b); y < Math.Min(height, y0 + b); y++)
                        if (seed % 2 == 0 || Math.Pow((x - x0) / (double)a, 2) + Math.Pow((y - y0) / (double)b, 2) < 1)
                            values[x, y] = 1;
            }
            var soft = new byte[width * height];
            for (var x = 0; x < width; x++)
                for (var y = 0; y < height; y++)
                {
                    var (sum, count) = (0.0, 0);
                    for (var u = Math.Max(0, x - 1); u <= Math.Min(width - 1, x + 1); u++)
                        for (var v = Math.Max(0, y - 1); v <= Math.Min(height - 1, y + 1); v++)
                            (sum, count) = (sum + values[u, v], count + 1);
                    soft[y * width + x] = (byte)(low + (high - low) * sum / count);
                }
            var mask = Mask.Of(Raster.FromSamples(width, height, 1, soft));
            Assert.Contains($"nearly all near {low} and {high}", Assert.Single(mask.Notes), StringComparison.Ordinal);
            Assert.Equal(soft.Select(value => value > (low + high) / 2.0 ? (byte)255 : (byte)0), mask.Pixels.AsBytes().ToArray());
        }
    }

    /// <summary>Discs of these classes in turn, none of which touch.</summary>
    static Raster ClassDiscs(int[] classes, int discs = 24, Func<int, double, int>? value = null)
    {
        var samples = new byte[6 * 60 * ((discs + 5) / 6 * 60)];
        for (var i = 0; i < samples.Length; i++)
        {
            var (x, y) = (i % 360, i / 360);
            var number = y / 60 * 6 + x / 60;
            var distance = Math.Sqrt(Math.Pow(x % 60 - 30, 2) + Math.Pow(y % 60 - 30 + number % 4, 2));
            if (number < discs && distance <= 18 + number % 5)
                samples[i] = (byte)(value?.Invoke(classes[number % classes.Length], distance - number % 5) ?? classes[number % classes.Length]);
        }
        return Raster.FromSamples(360, samples.Length / 360, 1, samples);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(1, 2, 3)]
    [InlineData(2, 5)]
    [InlineData(1, 4, 9)]
    [InlineData(1, 2, 3, 4, 5, 6)]
    public void Classes_that_were_resized_smoothly_are_no_objects_or_are_told(params int[] classes)
    {
        var mask = ClassDiscs(classes);
        foreach (var method in (ResizeMethod[])[ResizeMethod.Nearest, ResizeMethod.Linear, ResizeMethod.Cubic, ResizeMethod.Area])
            foreach (var scale in (double[])[0.5, 0.73, 1.6, 2, 4])
            {
                var resized = mask.Resize(new((int)(mask.Width * scale), (int)(mask.Height * scale)), method);
                try
                {
                    var table = RegionTable.Measure(resized, "a");
                    var isWrong = table.Count != 24;
                    Assert.Equal(isWrong, table.Notes.Any(note => note.Contains(" lines of one or two pixels between", StringComparison.Ordinal)
                        || note.Contains("only line", StringComparison.Ordinal)));
                }
                catch (BadInputException error)
                {
                    Assert.NotEqual(ResizeMethod.Nearest, method);
                    Assert.Contains("objects are lines of one or two pixels between a lower and a higher value", error.Message, StringComparison.Ordinal);
                    Assert.Contains("nearest neighbour", error.Message, StringComparison.Ordinal);
                }
            }
    }

    [Fact]
    public void Numbers_of_objects_that_are_in_several_pieces_are_told_and_classes_are_not()
    {
        var mask = ClassDiscs([.. Enumerable.Range(1, 24)]);
        Assert.Empty(RegionTable.Measure(ClassDiscs([1, 2, 3, 4, 5, 6, 7, 8], 9), "a").Notes);
        Assert.Empty(RegionTable.Measure(mask, "a").Notes);
        mask.Samples8[360 * 2 + 60] = 7;
        var table = RegionTable.Measure(mask, "a");
        Assert.Equal(25, table.Count);
        Assert.Contains("1 of 24 values, such as 7, are in several pieces", Assert.Single(table.Notes), StringComparison.Ordinal);
        Assert.Empty(RegionTable.Measure(ClassDiscs([1, 2, 3, 4, 5, 6]), "a").Notes);
    }

    /// <summary>Each with its number and its distance from the middle of its disc.</summary>
    static Raster Discs(int discs, Func<int, double, int> value, int bits = 8)
    {
        var mask = new Raster(360, (discs + 5) / 6 * 60, 1, bits);
        for (var y = 0; y < mask.Height; y++)
            for (var x = 0; x < mask.Width; x++)
                if (y / 60 * 6 + x / 60 is var number && number < discs)
                    mask.Store(y * mask.Width + x, (uint)value(number, Math.Sqrt(Math.Pow(x % 60 - 30, 2) + Math.Pow(y % 60 - 30, 2))));
        return mask;
    }

    [Fact]
    public void Nested_classes_thin_borders_and_numbers_of_cells_and_nuclei_are_labels()
    {
        // Cytoplasm of 1 to 8 px around nuclei, and elsewhere alone: as myelin and axons, or grades.
        var nested = RegionTable.Measure(Discs(48, (number, distance) => distance > 20 ? 0 : number % 6 == 5 || distance > 19 - number % 8 ? 1 : 2), "a");
        Assert.Equal(48 + 40, nested.Count);
        Assert.All(nested.Notes, note => Assert.Contains("where the mask was resized so", note, StringComparison.Ordinal));
        // A number each, and a border of one or two px that has another.
        foreach (var width in (int[])[1, 2])
        {
            var bordered = RegionTable.Measure(Discs(200, (number, distance) => distance > 20 ? 0 : distance > 20 - width ? 255 : number + 1), "a");
            Assert.Equal(400, bordered.Count);
            if (width == 1)
                Assert.Contains("255 only lines other objects", Assert.Single(bordered.Notes), StringComparison.Ordinal);
        }
        // Cells by their numbers, their nuclei by the same and a thousand.
        var ids = RegionTable.Measure(Discs(100, (number, distance) => distance > 20 ? 0 : distance > 19 ? number + 1 : number + 1001, 16), "a");
        Assert.Equal(200, ids.Count);
        // The border of a network of three classes, half inside and half outside of the object.
        var thick = RegionTable.Measure(Discs(24, (_, distance) => distance > 21 ? 0 : distance > 19 ? 2 : 1), "a");
        Assert.Contains("the value 2 only lines", Assert.Single(thick.Notes), StringComparison.Ordinal);
        // What is not judged, as a block.
        var block = ClassDiscs([1, 2, 3]);
        for (var x = 0; x < 20; x++)
            for (var y = 0; y < 4; y++)
                block.Samples8[y * 360 + x] = 255;
        Assert.Contains("the value 255 stands far above", Assert.Single(RegionTable.Measure(block, "a").Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Borders_that_are_a_class_of_their_own_and_slivers_of_a_network_are_measured()
    {
        // 1 is the border of 2, and 255 what PASCAL VOC does not judge, beside classes that fill areas.
        foreach (var (classes, border, told) in ((int[], int, string)[])[([2], 1, "the value 1 only lines"), ([1, 2, 3], 255, "the value 255 only lines"),
            ([1, 7, 15], 255, "the value 255 only lines")])
        {
            var table = RegionTable.Measure(ClassDiscs(classes, value: (value, distance) => distance > 16.5 ? border : value), "a");
            Assert.Equal(48, table.Count);
            Assert.Contains(told, Assert.Single(table.Notes), StringComparison.Ordinal);
        }
        // A wide band of 255 has an inside as classes have.
        Assert.Contains("the value 255 stands far above", Assert.Single(RegionTable.Measure(ClassDiscs([1, 7, 15], value: (value, distance) =>
            distance > 12 ? 255 : value), "a").Notes), StringComparison.Ordinal);
        Assert.Empty(RegionTable.Measure(ClassDiscs([85, 170, 255]), "a").Notes);

        // Slivers lie between classes of any order.
        var random = new Random(5);
        var slivers = ClassDiscs([1, 2, 3], value: (value, distance) => distance > 17 && random.Next(3) > 0 ? random.Next(1, 4) : value);
        Assert.True(RegionTable.Measure(slivers, "a").Count > 100);
    }

    [Fact]
    public void Channels_along_the_last_axis_of_an_array_are_pages()
    {
        // As networks for nuclei save them: numbers, classes, and a third channel.
        string Saved(string type, string shape, byte[] numbers)
        {
            var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}".PadRight(117) + "\n";
            return _folder.Write("a.npy", [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(header), .. numbers]);
        }
        var random = new Random(3);
        var (width, height) = (12, 10);
        short[] numbers = [.. Enumerable.Range(0, width * height * 3).Select(_ => (short)random.Next(0, 700))];
        foreach (var big in (bool[])[false, true])
        {
            var file = Saved(big ? ">i2" : "<i2", "(10, 12, 3)",
                [.. numbers.SelectMany(number => (byte[])(big ? [(byte)(number >> 8), (byte)number] : [(byte)number, (byte)(number >> 8)]))]);
            Assert.Contains("along its last axis (page: 0", Assert.Throws<BadInputException>(() => Mask.Load(file)).Message, StringComparison.Ordinal);
            Assert.Equal(new PixelSize(width, height), Mask.ReadSize(file));
            foreach (var page in (int[])[0, 1, 2])
                Assert.Equal(Enumerable.Range(0, width * height).Select(i => (long)numbers[3 * i + page]).Where(value => value > 0).Distinct().Order(),
                    RegionTable.Measure(Mask.Load(file, page: page), "a").Select(row => (long)row.Value).Distinct().Order());
            Assert.Contains("from 0 to 2", Assert.Throws<BadInputException>(() => Mask.Load(file, page: 3)).Message, StringComparison.Ordinal);
        }
        Assert.Contains("cut short", Assert.Throws<BadInputException>(() => Mask.Load(Saved("|u1", "(10, 12, 3)", new byte[359]), page: 2)).Message,
            StringComparison.Ordinal);
        // What is no wider than channels are many is images one after the other.
        Assert.Equal(new PixelSize(8, 12), Mask.ReadSize(Saved("|u1", "(4, 12, 8)", new byte[384])));
    }
}
