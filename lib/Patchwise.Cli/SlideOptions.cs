namespace Patchwise.Cli;

/// <summary>How commands open a slide.</summary>
sealed class SlideOptions
{
    readonly Argument<string> _file = new("SLIDE") { Description = "A slide that OpenSlide knows, or a PNG, JPEG or TIFF image" };
    readonly Option<double?> _mpp = Commands.Real("--mpp", "MPP", "Microns per pixel of the image, where it states none or a wrong one");
    readonly Option<double?> _power = Commands.Real("--power", "POWER", "Power of the objective, likewise");
    readonly Option<bool> _guess = new("--guess") { Description = "Guess one of the two from the other as 10 / it, where only one is known" };
    readonly Option<int?> _page = Commands.Page("--page");
    readonly Option<int?> _channel = Commands.Channel("--channel");
    readonly Option<long> _maxPixels = Commands.MaxPixels();

    internal void AddTo(Command command)
    {
        command.Arguments.Add(_file);
        AddResolutionTo(command);
    }

    /// <summary>For a command that names its slides in its own way.</summary>
    internal void AddResolutionTo(Command command)
    {
        foreach (var option in (Option[])[_mpp, _power, _guess, _page, _channel, _maxPixels])
            command.Options.Add(option);
    }

    /// <summary>Those that say nothing of patches.</summary>
    internal Option[] OfSlides => [_power, _guess, _page, _channel, _maxPixels];

    internal Mpp? Mpp(ParseResult parsed) => parsed.GetValue(_mpp) is { } mpp ? new Mpp(mpp) : null;

    internal long MaxPixels(ParseResult parsed) => parsed.GetValue(_maxPixels);

    internal Slide Open(ParseResult parsed) => Open(parsed, parsed.GetRequiredValue(_file));

    internal Slide Open(ParseResult parsed, string file)
    {
        Magnification? power = parsed.GetValue(_power) is { } value ? (Magnification)value : null;
        if (!Commands.Has(parsed, _page) && !Commands.Has(parsed, _channel))
        {
            var slide = Slide.Open(file, Mpp(parsed), power, parsed.GetValue(_guess), MaxPixels(parsed));
            if (parsed.GetValue(_guess) && slide is { Mpp: null, Magnification: null })
                Commands.Note([$"{file} states neither microns nor a power, of which --guess takes one for the other: give --mpp or --power"]);
            return slide;
        }
        if (parsed.GetValue(_guess))
            throw new BadInputException("--guess with --page or --channel: one image of a file states nothing to guess from; give --mpp or --power");
        return Slide.Of(Raster.Load(file, MaxPixels(parsed), parsed.GetValue(_page), parsed.GetValue(_channel)), file, Mpp(parsed), power);
    }
}
