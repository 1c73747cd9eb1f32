namespace Patchwise.Tests;

[Collection("networks of commands")]
public sealed class SignalCommandTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Few objects at few settings of the embedded cells.</summary>
    static readonly string[] Little =
        [.. "signal chula-rbc-12 --side 64 --fields 48,64 --factors 1,0.25 --inputs 32 --reference 64 --sample 160".Split(' ')];

    [Fact]
    public void The_embedded_cells_are_tested_and_the_table_and_a_page_are_written()
    {
        var out_ = _folder.At("out");
        var (code, output, error) = Cli.RunForOutput([.. Little, "--out", out_, "--head", _folder.At("head.onnx")]);
        Assert.True(code == 0, error);
        using var features = SignalFeatures.Of(Model.Open("mobilenet_v2-imagenet"));
        var set = ImageSet.OpenObjects("chula-rbc-12", new(Side: 64));
        var test = SignalTest.Of(SignalObjects.Of(set, RegionTable.Measure(set)), features,
            new() { Fields = [48, 64], Factors = [1, 0.25], Inputs = [32], Reference = 64, Objects = 160 }, CancellationToken.None);
        Assert.StartsWith(test.Sentence, output, StringComparison.Ordinal);
        Assert.Contains((test.ToTable() with { Title = null }).ToString(), output, StringComparison.Ordinal);
        Assert.All(test.Notes, note => Assert.Contains($"patchwise: note: {note}", error, StringComparison.Ordinal));
        test.SaveCsv(_folder.At("expected.csv"));
        Assert.Equal(File.ReadAllText(_folder.At("expected.csv")), File.ReadAllText(Path.Combine(out_, "signal.csv")));
        Assert.Contains(System.Net.WebUtility.HtmlEncode(test.Sentence), File.ReadAllText(Path.Combine(out_, "signal.html")), StringComparison.Ordinal);
        Assert.True(new FileInfo(_folder.At("head.onnx")).Length > 1e6);

        // What is there is not replaced unasked; another tolerance is taken from what was kept.
        Assert.Equal(2, Cli.Run([.. Little, "--out", out_]).Code);
        var kept = Directory.GetFiles(Path.Combine(out_, "cache"));
        Assert.NotEmpty(kept);
        foreach (var file in kept)
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        var again = Cli.RunForOutput([.. Little, "--out", out_, "--force", "--tolerance", "20"]);
        Assert.True(again.Code == 0, again.Error);
        Assert.Equal(kept.Order(), Directory.GetFiles(Path.Combine(out_, "cache")).Order());
        Assert.All(kept, file => Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(file)));
        Assert.Contains("within 20 points of the best", File.ReadAllText(Path.Combine(out_, "signal.html")), StringComparison.Ordinal);
    }

    /// <summary>Six tiles of grey and of striped squares, outlined as QuPath would: what the command says is what the library says of the same.</summary>
    [Fact]
    public void Slides_with_outlines_are_tested_each_a_group()
    {
        var slides = _folder.At("slides");
        Directory.CreateDirectory(slides);
        for (var s = 0; s < 6; s++)
        {
            var (samples, outlines, random) = (new byte[256 * 256 * 3], new List<string>(), new Random(s));
            random.NextBytes(samples);
            for (var at = 0; at < 16; at++)
            {
                var (left, top, name) = (at % 4 * 64 + 16, at / 4 * 64 + 16, at % 2 == 0 ? "plain" : "striped");
                for (var y = 0; y < 32; y++)
                    for (var x = 0; x < 32; x++)
                        samples.AsSpan(((top + y) * 256 + left + x) * 3, 3).Fill((byte)(at % 2 == 0 || x % 4 < 2 ? 100 + random.Next(40) : 30));
                var (right, low) = (left + 32, top + 32);
                outlines.Add($$$"""
                    {"type":"Feature","properties":{"classification":{"name":"{{{name}}}"}},"geometry":{"type":"Polygon","coordinates":
                    [[[{{{left}}},{{{top}}}],[{{{right}}},{{{top}}}],[{{{right}}},{{{low}}}],[{{{left}}},{{{low}}}],[{{{left}}},{{{top}}}]]]}}
                    """);
            }
            Raster.FromSamples(256, 256, 3, samples).Save(Path.Combine(slides, $"slide{s}.png"));
            File.WriteAllText(Path.Combine(slides, $"slide{s}.geojson"), $$"""{"type":"FeatureCollection","features":[{{string.Join(',', outlines)}}]}""");
        }
        string[] line = ["signal", slides, "--objects", slides,
            .. "--power 40 --mpp 0.25 --fields 32,48 --factors 1,0.25 --inputs 32 --reference 64 --sample 60".Split(' ')];
        var (code, output, error) = Cli.RunForOutput(line);
        Assert.True(code == 0, error);
        Slide[] open = [.. Enumerable.Range(0, 6).Select(s => Slide.Open(Path.Combine(slides, $"slide{s}.png"), new Mpp(0.25), new Magnification(40)))];
        using var features = SignalFeatures.Of(Model.Open("mobilenet_v2-imagenet"));
        var objects = SignalObjects.Concat([.. open.Select(slide =>
            SignalObjects.Of(slide, AnnotationSet.Load(Path.ChangeExtension(slide.Path, ".geojson"))))]);
        Assert.Equal(96, objects.Count);
        var test = SignalTest.Of(objects, features, new() { Fields = [32, 48], Factors = [1, 0.25], Inputs = [32], Reference = 64, Objects = 60 }, default);
        Assert.StartsWith(test.Sentence, output, StringComparison.Ordinal);
        Assert.True(test.Best.Accuracy.Value > 0.9, test.Sentence);
        Array.ForEach(open, slide => slide.Dispose());

        File.Delete(Path.Combine(slides, "slide5.geojson"));
        Assert.Contains("1 files of", Cli.RunForOutput(line).Error, StringComparison.Ordinal);
        foreach (var (more, expected) in (List<(string[], string)>)[(["--side", "20"], "leave it out"), ([], "no slide in")])
        {
            File.Move(Path.Combine(slides, "slide4.geojson"), Path.Combine(slides, "slide9.geojson"), true);
            var refused = Cli.Run([.. line, .. more]);
            Assert.Equal(2, refused.Code);
            Assert.Contains(expected, refused.Error, StringComparison.Ordinal);
            File.Move(Path.Combine(slides, "slide9.geojson"), Path.Combine(slides, "slide4.geojson"));
        }
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "signal chula-rbc-12", "state the side of the square that an object is taken for, in px of the images, such as --side 64" },
        { "signal chula-rbc-12 --side 64 --group-column patient", "has no column 'patient'" },
        { "signal chula-rbc-12 --side 64 --objects no.csv", "no.csv is not there" },
        { "signal chula-rbc-12 --side 64 --fields 64,ten", "--fields: '64,ten': expected whole numbers with commas between" },
        { "signal chula-rbc-12 --side 64 --factors 2", "Factors: 2 of the images' magnification" },
        { "signal chula-rbc-12 --side 64 --tolerance 1,5", "'1,5' is no number" },
        { "signal chula-rbc-12 --side 64 --head head.pth", "--head head.pth: expected a name that ends in .onnx" },
        { "signal chula-rbc-12 --side 64 --model nothing", "nothing" },
        { "signal dsb2018-nuclei", "too few objects: the class 1" },
        { "signal dsb2018-nuclei --side 64", "--side without --objects" },
        { "signal nct-crc-he --power 20", "to which --power and --mpp do not apply" },
        { "signal /no/such/folder", "no folder" },
        { "signal", "" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_wrong_is_one_line_with_exit_code_2(string line, string expected)
    {
        var (code, output, error) = Cli.RunForOutput([.. line.Split(' '), "--out", _folder.At("out")]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.StartsWith("patchwise: ", error.Split('\n')[^2], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("out/signal.csv")));
    }

    [Fact]
    public void A_table_of_ones_own_is_read_and_what_is_wrong_in_it_named_by_its_line()
    {
        using var subject = new SignalSubject();
        var table = File.ReadAllLines(Path.Combine(subject.Folder, "cells.csv"));
        table[3] = table[3].Replace("fine", "Fine", StringComparison.Ordinal);
        var other = _folder.Write("other.csv", string.Join('\n', table));
        var (code, error) = Cli.Run("signal", subject.Folder, "--objects", other, "--side", "16");
        Assert.Equal(2, code);
        Assert.Contains("other.csv, line 4, column class: found 'Fine', but 'fine' in line 2", error, StringComparison.Ordinal);
        var (right, output, told) = Cli.RunForOutput(["signal", subject.Folder, "--objects", "cells.csv",
            .. "--side 16 --fields 16 --factors 1,0.5 --inputs 32 --reference 48 --sample 60 --mpp 0.5".Split(' ')]);
        Assert.True(right == 0, told);
        Assert.Contains("20x", output, StringComparison.Ordinal);
    }
}
