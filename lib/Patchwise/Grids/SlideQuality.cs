namespace Patchwise;

/// <summary>How <see cref="SlideQuality"/> looks at a slide.</summary>
public sealed record QualityOptions
{
    /// <summary>Null: found by <see cref="TissueMask.Of(Slide, TissueOptions, CancellationToken)"/>.</summary>
    public TissueMask? Tissue { get; init; }

    /// <summary>Patches of tissue that are read for focus and stain, chosen at random over the whole slide.</summary>
    public int Patches { get; init; } = 300;

    /// <summary>Chooses the patches.</summary>
    public int Seed { get; init; } = 7;

    /// <summary>The stain colors to compare with.</summary>
    public StainColor Reference { get; init; } = StainColor.Reference;
}

/// <summary>A patch whose focus was measured.</summary>
/// <param name="Sharpness">Variance of the Laplacian over that of the brightness, over what sharp tissue has at least: below 1 it is out of focus.</param>
public readonly record struct FocusPatch(GridPatch Patch, double Sharpness)
{
    public bool InFocus => Sharpness >= 1;
}

/// <summary>
/// What is wrong with a slide before anything is predicted of it: out of focus, marked by pen, folded or very dark, badly lit, stained otherwise than what a
/// network learned from. Of a slide that glows on a dark ground (fluorescence) only the tissue is known: all else is of light that goes through a slide.
/// </summary>
public sealed record SlideQuality : ITabular
{
    /// <summary>Side in px, and microns per px, of the patches that are looked at.</summary>
    const int Side = 256;
    const double At = 1, Coarsest = 2.2;

    /// <summary>
    /// What sharp tissue has at least, a micron per px: at 1 and at 2 microns per px 95 % of the embedded patches have more, and more than 90 % have less when
    /// they are blurred by a Gaussian of one px.
    /// </summary>
    const double SharpAtOne = 0.65;

    /// <summary>Px of a block, over which brightness varies by what tissue is made of, not by where tissue ends; and how many a patch must have.</summary>
    const int Block = 24, LeastBlocks = 8;

    /// <summary>Brightness of 0..255 at 8 microns per px below which 1 % of the embedded patches lie: folds, ink, clots, pigment.</summary>
    const int VeryDark = 44;

    /// <summary>Variance of brightness below which a block is one color, but for noise.</summary>
    const double LeastVariance = 25;

    const double Overview = 8;

    public required string Slide { get; init; }

    public required TissueMask Tissue { get; init; }

    /// <summary>Square mm of tissue; null where microns per px are not known.</summary>
    public double? TissueArea { get; init; }

    /// <summary>Share of the measured patches that are in focus, with its 95 % interval; null where none could be measured.</summary>
    public Estimate? InFocus { get; init; }

    /// <summary>The patches whose focus was measured.</summary>
    public IReadOnlyList<FocusPatch> Focus { get; init; } = [];

    /// <summary>Share of the slide with ink of green or blue pens; red and black ink are not told from tissue. Null on a dark ground.</summary>
    public double? Pen { get; init; }

    /// <summary>255 where <see cref="Pen"/> is, over all of the slide.</summary>
    public required Raster PenPixels { get; init; }

    /// <summary>Share of the tissue that is very dark: folds, ink, clots. Null on a dark ground.</summary>
    public double? Dark { get; init; }

    /// <summary>255 where <see cref="Dark"/> is, over all of the slide.</summary>
    public required Raster DarkPixels { get; init; }

    /// <summary>Median brightness, 0..255, of what is neither tissue nor pen nor pure white or black; null where there is hardly any such glass.</summary>
    public int? Background { get; init; }

    /// <summary>Null where too little stain was found.</summary>
    public StainColor? Stain { get; init; }

    /// <summary>Degrees between <see cref="Stain"/> and the reference, see <see cref="StainColor.DegreesFrom"/>.</summary>
    public double? StainDegrees { get; init; }

    /// <summary>What could not be measured, and why.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <exception cref="BadInputException">
    /// An option out of range, a mask of another shape, or the slide cannot be read.
    /// </exception>
    public static SlideQuality Of(Slide slide, QualityOptions options, CancellationToken cancel)
    {
        if (options.Patches < 1)
            throw new BadInputException(Invariant($"Patches: {options.Patches}: expected 1 or more, such as 300"));
        List<string> notes = [];
        options.Tissue?.CheckIsOver(slide);
        var overview = slide.Whole(slide.Mpp is { } mpp && mpp.X < Overview ? Resolution.Mpp(Overview) : null, Raster.DefaultPixelLimit, cancel);
        var finder = new TissueFinder(cancel);
        var tissue = options.Tissue ?? TissueMask.Of(slide, new(), cancel);
        var none = new Raster(overview.Width, overview.Height, 1);
        var known = new SlideQuality
        {
            Slide = slide.Path,
            Tissue = tissue,
            TissueArea = slide.Mpp is { } own ? tissue.Share * slide.Size.Width * own.X * slide.Size.Height * own.Y / 1e6 : null,
            PenPixels = none,
            DarkPixels = none,
            Notes = notes,
        };
        if (finder.IsFluorescence(overview))
        {
            notes.Add("the slide glows on a dark ground, as fluorescence does: focus, pen, darkness and stain are of light that goes through a slide, and were "
                + "not measured");
            return known;
        }
        var (pen, grey, dark) = (finder.Ink(overview), overview.Luminance(), new Raster(overview.Width, overview.Height, 1));
        var mask = tissue.Pixels.Resize(overview.Size, ResizeMethod.Nearest);
        long inTissue = 0;
        var glass = new long[256];
        for (var i = 0; i < overview.Size.Area; i++)
        {
            var (brightness, isTissue) = (grey.Samples8[i], mask.Samples8[i] != 0);
            inTissue += isTissue ? 1 : 0;
            if (isTissue && brightness < VeryDark)
                dark.Samples8[i] = 255;
            // Pure white and black were not scanned.
            else if (!isTissue && pen.Samples8[i] == 0 && brightness is > 16 and < 254)
                glass[brightness]++;
        }
        var (focus, stain) = Looked(slide, tissue, options, notes, cancel);
        static double Count(Raster of) => of.AsBytes().Count((byte)255);
        var (sharp, background) = (focus.Count(one => one.InFocus), glass.Sum());
        if (background < overview.Size.Area / 200.0)
            notes.Add("hardly any glass is seen, so its brightness is not known");
        if (stain is null)
            notes.Add("no two stains were found: their colors are not known");
        return known with
        {
            InFocus = focus.Length > 0 ? Estimate.OfShare(sharp, focus.Length) : null,
            Focus = focus,
            Pen = Count(pen) / overview.Size.Area,
            PenPixels = pen,
            Dark = inTissue == 0 ? 0 : Count(dark) / inTissue,
            DarkPixels = dark,
            Background = background < overview.Size.Area / 200.0 ? null : TissueFinder.Median(glass),
            Stain = stain,
            StainDegrees = stain?.DegreesFrom(options.Reference),
        };
    }

    /// <summary>Reads patches of tissue, spread at random.</summary>
    static (FocusPatch[] Focus, StainColor? Stain) Looked(Slide slide, TissueMask tissue, QualityOptions options, List<string> notes, CancellationToken cancel)
    {
        var at = slide.Mpp is { } mpp ? Math.Max(At, Math.Max(mpp.X, mpp.Y)) : (double?)null;
        var grid = PatchGrid.Over(slide, Side, at > At || at is null ? Resolution.Level(0) : Resolution.Mpp(At),
            new GridOptions { Mask = tissue, MinTissue = 0.5, Edge = EdgePolicy.Whole });
        if (grid.Count == 0)
            notes.Add(Invariant($"no patch of {Side} px is tissue by half: focus and stain were not looked at"));
        int[] chosen = [.. SeededOrder.Of(options.Seed, grid.Count).Take(options.Patches).Order()];
        // Of each patch only what is asked of it is kept.
        var (step, judged) = (StainColor.StepOf((long)chosen.Length * Side * Side), at <= Coarsest);
        var looked = chosen.AsParallel().AsOrdered().WithCancellation(cancel).Select((i, before) =>
        {
            var patch = slide.Read(grid[i].Box, grid.Frame, ReadRule.Plain, alone: true);
            return (Patch: grid[i], Ratio: judged ? SharpRatio(patch.Luminance()) : null,
                Densities: StainColor.Densities(patch, (long)before * Side * Side, step));
        }).ToArray();
        var stain = StainColor.OfDensities([.. looked.SelectMany(one => one.Densities)]);
        if (!judged)
        {
            notes.Add(at is null ? "microns per px are not known, so focus was not judged: state mpp when opening the slide"
                : Invariant($"at {at:0.##} microns per px blur is not told from tissue: focus was not judged"));
            return ([], stain);
        }
        if (looked.Count(one => one.Ratio is null) is var pale && 2 * pale > looked.Length)
            notes.Add(Invariant($"{pale:N0} of {looked.Length:N0} patches of tissue have too little contrast to judge their focus: the share in focus is of ")
                + "the others");
        var least = SharpAtOne * at!.Value;
        return ([.. looked.Where(one => one.Ratio is not null).Select(one => new FocusPatch(one.Patch, one.Ratio!.Value / least))], stain);
    }

    /// <summary>
    /// Variance of the Laplacian (of four neighbours) over variance of the brightness, which strong and weak stain share: the median of the blocks of a patch
    /// that have contrast; null where hardly any has.
    /// </summary>
    /// <param name="patch">One channel, see <see cref="Raster.Luminance"/>.</param>
    static double? SharpRatio(Raster patch)
    {
        var (width, height) = (patch.Width, patch.Height);
        ReadOnlySpan<byte> grey = patch.Samples8;
        static double Variance(double sum, double squares) => squares / (Block * Block) - Math.Pow(sum / (Block * Block), 2);
        List<double> ratios = [];
        for (var top = 1; top + Block < height; top += Block)
            for (var left = 1; left + Block < width; left += Block)
            {
                double sum = 0, squares = 0, sumOf = 0, squaresOf = 0;
                for (var y = top; y < top + Block; y++)
                    for (var at = y * width + left; at < y * width + left + Block; at++)
                    {
                        var (value, laplacian) = (grey[at], grey[at - 1] + grey[at + 1] + grey[at - width] + grey[at + width] - 4 * grey[at]);
                        (sum, squares, sumOf, squaresOf) = (sum + value, squares + value * value, sumOf + laplacian, squaresOf + laplacian * laplacian);
                    }
                if (Variance(sum, squares) is var variance && variance >= LeastVariance)
                    ratios.Add(Variance(sumOf, squaresOf) / variance);
            }
        return ratios.Count < LeastBlocks ? null : new Distribution(ratios).Percentile(50);
    }

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable()
    {
        static string Percent(double share) => Invariant($"{100 * share:0.0} %");
        static string Rgb((byte R, byte G, byte B) color) => $"#{color.R:x2}{color.G:x2}{color.B:x2}";
        return new(["", "", "what to look for"],
        [
            ["tissue", Percent(Tissue.Share) + (TissueArea is { } area ? Invariant($" of the slide, {area:0.0} square mm") : " of the slide"), ""],
            ["in focus", InFocus is { } focus ? Invariant($"{Percent(focus.Value)} of {Focus.Count} patches ({Percent(focus.Low)} to {Percent(focus.High)})")
                : "not judged", "scan again where much is out of focus"],
            ["pen", Pen is { } pen ? Percent(pen) + " of the slide" : "not judged", "green and blue ink; it is left out of the tissue"],
            ["very dark", Dark is { } dark ? Percent(dark) + " of the tissue" : "not judged", "folds, clots, black ink: look at them"],
            ["background", Background is { } glass ? Invariant($"{glass} of 255") : "not seen", "below 200 it is badly lit, or glass was taken for tissue"],
            ["stain", Stain is { } stain ? Invariant($"{StainDegrees:0} degrees from the reference; hematoxylin {Rgb(StainColor.Seen(stain.Hematoxylin))}, ")
                + $"eosin {Rgb(StainColor.Seen(stain.Eosin))}" : "not found", "far from what a network learned from it errs more"],
            .. Notes.Select(note => (string[])["note", note, ""]),
        ], "Quality of the slide");
    }
}
