namespace Patchwise.Cli;

static class SlideCommand
{
    internal static Command Make()
    {
        var slides = new SlideOptions();
        var json = new Option<bool>("--json") { Description = "All properties as JSON, for programs" };
        var command = new Command("slide", "Show what a slide is: size, levels, microns per pixel, power of the objective and where each is from.\n\n" +
            "Example: patchwise slide CMU-1-Small-Region.svs");
        slides.AddTo(command);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            using var slide = slides.Open(parsed);
            Console.WriteLine(parsed.GetValue(json) ? slide.ToJson() : slide.Describe());
        });
        return command;
    }
}
