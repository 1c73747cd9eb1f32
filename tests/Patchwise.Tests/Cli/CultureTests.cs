using System.Globalization;

namespace Patchwise.Tests;

/// <summary>
/// Where the comma parts the fraction (German), and where the small letter of I has no dot (Turkish), commands read and write what they do elsewhere.
/// </summary>
[Collection("networks of commands")]
public sealed class CultureTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>What each command printed, and every file that was written, under names that are long and of several scripts.</summary>
    Dictionary<string, string> Run(string locale, string zone)
    {
        var model = SmallModel.Write(_folder, mpp: 0.5);
        var mask = _folder.Write("mask.png", Regions.Masks.Random(1, 70, 50).ToPng());
        var folder = $"{locale}/{new string('x', 200)}/Gewebe İıŞğ 組織 \U0001F52C";
        var found = new Dictionary<string, string>();
        foreach (var (name, arguments) in ((string, string[])[])[
            ("regions", ["regions", mask, "--edge", "9.5"]),
            ("csv", ["regions", mask, "--csv", _folder.At($"{folder}/regions.csv")]),
            ("slide", ["slide", SlideFiles.Aperio, "--mpp", "0.24"]),
            ("slide JSON", ["slide", SlideFiles.Aperio, "--json"]),
            ("thumbnail", ["thumbnail", SlideFiles.Aperio, _folder.At($"{folder}/thumbnail.PNG"), "--resolution", "7.5", "--units", "mpp"]),
            ("model", ["model", "info", model]),
            ("predict", ["predict", SlideFiles.Aperio, "--model", model, "--resolution", "2.5", "--units", "mpp", "--out", _folder.At(folder), "--format",
                "csv,json,geojson", "--map", "8.5"]),
            ("wrong", ["thumbnail", SlideFiles.Aperio, _folder.At("none.png"), "--resolution", "0,5"])])
        {
            var (code, output, error) = Cli.RunForOutput(arguments, ("LC_ALL", locale), ("LANG", locale), ("TZ", zone));
            Assert.Equal((name, name == "wrong" ? 2 : 0), (name, code));
            // Times differ from run to run, the folder's name by the culture.
            found[name] = name == "predict" ? "" : $"{output}\n{error}".Replace(locale, "", StringComparison.Ordinal);
        }
        foreach (var file in Directory.GetFiles(_folder.At(folder)).Where(file => !file.EndsWith(".sqlite", StringComparison.Ordinal)))
            found[Path.GetFileName(file)] = Convert.ToBase64String(File.ReadAllBytes(file));
        return found;
    }

    [Fact]
    public void What_a_notebook_shows_is_the_same_everywhere()
    {
        var culture = CultureInfo.CurrentCulture;
        using var slide = Slide.Open(SlideFiles.Aperio);
        var mask = new Raster(15, 20, 1);
        mask.Samples8[..150].Fill(255);
        var grid = PatchGrid.Over(slide, 16, Resolution.Mpp(0.499), new() { Mask = TissueMask.Of(mask) });
        var patches = LabelledPatches.Open(Path.Combine(Repository.Root, "notebooks", "data", "nct-crc-he")) is var open && open.Mpp is null
            ? LabelledPatches.Open("nct-crc-he") : open;
        var table = MadeUp.Grid(MadeUp.Frame(700, 700), 10, 10, MadeUp.Classes(2)).WithLabels(row => row.Box.X0 > 600 ? row.Class : null);
        string Shown() => string.Join('\n', slide.Describe(), slide, grid, patches, Evaluation.Of(table, resamples: 100), PredictionMap.Of(table),
            new PredictionProgress("a", 1000, 20_000, 1.5), table);
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            var expected = Shown();
            foreach (var name in (string[])["de-DE", "tr-TR"])
            {
                CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(name);
                Assert.Equal(expected, Shown());
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void Commands_print_and_write_the_same_bytes_everywhere()
    {
        // The cultures are there, or this would show nothing.
        Assert.Equal(",", CultureInfo.GetCultureInfo("de-DE").NumberFormat.NumberDecimalSeparator);
        Assert.Equal("ı", "I".ToLower(CultureInfo.GetCultureInfo("tr-TR")));
        var expected = Run("C.UTF-8", "UTC");
        Assert.Equal(15, expected.Count);
        Assert.Equal(expected, Run("de_DE.UTF-8", "Asia/Kathmandu"));
        Assert.Equal(expected, Run("tr_TR.UTF-8", "America/St_Johns"));
    }
}
