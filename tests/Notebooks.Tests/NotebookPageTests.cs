using System.Net;
using System.Text.Json;
using Microsoft.Playwright;
using Patchwise.Tests;

namespace Notebooks.Tests;

/// <summary>
/// What a person does in the real page of Jupyter Notebook. PATCHWISE_PAGE_PICTURES names a folder for pictures of it; README shows notebook-page.png.
/// </summary>
public sealed class NotebookPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{

    readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_person_opens_the_clarity_test_runs_it_looks_stops_and_asks_for_help()
    {
        // A copy: the page saves what it runs.
        Directory.CreateDirectory(_folder["notebooks"]);
        File.Copy(Repository.Notebook("02"), _folder["notebooks/02.ipynb"]);
        Directory.CreateSymbolicLink(_folder["lib"], Repository.Path("lib"));
        await using var server = await JupyterServer.StartAsync(_folder, "/usr/bin/jupyter", "notebook", "--ip", "127.0.0.1", "--allow-root", "--notebook-dir",
            _folder["notebooks"]);
        var page = await chromium.NewPageAsync(new() { ViewportSize = new() { Width = 1200, Height = 1000 } });
        await page.GotoAsync(server.At("notebooks/02.ipynb"));
        await Assertions.Expect(page.Locator("#kernel_indicator")).ToContainTextAsync("C# (csnb)");
        await Idle(page);
        Assert.Equal(0, await page.Locator(".modal").CountAsync());

        await page.GetByRole(AriaRole.Link, new() { Name = "Cell", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Run All", Exact = true }).ClickAsync();
        await page.WaitForFunctionAsync(
            "Jupyter.notebook.get_cells().filter(c => c.cell_type == 'code' && c.get_text()).every(c => typeof c.input_prompt_number == 'number')");
        await Idle(page);
        Assert.Equal(0, await page.Locator(".output_error, .output_stderr").CountAsync());

        var gallery = page.Locator(".output_area [data-gallery] img").First;
        await gallery.ScrollIntoViewIfNeededAsync();
        Assert.True(await gallery.IsVisibleAsync());
        var chart = page.Locator(".output_area .js-plotly-plot").First;
        await chart.ScrollIntoViewIfNeededAsync();
        var place = await chart.Locator(".points path, .bars path").First.BoundingBoxAsync();
        await page.Mouse.MoveAsync(place!.X + place.Width / 2 - 3, place.Y + place.Height / 2);
        await page.Mouse.MoveAsync(place.X + place.Width / 2, place.Y + place.Height / 2, new() { Steps = 3 });
        await Assertions.Expect(chart.Locator(".hovertext").First).ToBeVisibleAsync();
        await Picture(page, "notebook-page");

        // A slider takes the keys that would else move from cell to cell.
        var slider = page.Locator(".output_area [data-patchwise] [data-controls] input").First;
        await slider.ScrollIntoViewIfNeededAsync();
        await slider.FocusAsync();
        var (cell, words) = (await Selected(), page.Locator(".output_area [data-controls] [role=status]").Last);
        var before = await words.TextContentAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        await page.Keyboard.PressAsync("ArrowDown");
        Assert.NotEqual(before, await words.TextContentAsync());
        Assert.Equal(cell, await Selected());
        Assert.Equal("SLIDER", await page.EvaluateAsync<string>("document.activeElement.type === 'range' ? 'SLIDER' : document.activeElement.tagName"));
        await Picture(page, "slider");

        async Task<int> Selected() => await page.EvaluateAsync<int>("Jupyter.notebook.get_selected_index()");

        await RunNewCell(page, "while (true) { }");
        await page.WaitForFunctionAsync("Jupyter.notebook.kernel_busy || document.querySelector('.kernel_busy_icon')");
        await page.Locator("button[data-jupyter-action='jupyter-notebook:interrupt-kernel']").ClickAsync();
        await Assertions.Expect(page.Locator(".output_error").Last).ToContainTextAsync("The cell was stopped");
        await Idle(page);
        await Picture(page, "stopped");

        await NewCell(page, "Console.WriteLine(");
        await page.Keyboard.PressAsync("Shift+Tab");
        await Assertions.Expect(page.Locator("#tooltip")).ToContainTextAsync("WriteLine");
        await Picture(page, "help");
        await page.Keyboard.PressAsync("Escape");

        await NewCell(page, "Console.Wri");
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.Locator("#complete")).ToContainTextAsync("WriteLine");
        await Picture(page, "completion");
        await page.CloseAsync();
    }

    [Fact]
    public async Task The_command_that_opens_the_notebooks_serves_them_to_the_holder_of_the_token_only()
    {
        await using var server = await JupyterServer.StartAsync(_folder, Repository.Path("notebooks", "run"), "--open", "02", "--");
        using var client = new HttpClient();
        Assert.Equal("127.0.0.1", server.Address.Host);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync(new Uri(server.Address, "/api/kernelspecs"))).StatusCode);
        using var specs = JsonDocument.Parse(await client.GetStringAsync(server.At("/api/kernelspecs")));
        var spec = specs.RootElement.GetProperty("kernelspecs").GetProperty(".net-csharp");
        Assert.StartsWith(Repository.Path("lib", "bin"), spec.GetProperty("spec").GetProperty("argv")[0].GetString(), StringComparison.Ordinal);
        foreach (var logo in spec.GetProperty("resources").EnumerateObject())
            Assert.True((await client.GetAsync(server.At(logo.Value.GetString()!))).IsSuccessStatusCode, logo.Name);
        Assert.Contains("02-clarity-test.ipynb", await client.GetStringAsync(server.At("/api/contents")), StringComparison.Ordinal);
    }

    static async Task Idle(IPage page) =>
        await page.WaitForFunctionAsync("document.querySelector('.kernel_idle_icon') && Jupyter.notebook.kernel && Jupyter.notebook.kernel.is_connected()");

    static async Task Picture(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("PATCHWISE_PAGE_PICTURES") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png") });
    }

    static async Task NewCell(IPage page, string code)
    {
        await page.EvaluateAsync(
            "Jupyter.notebook.insert_cell_at_bottom('code'); Jupyter.notebook.select(Jupyter.notebook.ncells() - 1); Jupyter.notebook.edit_mode();");
        await page.Keyboard.TypeAsync(code);
    }

    static async Task RunNewCell(IPage page, string code)
    {
        await NewCell(page, code);
        await page.Keyboard.PressAsync("Control+Enter");
    }
}
