using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Patchwise.Cli;

/// <summary>Predicts one input after the other. One that fails is reported, and the others go on.</summary>
/// <param name="exact">Whose classes are compared with the predictor's; null: they are not.</param>
/// <param name="map">The resolution of maps; null: none are written.</param>
sealed class PredictRun(PatchPredictor predictor, PatchPredictor? exact, string? folder, string[] formats, double? map, CancellationToken cancel)
{
    /// <summary>Files that are named one by one where they cannot be predicted.</summary>
    const int MostNamed = 20;

    readonly List<IReadOnlyList<string>> _summary = [];
    readonly List<(string Input, string What)> _notes = [];
    readonly List<Exception> _failures = [];
    PredictionTable? _last;
    int _same, _compared, _unread;

    /// <summary>Where GeoJSON counts from.</summary>
    internal OutlineFrame Frame { get; init; }

    /// <summary>Say after each input what waited for what.</summary>
    internal bool TellsWaits { get; init; }

    /// <param name="own">Of the outputs.</param>
    /// <param name="open">Of a tile or slide.</param>
    /// <param name="mask">Of a tile or slide; it may be a file.</param>
    internal void Predict(PredictInput input, string own, PredictOptions options, Func<Slide> open, Func<MaskChoice?> mask)
    {
        var (name, place, clock) = (input.Name, folder is null ? null : Path.Combine(folder, own), Stopwatch.StartNew());
        void Report(int patches, string result) => _summary.Add([Path.GetFileName(Path.TrimEndingDirectorySeparator(name)), $"{patches:N0}",
            $"{clock.Elapsed.TotalSeconds:0.0}", $"{patches / clock.Elapsed.TotalSeconds:0}", result]);
        try
        {
            cancel.ThrowIfCancellationRequested();
            if (input.IsPatches && formats.Contains("geojson"))
                throw new BadInputException($"{name}: patches have no place on a slide, as GeoJSON holds it; ask for csv, json or sqlite");
            if (place is not null && !options.Overwrite)
                CheckFree(place, options.Resume);
            using var slide = input.IsPatches ? null : open();
            var mapped = map is { } value && slide is not null ? MapOf(slide, value) : default(Resolution?);
            var all = slide is null ? options with { At = null, Stride = null, Rule = default } : options with { Mask = mask(), Mpp = null, Resize = false };
            PredictionTable Run(PatchPredictor by, PredictOptions how) => slide is not null ? by.Predict(slide, how, cancel)
                : input.Patches is { } files ? by.Predict(files, how, cancel) : by.Predict(name, how, cancel);
            PredictionProgress? last = null;
            var table = WithBar(name, progress => Run(predictor, all with
            {
                Progress = told =>
                {
                    last = told;
                    progress?.Invoke(told);
                },
                SaveTo = place is null ? null : $"{place}.sqlite",
            }));
            if (TellsWaits && last is { NetworkWaited: { } network, ReadersWaited: { } readers })
                Console.Error.WriteLine(FormattableString.Invariant($"patchwise: {name}: the network waited for patches {100 * network:0} % of the time, ")
                    + FormattableString.Invariant($"reading for the network {100 * readers:0} %"));
            foreach (var format in place is null ? [] : formats.Except(["sqlite"]))
                if (format == "geojson")
                    table.SaveGeoJson($"{place}.geojson", frame: Frame);
                else
                    table.Save($"{place}.{format}");
            if (mapped is { } at)
            {
                var classes = PredictionMap.Of(table, new() { At = at }, cancel);
                classes.Save($"{place}.map.png");
                Overlay.Of(slide!, classes, alpha: 0.5).Pixels.Save($"{place}.overlay.png");
            }
            if (exact is not null)
            {
                var other = Run(exact, all with { KeepProbabilities = false, Resume = false, Overwrite = false });
                _same += table.Zip(other).Count(pair => pair.First.Class == pair.Second.Class);
                _compared += table.Count;
            }
            // Of an earlier run, which this one replaces.
            if (place is not null && options is { Overwrite: true, Resume: false })
                Earlier(place).ForEach(Remove);
            _last = table;
            var unread = table.Problems.Where(problem => problem.Excluded).ToList();
            _notes.AddRange(table.Problems.Where(problem => !problem.Excluded).Select(problem => (Path.GetFileName(name), problem.What)).Distinct());
            Report(table.Count, Described(table, unread.Count));
            foreach (var problem in unread.Take(MostNamed))
                Console.Error.WriteLine($"patchwise: {problem.File}: {problem.What.ReplaceLineEndings(" ")}");
            if (unread.Count > MostNamed)
                Console.Error.WriteLine($"patchwise: and {unread.Count - MostNamed} more");
            _unread += unread.Count;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw new PatchwiseException(folder is null ? "stopped"
                : $"stopped; what is predicted is kept in {folder}, and the same command with --resume goes on from there");
        }
        catch (PatchwiseException error)
        {
            _failures.Add(error);
            Report(0, $"failed: {error.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Where microns are not known, a number of at most 1 is the part of the full size; the patches were read as if they were the network's.</summary>
    Resolution MapOf(Slide slide, double value)
    {
        var at = Asked(slide, value);
        // Nobody waits for predictions whose map is then refused.
        new MapOptions().Check(Path.GetFileName(slide.Path), slide.At(at));
        return at;
    }

    Resolution Asked(Slide slide, double value) => slide.Mpp is not null ? Resolution.Mpp(value) : value <= 1 ? Resolution.Baseline(value)
        : predictor.Card.Mpp is { } own ? Resolution.Baseline(Math.Min(1, own.X / value))
        : throw new BadInputException(FormattableString.Invariant($"{slide.Path}: how many microns a pixel has is not known, and a map at {value} times the ")
            + "full size shows nothing more: give the microns (--mpp), or a part of the full size such as --map 0.25");

    static void Remove(string stale)
    {
        try
        {
            File.Delete(stale);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PatchwiseException($"{stale} is of an earlier prediction, which --force replaces, and could not be deleted: {error.Message}; delete it",
                error);
        }
    }

    /// <summary>What this run writes of an input.</summary>
    string[] Endings => [.. formats, .. map is null ? (string[])[] : ["map.png", "overlay.png"]];

    /// <summary>What lies at a place and is not written by this run.</summary>
    List<string> Earlier(string place) =>
        [.. ((string[])["csv", "json", "geojson", "map.png", "overlay.png"]).Except(Endings).Select(ending => $"{place}.{ending}").Where(File.Exists)];

    /// <summary>
    /// A result without its .sqlite, which the predictor looks into, may be of anything; and a result that stays beside new ones is taken for theirs.
    /// </summary>
    void CheckFree(string place, bool resumes)
    {
        if (!resumes && File.Exists($"{place}.sqlite") && Earlier(place) is [var stays, ..])
            throw new BadInputException($"{stays} is of an earlier run, and would stay beside the new {Path.GetFileName(place)}.sqlite: give another --out, "
                + $"have it written, too (--format, --map), or replace all (--force)");
        var endings = Endings;
        if (!File.Exists($"{place}.sqlite") && !File.Exists($"{place}.sqlite.partial")
            && endings.Select(ending => $"{place}.{ending}").FirstOrDefault(File.Exists) is { } other)
            throw new BadInputException(
                $"{other} exists, and no {Path.GetFileName(place)}.sqlite tells what it is of: give another --out, or replace it (--force)");
    }

    static string Described(PredictionTable table, int unread)
    {
        var known = table.Where(row => row.Label is not null).ToList();
        // Over the edge the network saw padding: no tissue.
        var inside = table.Where(table.IsInside).ToList();
        var classes = inside.CountBy(row => row.Class).OrderByDescending(one => one.Value).Take(4)
            .Select(one => $"{table.Classes[one.Key].Name} {100.0 * one.Value / inside.Count:0} %");
        return string.Join("; ", (IEnumerable<string>)[
            .. known.Count > 0 ? (string[])[$"accuracy {(double)known.Count(row => row.Label == row.Class) / known.Count:0.000}"] : [],
            .. known.Count(row => row.IsLearned) is > 0 and var learned ? (string[])[$"at least {learned} are what the head was learned from"] : [],
            .. inside.Count > 0 ? (string[])[string.Join(", ", classes)] : [],
            .. inside.Count < table.Count ? (string[])[$"{table.Count - inside.Count} over the edge left out"] : [],
            .. unread > 0 ? (string[])[$"{unread} not predicted"] : []]);
    }

    /// <summary>Writes the table of all inputs; the exit code, or the only input's error.</summary>
    internal int Summarise()
    {
        if (_failures is [var only] && _summary.Count == 1)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(only);
        Console.WriteLine(new TextTable(["input", "patches", "seconds", "patches/s", "result"], _summary, Right: [false, true, true, true, false]));
        Console.WriteLine($"\nrun by {predictor.Place}");
        if (_compared > 0)
            Console.WriteLine($"{100.0 * _same / _compared:0.00} % of {_compared:N0} patches get the same class as from {exact!.Place}");
        // What is said of many inputs is said once.
        var told = _notes.GroupBy(note => note.What).Select(inputs => inputs.ToList() is [var one] ? $"{one.Input}: {one.What}"
            : FormattableString.Invariant($"{inputs.Count():N0} of {_summary.Count:N0} inputs: {inputs.Key}"));
        foreach (var note in predictor.Notes.Concat(told))
            Console.WriteLine($"note: {note}");
        if (_summary.Count == 1 && _last!.Any(row => row.Label is not null))
            try
            {
                Console.WriteLine($"\n{Evaluation.Of(_last!)}");
            }
            // Such as of classes that do not exclude one another: what is predicted is written.
            catch (BadInputException error)
            {
                Console.WriteLine($"note: the labels are not compared: {error.Message}");
            }
        if (folder is not null)
            Console.WriteLine($"\npredictions are in {folder}");
        if (_unread > 0)
            Console.Error.WriteLine($"patchwise: {_unread} file{(_unread == 1 ? "" : "s")} could not be predicted");
        if (_failures.Count == 0)
            return _unread == 0 ? 0 : 2;
        Console.Error.WriteLine($"patchwise: {_failures.Count} of {_summary.Count} inputs failed, see the table");
        return _failures.TrueForAll(error => error is BadInputException) ? 2 : 1;
    }

    /// <summary>Does long work on patches with a bar, rate and time left, where somebody sees it.</summary>
    internal static T WithBar<T>(string name, Func<Action<PredictionProgress>?, T> predict)
    {
        if (Console.IsErrorRedirected)
            return predict(null);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var words = new Words();
        return console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), words).Start(context =>
        {
            var bar = context.AddTask(Markup.Escape(Path.GetFileName(Path.TrimEndingDirectorySeparator(name))));
            return predict(progress => (bar.MaxValue, bar.Value, words.Latest) = (progress.Total, progress.Done, progress));
        });
    }

    /// <summary>Patches, rate and time left beside the bar.</summary>
    sealed class Words : ProgressColumn
    {
        internal PredictionProgress? Latest { get; set; }

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(Latest?.Numbers ?? "");
    }
}
