using System.Text.Json.Nodes;

namespace Patchwise.Cli;

/// <summary>A slide to look at, with what is known of it; without one, why it could not be opened.</summary>
sealed record ViewInput(string File, Slide? Slide, string Error)
{
    internal List<PredictionTable> Tables { get; } = [];
    internal AnnotationSet? Annotations { get; set; }
}

/// <summary>What the inputs of the command line are: slides, and beside them what was predicted of them.</summary>
sealed class ViewInputs(Func<string, Slide> open)
{
    const string Results = ".sqlite";

    /// <summary>Each is kept open with its predictions, some MB.</summary>
    const int MostOfCohort = 300;

    readonly List<ViewInput> _all = [];

    internal IReadOnlyList<ViewInput> All => _all;

    /// <summary>A slide, an image, the result of a prediction, a folder of these, the results of a cohort, or those of one of its slides.</summary>
    internal void Add(string input)
    {
        if (!Directory.Exists(input))
        {
            if (IsResult(input))
                AddTable(input, asked: true);
            else
                _all.Add(new(input, open(input), ""));
            return;
        }
        if (File.Exists(Path.Combine(input, "check.json")))
        {
            AddOfCohort(input);
            return;
        }
        if (File.Exists(Path.Combine(input, "slides.csv")) && Directory.Exists(Path.Combine(input, "slides")))
        {
            var listed = CohortSlide.Read(Path.Combine(input, "slides.csv"));
            if (listed.Count > MostOfCohort)
                Commands.Note([FormattableString.Invariant($"{input} has {listed.Count:N0} slides: the first {MostOfCohort} are shown; name the folder of any ")
                    + $"other instead, such as {Path.Combine(input, "slides", listed[^1].Id)}"]);
            foreach (var slide in listed.Take(MostOfCohort))
                AddOfCohort(Path.Combine(input, "slides", slide.Id));
            return;
        }
        string[] files = [.. Directory.EnumerateFiles(input).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal)],
            results = [.. files.Where(IsResult)];
        var pictures = results.SelectMany(file => (string[])[Path.ChangeExtension(file, ".map.png"), Path.ChangeExtension(file, ".overlay.png")]).ToHashSet();
        var before = _all.Count;
        var placed = false;
        foreach (var file in files.Where(file => PredictInputs.IsTaken(file) && !pictures.Contains(file)))
            TryAdd(file);
        foreach (var file in results)
            placed |= AddTable(file, asked: false);
        if (_all.Count == before && !placed)
            throw new BadInputException($"{input} holds no slide, no image and no result of 'patchwise predict' on one ({Results}): expected one at least");
    }

    /// <summary>A slide as 'patchwise cohort' opened it, with its own predictions: others may have its name and size.</summary>
    void AddOfCohort(string folder)
    {
        var (file, results) = (folder, Path.Combine(folder, "predictions.sqlite"));
        try
        {
            if (CohortStep.Read(Path.Combine(folder, "check.json")) is not { } check || (string?)check["path"] is not { } path)
                throw new BadInputException("not done yet: 'patchwise cohort check' has not seen it");
            file = path;
            if ((string?)check["failure"] is { } reason)
                throw new BadInputException(reason);
            _all.Add(new(file, (double?)check["given"] is { } mpp ? Slide.Open(file, new Mpp(mpp)) : open(file), ""));
            if (CohortStep.Read(Path.Combine(folder, "predict.json")) is not { } predicted || predicted["failure"] is not null)
                return;
            file = results;
            // Of the slide as it was then, which the cohort's own numbers leave out, too.
            var tissue = CohortStep.Read(Path.Combine(folder, "tissue.json"));
            static bool IsOld(JsonObject? step, string? made) => (string?)step?["of"] is { } of && made is not null && of != made;
            if (IsOld(tissue, (string?)check["content"]) || IsOld(predicted, (string?)tissue?["from"])
                || ((string?)check["file"] is { } seen && File.Exists(path) && FileVersion.Of(path).Content != seen))
                throw new BadInputException($"{results} was made before {path} changed: run the cohort again");
            var (table, size) = (PredictionTable.Load(results), _all[^1].Slide!.Size);
            if (table.Sources is not [{ Frame.Level0: var was }] || was != size)
                throw new BadInputException($"{results} is not of {_all[^1].File} of {size} px, which has changed: run the cohort again");
            _all[^1].Tables.Add(table);
        }
        catch (PatchwiseException error)
        {
            _all.Add(new(file, null, error.Message));
        }
    }

    static bool IsResult(string file) => Path.GetExtension(file).Equals(Results, StringComparison.OrdinalIgnoreCase);

    ViewInput TryAdd(string file)
    {
        try
        {
            _all.Add(new(file, open(file), ""));
        }
        catch (PatchwiseException error)
        {
            _all.Add(new(file, null, error.Message));
        }
        return _all[^1];
    }

    /// <summary>
    /// Puts predictions on their slides; slides that are not there yet come with them, from where they were predicted or from beside the file.
    /// </summary>
    /// <param name="asked">By itself: what cannot be shown is an error then.</param>
    /// <returns>Whether they were put on a slide.</returns>
    internal bool AddTable(string file, bool asked)
    {
        if (!IsResult(file))
            throw new BadInputException($"{file}: expected the {Results} file that 'patchwise predict --out' writes, beside those of other formats");
        try
        {
            var table = PredictionTable.Load(file);
            var placed = table.Sources.Where(source => source.Frame is not null).ToList();
            if (placed.Count == 0)
                throw new BadInputException($"{file} holds predictions of images that are a patch each: expected those of a tile or slide");
            foreach (var source in placed)
                SlideOf(source, Path.GetDirectoryName(file)!).Tables.Add(table);
            return true;
        }
        catch (PatchwiseException error) when (!asked)
        {
            _all.Add(new(file, null, error.Message));
            return false;
        }
    }

    ViewInput SlideOf(PredictionSource source, string folder)
    {
        var (name, size) = (Path.GetFileName(source.Name), source.Frame!.Level0);
        // Of several of one name and size that which was predicted, or a copy.
        bool IsAnother(ViewInput one) => one.Slide is { IsPlainImage: var plain } && source.Version?.IsNot(one.File, isSlide: !plain) == true;
        var alike = _all.FindAll(one => one.Slide?.Size == size);
        if ((alike.Find(one => Path.GetFullPath(one.File) == source.Version?.Path && !IsAnother(one))
            ?? alike.Find(one => Path.GetFileName(one.File) == name && !IsAnother(one))) is { } found)
            return found;
        // A slide that was moved or is called otherwise now; its size is hardly that of another. Tiles often have the same.
        var file = ((string?[])[source.Version?.Path, source.Name, Path.Combine(folder, name)])
            .FirstOrDefault(one => File.Exists(one) && source.Version?.IsNot(one, isSlide: true) != true);
        if ((file is null || !_all.Exists(one => one.Slide is { IsPlainImage: true })) && alike is [var only]
            && !IsAnother(only))
            return only;
        if (file is null)
            throw new BadInputException($"the slide {source.Version?.Path ?? source.Name} of {size} px, which was predicted, is not there: "
                + "name it as an input, where it lies now" + (alike.Count > 0 ? $"; {alike[0].File} has its size and is another file" : ""));
        _all.Add(new(file, open(file), ""));
        return _all[^1].Slide!.Size == size ? _all[^1]
            : throw new BadInputException($"{file} has {_all[^1].Slide!.Size} px and had {size} px when it was predicted: "
                + "expected the same slide; predict it again");
    }

    /// <summary>On the only slide, or on the one whose name the file has.</summary>
    internal void AddAnnotations(string file)
    {
        var stem = Path.GetFileNameWithoutExtension(file);
        var own = _all.Where(one => one.Slide is not null).ToList();
        if (own.Count > 1)
            own = own.FindAll(one => Path.GetFileName(one.File) == stem || Path.GetFileNameWithoutExtension(one.File) == stem);
        if (own is not [var slide])
            throw new BadInputException($"{file}: {own.Count} of the slides are called so: expected one slide, or annotations of the name of theirs");
        slide.Annotations = AnnotationSet.Load(file);
    }
}
