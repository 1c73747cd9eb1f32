using CSharpNotebook.Scripting;

namespace CSharpNotebook.Tests.Ambient;

public sealed class LibrarySlotsTests : IClassFixture<Scripting.ScriptSessionTests.Shared>
{
    readonly Cells _cells;

    public LibrarySlotsTests(Scripting.ScriptSessionTests.Shared shared) => _cells = shared.Cells;

    [Fact]
    public async Task Work_of_the_library_stops_with_its_cell_without_being_given_a_token()
    {
        using var folder = new Folder();
        await _cells.ShowAsync($$"""
            #r "{{AppContext.BaseDirectory}}Patchwise.dll"
            using System.IO;
            using Patchwise;
            var random = new Random(7);
            var samples = new byte[1200 * 1200];
            for (var i = 0; i < samples.Length; i++) samples[i] = (byte)(random.Next(3) == 0 ? 0 : 255);
            var mask = Raster.FromSamples(1200, 1200, 1, samples);
            mask.Save(@"{{folder.Path}}/0.png");
            mask.Save(@"{{folder.Path}}/0_mask.png");
            for (var i = 1; i < 400; i++) foreach (var end in new[] { ".png", "_mask.png" })
                File.CreateSymbolicLink(@$"{{folder.Path}}/{i}{end}", @$"{{folder.Path}}/0{end}");
            var set = ImageSet.Open(@"{{folder.Path}}", 40);
            RegionTable table = null;
            """);

        var result = await _cells.StopAsync("Console.WriteLine(\"started\");\ntable = RegionTable.Measure(set, RegionProperties.All);");

        Assert.Equal((CellStatus.Stopped, false), (result.Status, result.StillRunning));
        Assert.Equal([("result", "(True, 400)")], await _cells.ShowAsync("$\"({table is null}, {set.Images.Count})\""));
    }

    [Fact]
    public async Task The_token_is_that_of_the_cell_which_asks()
    {
        const string Stop = "((Func<System.Threading.CancellationToken>)AppContext.GetData(\"Notebook.Stop\"))()";
        using var stop = new CancellationTokenSource();
        await _cells.RunAsync($"var token = {Stop}; var inside = await Task.Run(() => {Stop});", stop.Token);
        await _cells.ShowAsync($"var next = {Stop};");
        await stop.CancelAsync();
        Assert.Equal([("result", "True True False")],
            await _cells.ShowAsync("$\"{token.IsCancellationRequested} {inside.IsCancellationRequested} {next.IsCancellationRequested}\""));
    }

    [Fact]
    public async Task A_state_that_changes_is_shown_in_its_place()
    {
        await _cells.ShowAsync("var show = (Func<object, Action<object>>)AppContext.GetData(\"Notebook.Show\");");
        var shown = await _cells.ShowAsync("var update = show(\"begun\"); for (var i = 0; i < 100; i++) update(i); update(\"whole\");");

        Assert.Equal(("display", "begun"), shown[0]);
        Assert.Equal(("update", "whole"), shown[^1]);
        Assert.Single(Enumerable.Range(0, shown.Count).Select(_cells.DisplayId).Distinct());
    }
}
