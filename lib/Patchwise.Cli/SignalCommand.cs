namespace Patchwise.Cli;

/// <summary>Tests which magnification, field of view and input size keep the signal of labelled objects.</summary>
sealed class SignalCommand
{
    static readonly SignalOptions Usual = new();

    readonly Argument<string> _images = new("IMAGES")
    {
        Description = "A folder of images, or the id of a data set: with a table of objects, with masks whose values are classes, of a folder for each "
            + "class, or of slides with outlines",
    };
    readonly Option<string> _objects = Commands.Text("--objects", "CSV",
        "A line for each object: image, x and y (its centre) or x0, y0, x1, y1 (its box), class, and perhaps group, or QuPath's measurements; a data set "
        + "brings its own. Or a folder with outlines of each slide, NAME.geojson or NAME.xml, which may be that of the slides");
    readonly Option<double?> _side = Commands.Real("--side", "PX", "Of the square that each centre stands for, in px of the images");
    readonly Option<string> _class = Commands.Text("--class-column", "NAME", "Where it is not called class");
    readonly Option<string> _group = Commands.Text("--group-column", "NAME",
        "What is not both learned from and tested on, such as patient; without it group, or the image");
    readonly Option<string> _classes = Commands.Text("--classes", "NAME,NAME,...", "Classes to tell apart; without it all");
    readonly Option<string> _model = Commands.Text("--model", "NAME|FILE",
        "Whose features are taken: id of a model in data-manifest.json, or a file of weights",
        "mobilenet_v2-imagenet");
    readonly Option<double?> _power = Commands.Real("--power", "POWER", "Power of the objective, where the images do not state it or state a wrong one");
    readonly Option<double?> _mpp = Commands.Real("--mpp", "MPP", "Microns per pixel, likewise");
    readonly Option<double[]> _factors = List("--factors", "LIST", "Magnifications to try, as factors of the images' own", number => number);
    readonly Option<int[]> _fields = List("--fields", "PX,PX,...",
        "Fields of view to try, px of the images; without it 1, 1.5, 2 and 4 times the side of the objects", Whole);
    readonly Option<int[]> _inputs = List("--inputs", "PX,PX,...", "Inputs of the network to try", Whole);
    readonly Option<int?> _reference = new("--reference")
    {
        Description = $"A costly input of the network to compare with; {Usual.Reference} without it",
        HelpName = "PX",
    };
    readonly Option<int?> _sample = new("--sample") { Description = $"Objects to take, evenly of all classes; {Usual.Objects} without it", HelpName = "N" };
    readonly Option<double?> _tolerance = Commands.Real("--tolerance", "POINTS",
        string.Create(CultureInfo.InvariantCulture, $"Points of balanced accuracy that may be lost; {Usual.Tolerance} without it"));
    readonly Option<int?> _seed = new("--seed") { Description = $"Decides the sample and the parts; {Usual.Seed} without it", HelpName = "N" };
    readonly Option<int?> _threads = new("--threads") { Description = "0: as many as there are cores; it changes no result", HelpName = "N" };
    readonly Option<bool> _large = new("--large") { Description = "More than 3,000 objects or 64 settings are meant, which take long" };
    readonly Option<string> _out = Commands.Text("--out", "DIR", "Folder for the table (signal.csv) and a page with the figures (signal.html)");
    readonly Option<string> _head = Commands.Text("--head", "FILE.onnx",
        "Write the network with a classifier for the suggested setting, for patchwise predict");
    readonly Option<string> _cache = Commands.Text("--cache", "DIR",
        "Keep what is computed, so that another tolerance costs nothing; without it in the folder of --out");
    readonly Option<bool> _force = new("--force") { Description = "Replace results in --out, and the file of --head" };

    internal static Command Make()
    {
        var self = new SignalCommand();
        var command = new Command("signal", "Test which magnification, field of view and input size keep what tells labelled objects apart, before any "
            + "training.\n\nExample: patchwise signal images/ --objects cells.csv --side 64 --out signal");
        command.Arguments.Add(self._images);
        foreach (var option in (Option[])[self._objects, self._side, self._class, self._group, self._classes, self._model, self._power, self._mpp,
            self._factors, self._fields, self._inputs, self._reference, self._sample, self._tolerance, self._seed, self._threads, self._large, self._out,
            self._head, self._cache, self._force])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) => Task.Run(() => self.Run(parsed, cancel), CancellationToken.None));
        return command;
    }

    void Run(ParseResult parsed, CancellationToken cancel)
    {
        var (folder, head) = (parsed.GetValue(_out), parsed.GetValue(_head));
        var (table, page) = (Path.Combine(folder ?? "", "signal.csv"), Path.Combine(folder ?? "", "signal.html"));
        // What stands in the way is said before the work.
        string?[] files = [.. folder is null ? (string[])[] : [table, page], head];
        if (!parsed.GetValue(_force) && files.FirstOrDefault(File.Exists) is { } there)
            throw new BadInputException($"{there} exists: give another {(there == head ? "--head" : "--out")}, or replace it (--force)");
        foreach (var file in files.OfType<string>())
            Commands.Target(file, ((string?[])[parsed.GetValue(_objects), parsed.GetValue(_model)]).OfType<string>());
        if (head is not null && !head.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
            throw new BadInputException($"--head {head}: expected a name that ends in .onnx");
        if (folder is not null)
            WholeFile.MakeFolder(folder);
        List<Slide> open = [];
        using var closed = new Closing(open);
        var objects = Outlined(parsed, open, cancel) ?? Objects(parsed, cancel);
        using var model = Model.Open(parsed.GetRequiredValue(_model));
        using var features = SignalFeatures.Of(model);
        var options = Usual with
        {
            Classes = parsed.GetValue(_classes)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            Factors = Given(_factors) ?? Usual.Factors,
            Fields = Given(_fields),
            Inputs = Given(_inputs) ?? Usual.Inputs,
            Reference = parsed.GetValue(_reference) ?? Usual.Reference,
            Objects = parsed.GetValue(_sample) ?? Usual.Objects,
            Tolerance = parsed.GetValue(_tolerance) ?? Usual.Tolerance,
            Seed = parsed.GetValue(_seed) ?? Usual.Seed,
            Threads = parsed.GetValue(_threads) ?? 0,
            Large = parsed.GetValue(_large),
            CacheFolder = parsed.GetValue(_cache) ?? (folder is null ? null : Path.Combine(folder, "cache")),
        };
        // A list that is not given is empty.
        T[]? Given<T>(Option<T[]> list) => Commands.Has(parsed, list) ? parsed.GetValue(list) : null;
        try
        {
            var test = PredictRun.WithBar(objects.Name, progress => SignalTest.Of(objects, features, options with { Progress = progress }, cancel));
            if (folder is not null)
            {
                test.SaveCsv(table);
                Interactive.Use($"{page} was not written", () => test.SavePage(page));
            }
            if (head is not null)
                features.SaveHead(test, head, null, cancel);
            Console.Out.WriteLine($"{test.Sentence}\n\n{test.ToTable() with { Title = null }}");
            Commands.Note(test.Notes);
            if (head is not null && objects.Mpp is null)
                Commands.Note([$"{head} states no microns per pixel, as they are not known of all images or differ (--mpp): give its patches as they are, "
                    + "or the resolution when you predict a slide or tile with it (--resolution)"]);
            if (folder is not null)
                Console.Out.WriteLine($"\nthe table is in {table}, the figures in {page}");
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw new PatchwiseException(options.CacheFolder is { } kept
                ? $"stopped; what is computed is kept in {kept}, and the same command goes on from there" : "stopped");
        }
    }

    sealed class Closing(List<Slide> slides) : IDisposable
    {
        public void Dispose() => slides.ForEach(slide => slide.Dispose());
    }

    /// <summary>Of slides with the outlines that --objects has for them, each slide a group; null where it is no folder.</summary>
    SignalObjects? Outlined(ParseResult parsed, List<Slide> open, CancellationToken cancel)
    {
        var (slides, folder) = (parsed.GetRequiredValue(_images), parsed.GetValue(_objects));
        if (!Directory.Exists(folder))
            return null;
        if (((Option[])[_side, _class, _group]).FirstOrDefault(option => Commands.Has(parsed, option)) is { } table)
            throw new BadInputException($"{table.Name} says how a table of objects is read, but --objects {folder} is a folder of outlines: leave it out");
        if (!Directory.Exists(slides))
            throw new BadInputException($"{slides} is no folder: expected the slides that --objects {folder} has outlines of");
        static string Name(string file) => Path.GetFileNameWithoutExtension(file);
        static bool IsOutline(string file) => Path.GetExtension(file).ToUpperInvariant() is ".GEOJSON" or ".XML";
        var files = Directory.EnumerateFiles(slides).Where(file => !IsOutline(file)).ToLookup(Name, StringComparer.Ordinal);
        var all = new List<SignalObjects>();
        foreach (var outlines in Directory.EnumerateFiles(folder).Where(IsOutline).Order(StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            if (files[Name(outlines)].ToList() is not [var file])
                throw new BadInputException($"{outlines}: {(files.Contains(Name(outlines)) ? "several slides" : "no slide")} in {slides} of that name: "
                    + "expected one");
            open.Add(Slide.Open(file, parsed.GetValue(_mpp), parsed.GetValue(_power)));
            all.Add(SignalObjects.Of(open[^1], AnnotationSet.Load(outlines)));
        }
        var without = files.Select(group => group.Key).Except(open.Select(slide => Name(slide.Path))).ToList();
        if (without.Count > 0 && all.Count > 0)
            Commands.Note([$"{without.Count} files of {slides} have no outlines in {folder} and were left out, such as {without[0]}"]);
        return all.Count > 0 ? SignalObjects.Concat(all)
            : throw new BadInputException($"--objects {folder} holds no outlines: expected NAME.geojson or NAME.xml for slides NAME of {slides}");
    }

    /// <summary>Those of the table; else of what the images are by the manifest; else of masks, or of a folder for each class.</summary>
    SignalObjects Objects(ParseResult parsed, CancellationToken cancel)
    {
        var images = parsed.GetRequiredValue(_images);
        var kind = Manifest.TryLoad()?.Entries.FirstOrDefault(entry => entry.Id == images)?.Kind;
        var (file, power, mpp) = (parsed.GetValue(_objects), parsed.GetValue(_power), parsed.GetValue(_mpp));
        if (file is not null || kind == DataKind.ImagesWithObjects)
        {
            ImageSet set;
            try
            {
                set = ImageSet.OpenObjects(images, new(file, parsed.GetValue(_side), parsed.GetValue(_class), parsed.GetValue(_group)), power, mpp);
            }
            catch (BadInputException error)
            {
                // The library's parameters by the names that they have here.
                throw new BadInputException(error.Message.Replace("such as side: ", "such as --side ", StringComparison.Ordinal)
                    .Replace("classColumn: ", "--class-column ", StringComparison.Ordinal)
                    .Replace("groupColumn: ", "--group-column ", StringComparison.Ordinal)
                    .Replace("such as File: ", "such as --objects ", StringComparison.Ordinal), error);
            }
            return Measured(set, cancel);
        }
        if (((Option[])[_side, _class, _group]).FirstOrDefault(option => Commands.Has(parsed, option)) is { } alone)
            throw new BadInputException($"{alone.Name} without --objects: it says how a table of objects is read, such as --objects cells.csv");
        if (kind == DataKind.LabelledPatches || (kind is null && Directory.Exists(images) && HasClassFolders(images)))
            return power is null && mpp is null ? SignalObjects.Of(LabelledPatches.Open(images))
                : throw new BadInputException($"{images} holds a folder of patches for each class, to which --power and --mpp do not apply: leave them out");
        return Measured(ImageSet.Open(images, power, mpp), cancel);
    }

    static SignalObjects Measured(ImageSet set, CancellationToken cancel) =>
        SignalObjects.Of(set, RegionTable.Measure(set, RegionProperties.Basic, null, cancel));

    /// <summary>No image lies in the folder itself, and images lie in two or more of its folders, none of which is called as those of masks are.</summary>
    static bool HasClassFolders(string folder)
    {
        var below = Directory.GetDirectories(folder).Where(one => Directory.EnumerateFiles(one).Any(SetFiles.IsImage))
            .Select(one => Path.GetFileName(one)!).ToList();
        return below.Count > 1 && !Directory.EnumerateFiles(folder).Any(SetFiles.IsMask)
            && !below.Exists(name => name.Contains("mask", StringComparison.OrdinalIgnoreCase) || name.Contains("label", StringComparison.OrdinalIgnoreCase)
                || name.Equals("images", StringComparison.OrdinalIgnoreCase) || name.Equals("gt", StringComparison.OrdinalIgnoreCase));
    }

    static int Whole(double number) => number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue ? (int)number
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"'{number}' is no whole number of px"));

    /// <summary>Numbers with commas between.</summary>
    static Option<T[]> List<T>(string name, string value, string description, Func<double, T> of) => new(name)
    {
        Description = description,
        HelpName = value,
        CustomParser = result =>
        {
            if (result.Tokens is not [{ Value: var text }])
            {
                result.AddError($"{name} is given {result.Tokens.Count} times: expected once, numbers with commas between");
                return [];
            }
            try
            {
                return [.. text.Split(',').Select(part => of(double.Parse(part, NumberStyles.Float, CultureInfo.InvariantCulture)))];
            }
            catch (FormatException)
            {
                result.AddError($"'{text}': expected {(typeof(T) == typeof(int) ? "whole numbers" : "numbers")} with commas between, such as "
                    + (typeof(T) == typeof(int) ? "64,96,128" : "1,0.5,0.25"));
                return null;
            }
        },
    };
}
