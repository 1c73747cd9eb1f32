namespace Patchwise.Cli;

static class ThumbnailCommand
{
    internal static Command Make()
    {
        var slides = new SlideOptions();
        var output = new Argument<string>("OUT") { Description = "The image to write, .png or .jpg" };
        var resolution = Commands.Real("--resolution", "R", "How fine, in --units; without it the longer side has at most 1024 px");
        var units = Commands.Units();
        var command = new Command("thumbnail",
            "Write a whole slide as one image at any resolution.\n\nExample: patchwise thumbnail slide.svs small.png --resolution 4 --units mpp");
        slides.AddTo(command);
        command.Arguments.Add(output);
        command.Options.Add(resolution);
        command.Options.Add(units);
        command.SetAction(parsed =>
        {
            var at = Commands.Resolution(parsed, resolution, units);
            using var slide = slides.Open(parsed);
            slide.SaveThumbnail(Commands.Target(parsed.GetRequiredValue(output), slide.Path), at, slides.MaxPixels(parsed));
        });
        return command;
    }
}
