using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Patchwise.Cli;

/// <summary>Shows slides in a browser, with what was predicted on them, until it is stopped.</summary>
static class ViewCommand
{
    internal static Command Make()
    {
        var slides = new SlideOptions();
        var inputs = new Argument<string[]>("INPUT")
        {
            Description = "Slides, tiles, results of 'patchwise predict' (.sqlite), folders of these, or the folder of a cohort's results",
            Arity = ArgumentArity.OneOrMore,
        };
        var predictions = new Option<string[]>("--predictions")
        {
            Description = "A result of 'patchwise predict' (.sqlite) on an input; may be repeated",
            HelpName = "FILE",
        };
        var annotations = new Option<string[]>("--annotations")
        {
            Description = "Outlines on an input: GeoJSON of QuPath, or XML of ImageScope, HALO or ASAP; of several inputs on the one of its name",
            HelpName = "FILE",
        };
        var port = new Option<int>("--port") { Description = "Of this machine; without it any that is free", HelpName = "N" };
        var browser = new Option<bool>("--open") { Description = "Open the address in the browser" };
        var command = new Command("view", "Look at slides in a browser of this machine: zoom, what was predicted where, and why. Ctrl-C ends it.\n\n"
            + "Example: patchwise view CMU-1-Small-Region.svs --predictions predictions/CMU-1-Small-Region.sqlite");
        command.Arguments.Add(inputs);
        foreach (var option in (Option[])[predictions, annotations, port, browser])
            command.Options.Add(option);
        slides.AddResolutionTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var found = new ViewInputs(file => slides.Open(parsed, file));
            foreach (var input in parsed.GetRequiredValue(inputs))
                found.Add(PredictInputs.Located(input));
            foreach (var file in parsed.GetValue(predictions) ?? [])
                found.AddTable(file, asked: true);
            foreach (var file in parsed.GetValue(annotations) ?? [])
                found.AddAnnotations(file);
            Interactive.Use("there is no viewer", () => Show(found.All, parsed.GetValue(port), parsed.GetValue(browser), cancel));
            foreach (var one in found.All)
                one.Slide?.Dispose();
            return 0;
        }, CancellationToken.None));
        return command;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Show(IReadOnlyList<ViewInput> inputs, int port, bool browser, CancellationToken cancel)
    {
        using var viewer = SlideViewer.Open([.. inputs.Where(one => one.Slide is not null).Select(one => new ViewedSlide(one.Slide!)
        {
            Predictions = one.Tables,
            Annotations = one.Annotations,
        })], new()
        {
            Port = port,
            Problems = [.. inputs.Where(one => one.Slide is null).Select(one => new SetProblem(one.File, one.Error, true))],
        });
        Console.WriteLine(viewer.Address);
        if (browser)
            try
            {
                Process.Start(new ProcessStartInfo(viewer.Address.ToString()) { UseShellExecute = true })?.Dispose();
            }
            catch (Exception error) when (error is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                Commands.Note([string.Create(CultureInfo.InvariantCulture, $"no browser was opened ({error.Message}): open the address yourself")]);
            }
        cancel.WaitHandle.WaitOne();
    }
}
