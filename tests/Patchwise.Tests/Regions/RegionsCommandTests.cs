namespace Patchwise.Tests.Regions;

/// <summary>Runs the program itself.</summary>
public class RegionsCommandTests
{
    static (int Exit, string Output, string Error) Run(params string[] arguments) => Cli.RunForOutput(arguments);

    static string Csv(RegionTable table)
    {
        var text = new StringWriter();
        table.WriteCsv(text, source: false);
        return text.ToString();
    }

    [Fact]
    public void Masks_and_folders_are_measured_to_standard_output_or_a_file()
    {
        using var folder = new TemporaryFolder();
        var (a, b) = (Masks.Random(1, 70, 50), Masks.Random(2, 33, 44, 16));
        var one = folder.Write("a.png", a.ToPng());
        folder.Write("masks/b.png", b.ToPng());
        folder.Write("masks/notes.txt", "no mask");
        var expected = RegionTable.Concat([RegionTable.Measure(a, "a", properties: RegionProperties.All),
            RegionTable.Measure(b, "b", properties: RegionProperties.All)]);

        Assert.Equal((0, Csv(expected), $"patchwise: note: {Assert.Single(expected.Check().Warnings)}\n"), Run("regions", one, folder.At("masks")));
        Assert.Equal((0, "", ""), Run("regions", one, folder.At("masks"), "--edge", "9.5", "--csv", folder.At("out/t.csv")));
        Assert.Equal(Csv(expected.AwayFromEdge(9.5)), File.ReadAllText(folder.At("out/t.csv")));
        Assert.True(expected.AwayFromEdge(9.5).Count < expected.Count);
    }

    [Fact]
    public void Files_of_one_name_keep_their_path_apart()
    {
        using var folder = new TemporaryFolder();
        var (one, two) = (folder.Write("1/m.png", Masks.Of("1").ToPng()), folder.Write("2/m.png", Masks.Of("2").ToPng()));
        var (exit, output, _) = Run("regions", one, two);
        Assert.Equal(0, exit);
        Assert.Contains($"\n{one},1,1,", output, StringComparison.Ordinal);
        Assert.Contains($"\n{two},1,2,", output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_read_is_named_in_one_line_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        var good = folder.Write("a.png", Masks.Of("1").ToPng());
        var bad = folder.Write("broken.png", Masks.Random(1, 50, 50).ToPng()[..70]);
        foreach (var missing in (string[])[bad, folder.At("none.png"), Directory.CreateDirectory(folder.At("empty")).FullName])
        {
            var (exit, output, error) = Run("regions", good, missing, "--csv", folder.At("t.csv"));
            Assert.Equal((2, ""), (exit, output));
            Assert.Contains(Path.GetFileName(missing), error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
            Assert.False(File.Exists(folder.At("t.csv")));
        }
        Assert.Equal(2, Run("regions", good, "--edge", "-1").Exit);
    }
}
