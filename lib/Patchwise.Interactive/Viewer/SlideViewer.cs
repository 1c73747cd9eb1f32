namespace Patchwise;

/// <summary>How a viewer is opened.</summary>
public sealed record ViewerOptions
{
    /// <summary>Of this machine; 0: any that is free.</summary>
    public int Port { get; init; }

    /// <summary>What could not be opened, to stand in the list of slides with its reason.</summary>
    public IReadOnlyList<SetProblem> Problems { get; init; } = [];
}

/// <summary>
/// Slides to zoom into in a browser, with what was predicted on them. This process serves them, to this machine only, until the viewer is disposed or the
/// process ends. In a notebook it shows itself in the cell as long as the kernel runs; where none does, a picture stands there.
/// </summary>
public sealed class SlideViewer : IDisposable
{
    /// <summary>Cells go on showing those whose variable is set anew.</summary>
    static readonly HashSet<SlideViewer> Opened = [];

    readonly ViewerServer _server;

    internal IReadOnlyList<ViewerSlide> Slides { get; }

    SlideViewer(IReadOnlyList<ViewerSlide> slides, ViewerOptions options)
    {
        Slides = slides;
        _server = new([.. slides.Select(slide => (Path.GetFileName(slide.Slide.Path), (ViewerSlide?)slide, "")),
            .. options.Problems.Select(one => (Path.GetFileName(one.File), (ViewerSlide?)null, one.What))], options.Port);
        lock (Opened)
            Opened.Add(this);
    }

    /// <summary>Opens a viewer of one slide or tile.</summary>
    /// <param name="slide">It stays yours to close, when nobody looks at it any more.</param>
    /// <param name="predictions">One table or several, such as of two networks, which can be seen side by side.</param>
    /// <exception cref="BadInputException">A table is of another slide.</exception>
    public static SlideViewer Open(Slide slide, params PredictionTable[] predictions) => Open([new(slide) { Predictions = predictions }]);

    /// <summary>Opens a viewer of several slides.</summary>
    /// <param name="options">Null: as they are by default.</param>
    /// <exception cref="BadInputException">A table is of another slide, or none of the annotations lies on theirs.</exception>
    /// <exception cref="PatchwiseException">The port is taken.</exception>
    public static SlideViewer Open(IReadOnlyList<ViewedSlide> slides, ViewerOptions? options = null)
    {
        options ??= new();
        if (options.Port is < 0 or > ushort.MaxValue)
            throw new BadInputException(FormattableString.Invariant($"port {options.Port}: expected 1 to {ushort.MaxValue}, or 0 for any that is free"));
        return slides.Count + options.Problems.Count == 0 ? throw new BadInputException("no slide to look at: expected one at least")
            : new([.. slides.Select(viewed => new ViewerSlide(viewed))], options);
    }

    /// <summary>What to open in a browser. It holds the viewer's password: who has it on this machine sees the slides.</summary>
    public Uri Address => _server.Address;

    internal Uri AliveAddress => _server.AliveAddress;

    /// <summary>The address at which the page shows only some patches, such as those of one cell of a confusion matrix.</summary>
    /// <param name="label">The class that they are known to be, by its name; null: any.</param>
    /// <param name="predicted">The class that they are taken for; null: any.</param>
    /// <param name="slide">Its number in the list.</param>
    /// <param name="prediction">The number of its table.</param>
    /// <exception cref="BadInputException">There is no such class or table.</exception>
    public Uri Link(string? label, string? predicted, int slide = 0, int prediction = 0)
    {
        if ((uint)slide >= (uint)Slides.Count || (uint)prediction >= (uint)Slides[slide].Predictions.Count)
            throw new BadInputException(FormattableString.Invariant(
                $"predictions {prediction} of slide {slide}: expected those of one of {Slides.Count} slides")
                + $", which have {string.Join(", ", Slides.Take(20).Select(one => one.Predictions.Count))} of them");
        var classes = Slides[slide].Predictions[prediction].Table.Classes;
        int? Number(string? name) => name is null ? null : classes.Index().Where(one => one.Item.Name == name).Select(one => (int?)one.Index).FirstOrDefault()
            ?? throw new BadInputException($"no class '{name}': expected {string.Join(", ", classes.Take(20).Select(one => one.Name))}");
        string?[] parts = [slide > 0 ? FormattableString.Invariant($"slide={slide}") : null,
            prediction > 0 ? FormattableString.Invariant($"prediction={prediction}") : null,
            Number(predicted) is { } own ? FormattableString.Invariant($"class={own}") : null,
            Number(label) is { } known ? FormattableString.Invariant($"label={known}") : null];
        return new($"{Address}#{string.Join('&', parts.Where(part => part is not null))}");
    }

    /// <summary>Without the address, which holds the password.</summary>
    public override string ToString() => $"Viewer of {string.Join(", ", Slides.Take(5).Select(one => Path.GetFileName(one.Slide.Path)))}"
        + (Slides.Count > 5 ? $" and {Slides.Count - 5} more" : "");

    /// <summary>Ends the server. The slides stay open.</summary>
    public void Dispose()
    {
        lock (Opened)
            if (!Opened.Remove(this))
                return;
        _server.Dispose();
    }
}
