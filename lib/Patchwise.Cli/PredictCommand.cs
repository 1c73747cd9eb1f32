namespace Patchwise.Cli;

/// <summary>Predicts the tissue types of patches, tiles and slides.</summary>
sealed class PredictCommand
{
    static readonly string[] Formats = ["csv", "json", "geojson", "sqlite"];

    readonly Argument<string[]> _inputs =
        new("INPUT") { Description = "Patches, folders of them, tiles, slides, or ids of data sets", Arity = ArgumentArity.OneOrMore };
    readonly NetworkOptions _network = new();
    readonly Option<string> _mode = Commands.Choice("--mode",
        "What the inputs are; auto: a folder holds patches, an image no larger than a patch is one, a larger one is a tile, the rest are slides",
        "auto", "patch", "tile", "slide");
    readonly Option<double?> _resolution = Commands.Real("--resolution", "R",
        "Of the patches, in --units; without it as the model's card says, of a tile whose resolution is not known its full size");
    readonly Option<string> _units = Commands.Units();
    readonly Option<string> _mask = Commands.Text("--mask", "FILE|auto|none",
        "A mask image of the tissue (not 0), auto, or none; without it auto for slides and none for tiles");
    readonly Option<double?> _maskThreshold = Commands.Threshold("--mask-threshold");
    readonly Option<int?> _maskPage = Commands.Page("--mask-page");
    readonly Option<int?> _maskChannel = Commands.Channel("--mask-channel");
    readonly Option<string> _frame = Commands.Choice("--frame",
        "Where outlines in and GeoJSON out count from: the corner of the scanned part, as QuPath does, or that of level 0; auto: as the file's program does",
        "auto", "scanned", "level0");
    readonly Option<string> _rule = Commands.Choice("--read", "How pixels are scaled: plain, or toolbox for comparing with TIAToolbox", "plain", "toolbox");
    readonly Option<bool> _resize = new("--resize") { Description = "Scale patches of another size to that of the card; without it they are refused" };
    readonly Option<bool> _agreement = new("--agreement") { Description = "Predict in fp32 as well, and show how many patches get the same class" };
    readonly Option<string> _out = Commands.Text("--out", "DIR", "Folder for the predictions; without it only the summary is shown");
    readonly Option<string> _format = Commands.Text("--format", "LIST",
        "csv, json, geojson, sqlite, several with commas between. SQLite is written in any case: a run is resumed from it", "csv");
    readonly Option<double?> _map = Commands.Real("--map", "R", "Of tiles and slides write a map of the classes and an overlay as PNG, at R microns per pixel; "
        + "where those are not known at R of the full size if R is at most 1, else as if the image had those of the model");
    readonly Option<bool> _resume = new("--resume") { Description = "Go on where an earlier run into --out ended; what is finished is not predicted again" };
    readonly Option<bool> _force = new("--force") { Description = "Replace results in --out that are of another input" };
    readonly SlideOptions _slides = new();

    Option[] OfMask => [_maskThreshold, _maskPage, _maskChannel];

    internal static Command Make()
    {
        var self = new PredictCommand();
        var command = new Command("predict", "Predict the class of patches, of the patches of a tile and of those of a slide.\n\n" +
            "Example: patchwise predict slide.svs --model resnet18-kather100k --out predictions --format csv,geojson");
        command.Arguments.Add(self._inputs);
        var network = self._network;
        foreach (var option in (Option[])[network.Model, network.Classes, self._mode, self._resolution, self._units, network.Patch, network.Stride, self._mask,
            .. self.OfMask, self._frame, self._rule, self._resize, network.Batch, network.Engine, network.Device, network.Precision, network.LeastAgreement,
            self._agreement,
            network.Threads, self._out, self._format, self._map, self._resume, self._force])
            command.Options.Add(option);
        self._slides.AddResolutionTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() => self.Run(parsed, cancel), CancellationToken.None));
        return command;
    }

    int Run(ParseResult parsed, CancellationToken cancel)
    {
        var folder = parsed.GetValue(_out);
        var formats = parsed.GetRequiredValue(_format).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().ToArray();
        if (formats.FirstOrDefault(format => !Formats.Contains(format)) is { } other)
            throw new BadInputException($"format '{other}': expected {string.Join(", ", Formats)}, several with commas between");
        bool Has(Option option) => Commands.Has(parsed, option);
        if (folder is null && ((Option[])[_resume, _force, _format, _map]).FirstOrDefault(Has) is { } alone)
            throw new BadInputException($"{alone.Name} without --out: expected the folder of the predictions, such as --out predictions");
        var given = parsed.GetValue(_mask) is "auto" or "none" ? null : parsed.GetValue(_mask);
        if (Has(_frame) && !formats.Contains("geojson") && given is null)
            throw new BadInputException("--frame is for outlines given by --mask and for GeoJSON: leave it out, or ask for one of them");
        if (given is null && OfMask.FirstOrDefault(Has) is { } reading)
            throw new BadInputException($"{reading.Name} without --mask: it says how the file of a mask is read, such as --mask tissue.png");
        if (parsed.GetValue(_agreement) && parsed.GetRequiredValue(_network.Precision) == "fp32")
            throw new BadInputException("--agreement compares another precision with fp32: expected --precision fp16, bf16 or int8");
        if (Has(_network.LeastAgreement) && parsed.GetRequiredValue(_network.Precision) != "int8")
            throw new BadInputException("--least-agreement is for --precision int8: leave it out, or ask for that");
        using var predictor = _network.Predictor(parsed);
        using var exact = parsed.GetValue(_agreement) ? _network.Predictor(parsed, exact: true) : null;

        var inputs = PredictInputs.Of(parsed.GetRequiredValue(_inputs), parsed.GetRequiredValue(_mode),
            parsed.GetValue(_network.Patch) ?? predictor.Card.Patch, file => _slides.Open(parsed, file));
        Refuse(inputs.TrueForAll(input => input.IsPatches), "patches",
            [_resolution, _network.Stride, _mask, .. OfMask, _frame, _rule, _map, .. _slides.OfSlides]);
        Refuse(inputs.TrueForAll(input => !input.IsPatches), "tiles or slides", [_resize]);
        void Refuse(bool when, string what, Option[] options)
        {
            if (when && options.Where(Has).Select(option => option.Name).ToArray() is { Length: > 0 } unused)
                throw new BadInputException($"the inputs are {what}, to which {string.Join(", ", unused)} {(unused.Length == 1 ? "does" : "do")} not apply: "
                    + $"leave {(unused.Length == 1 ? "it" : "them")} out, or say what they are (--mode)");
        }

        OutlineFrame? frame = parsed.GetRequiredValue(_frame) switch { "scanned" => OutlineFrame.ScannedPart, "level0" => OutlineFrame.Level0, _ => null };
        var run = new PredictRun(predictor, exact, folder, formats, parsed.GetValue(_map), cancel)
        {
            Frame = frame ?? OutlineFrame.ScannedPart,
            TellsWaits = Commands.IsVerbose(parsed),
        };
        var options = new PredictOptions
        {
            At = Commands.Resolution(parsed, _resolution, _units),
            Patch = parsed.GetValue(_network.Patch),
            Stride = parsed.GetValue(_network.Stride),
            Rule = parsed.GetRequiredValue(_rule) == "toolbox" ? ReadRule.Toolbox : ReadRule.Plain,
            Mpp = _slides.Mpp(parsed),
            Resize = parsed.GetValue(_resize),
            Resume = parsed.GetValue(_resume),
            Overwrite = parsed.GetValue(_force),
        };
        MaskChoice? Mask() => given is not null ? Given(given)
            : parsed.GetValue(_mask) switch { "auto" => MaskChoice.Automatic, "none" => MaskChoice.None, _ => null };
        MaskChoice Given(string file)
        {
            try
            {
                var mask = !OfMask.Any(Has) ? MaskChoice.File(file, frame) : TissueMask.Of(Patchwise.Mask.Load(file, parsed.GetValue(_maskThreshold),
                    parsed.GetValue(_maskPage), parsed.GetValue(_maskChannel), _slides.MaxPixels(parsed)));
                Commands.Note(mask.Notes);
                return mask;
            }
            catch (BadInputException error)
            {
                // --page and --channel are the slide's here.
                throw new BadInputException(OfMask.Aggregate(error.Message, (text, option) => text.Replace($"command line --{option.Name[7..]}",
                    $"command line {option.Name}", StringComparison.Ordinal)), error);
            }
        }
        foreach (var (input, name) in PredictInputs.Named(inputs))
            run.Predict(input, name, options, () => _slides.Open(parsed, input.Name), Mask);
        return run.Summarise();
    }
}
