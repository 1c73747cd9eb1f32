namespace Patchwise.Cli;

static class ResizeCommand
{
    internal static Command Make()
    {
        var input = new Argument<string>("in") { Description = "A PNG, JPEG or TIFF image, or a mask" };
        var output = new Argument<string>("out") { Description = "The file to write, .png or .jpg" };
        var width = new Option<int>("--width") { Description = "Pixels across of the result", Required = true };
        var height = new Option<int>("--height") { Description = "Pixels down of the result", Required = true };
        var method = Commands.Choice("--method", "area for images; nearest for masks, of which the numbers are kept",
            [.. Enum.GetNames<ResizeMethod>().Select(name => name.ToLowerInvariant()).OrderBy(name => name != "area")]);
        var maxPixels = Commands.MaxPixels();
        var command = new Command("resize",
            "Write an image at another size.\n\nExample: patchwise resize scan.png half.png --width 500 --height 400 --method area")
        {
            input, output, width, height, method, maxPixels,
        };
        command.SetAction(parsed =>
        {
            var (path, limit) = (parsed.GetRequiredValue(input), parsed.GetValue(maxPixels));
            var target = Commands.Target(parsed.GetRequiredValue(output), path);
            var how = Enum.Parse<ResizeMethod>(parsed.GetRequiredValue(method), ignoreCase: true);
            IReadOnlyList<string> notes = [];
            var pixels = how == ResizeMethod.Nearest ? Raster.LoadNumbers(path, limit, out notes) : Raster.Load(path, limit);
            Commands.Note(notes);
            var size = new PixelSize(parsed.GetRequiredValue(width), parsed.GetRequiredValue(height));
            // As in OpenCV their windows do not grow with the step.
            if (how is not (ResizeMethod.Area or ResizeMethod.Nearest) && (2L * size.Width < pixels.Width || 2L * size.Height < pixels.Height))
                Commands.Note([$"{parsed.GetRequiredValue(method)} looks at a few pixels around each place and passes over those between: at less than half "
                    + "of the size fine structures turn into others; --method area takes all"]);
            pixels.Resize(size, how).Save(target);
        });
        return command;
    }
}
