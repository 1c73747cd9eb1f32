using CSharpNotebook.Scripting;

namespace CSharpNotebook.Tests.Scripting;

public sealed class LibraryStopTests : IClassFixture<ScriptSessionTests.Shared>
{
    readonly Cells _cells;

    public LibraryStopTests(ScriptSessionTests.Shared shared) => _cells = shared.Cells;

    [Fact]
    public async Task Work_of_the_library_stops_with_its_cell_without_being_given_a_token()
    {
        using var folder = new Folder();
        await _cells.ShowAsync($$"""
            #r "{{Repository.Root}}/lib/bin/Patchwise.Interactive.dll"
            using System.IO;
            using Patchwise;
            var random = new Random(7);
            var samples = new byte[1200 * 1200];
            for (var i = 0; i < samples.Length; i++) samples[i] = (byte)(random.Next(3) == 0 ? 0 : 255);
            var mask = Raster.FromSamples(1200, 1200, 1, samples);
            mask.Save(@"{{folder.Path}}/0.png");
            mask.Save(@"{{folder.Path}}/0_mask.png");
            for (var i = 1; i < 400; i++)
                foreach (var end in new[] { ".png", "_mask.png" })
                    File.CreateSymbolicLink(@$"{{folder.Path}}/{i}{end}", @$"{{folder.Path}}/0{end}");
            var set = ImageSet.Open(@"{{folder.Path}}", 40);
            RegionTable table = null;
            """);

        var result = await _cells.StopAsync("Console.WriteLine(\"started\");\ntable = RegionTable.Measure(set, RegionProperties.All);");

        Assert.Equal((CellStatus.Stopped, false), (result.Status, result.StillRunning));
        Assert.Equal([("result", "(True, 400)")], await _cells.ShowAsync("$\"({table is null}, {set.Images.Count})\""));
    }
}
