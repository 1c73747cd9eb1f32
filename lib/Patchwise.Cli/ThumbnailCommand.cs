using System.CommandLine;

namespace Patchwise.Cli;

static class ThumbnailCommand
{
    internal static Command Make()
    {
        var slides = new SlideOptions();
        var output = new Argument<string>("OUT") { Description = "The image to write, .png or .jpg" };
        var resolution = new Option<double?>("--resolution")
        {
            CustomParser = Commands.Number,
            Description = "How fine, in --units; without it the longer side has at most 1024 px",
            HelpName = "R"
        };
        var units = new Option<string>("--units")
        {
            Description = "mpp (microns per pixel), power, baseline (share of the full size) or level",
            DefaultValueFactory = _ => "mpp",
            HelpName = "U"
        };
        var command = new Command("thumbnail",
            "Write a whole slide as one image at any resolution.\n\nExample: patchwise thumbnail slide.svs small.png --resolution 4 --units mpp");
        slides.AddTo(command);
        command.Arguments.Add(output);
        command.Options.Add(resolution);
        command.Options.Add(units);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(resolution) is null && parsed.GetResult(units) is { Implicit: false })
                throw new BadInputException("--units without --resolution: expected both, such as --resolution 4 --units mpp");
            using var slide = slides.Open(parsed);
            slide.SaveThumbnail(parsed.GetRequiredValue(output),
                parsed.GetValue(resolution) is { } value ? Resolution.Of(value, parsed.GetRequiredValue(units)) : null, slides.MaxPixels(parsed));
        });
        return command;
    }
}
