using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Patchwise;

/// <summary>Patches to predict, all of one size, which several threads read at once and in any order.</summary>
/// <param name="name">Of the whole, for progress and messages.</param>
abstract class PatchFeed(string name, int count, PixelSize size)
{
    internal string Name => name;
    internal int Count => count;
    internal PixelSize Size => size;

    internal IReadOnlyList<PredictionSource> Sources { get; private protected init; } = [];

    /// <summary>What is known of a patch before it is predicted.</summary>
    internal abstract Prediction At(int index);

    /// <summary>What tells these patches from others, by name and as text, beside their files.</summary>
    internal abstract IEnumerable<(string Name, string Value)> Parameters();

    /// <summary>What to say beside the predictions.</summary>
    internal virtual IEnumerable<SetProblem> Notes => [];

    /// <summary>Fills <paramref name="rgb"/> with the 8-bit samples of a patch, row by row.</summary>
    /// <returns>Null, or why this patch cannot be predicted while the others can.</returns>
    internal abstract string? Read(int index, Memory<byte> rgb);

    /// <summary>Whether a patch lies inside its image: what does not is padded with white.</summary>
    protected virtual bool IsWhole(int index) => true;

    int _brightest = -1;

    /// <summary>As <see cref="Read"/>, and remembers how bright patches are.</summary>
    internal string? ReadSeen(int index, Memory<byte> rgb)
    {
        if (Read(index, rgb) is { } fault)
            return fault;
        Seen(index, rgb.Span);
        if (!IsWhole(index))
            return null;
        var most = Darkness.Brightest(rgb.Span);
        for (var known = _brightest; most > known; known = _brightest)
            Interlocked.CompareExchange(ref _brightest, most, known);
        return null;
    }

    /// <summary>Called with the samples of each patch that is predicted, from several threads.</summary>
    protected virtual void Seen(int index, ReadOnlySpan<byte> rgb)
    {
    }

    /// <summary>What to say beside the predictions, when patches were read.</summary>
    internal virtual IEnumerable<SetProblem> AllNotes =>
        _brightest is >= 0 and var most && Darkness.Of(most) is { } dark ? [.. Notes, new(Name, dark, false)] : Notes;

    protected static string Digest(ReadOnlySpan<byte> bytes) => $"sha256 {Convert.ToHexStringLower(SHA256.HashData(bytes))}";
}

/// <summary>Images each of which is one patch.</summary>
/// <param name="labels">The class of each patch, null where it is not known; null: none is.</param>
abstract class ImageFeed(string name, int count, IReadOnlyList<int?>? labels, PatchFit fit) : PatchFeed(name, count, fit.Size)
{
    readonly IReadOnlyList<int?>? _labels = labels is null || labels.Count == count ? labels
        : throw new BadInputException($"{labels.Count} labels for {count} patches: expected one each");

    /// <summary>By pixels the first patch that has these, and the others with what they have.</summary>
    readonly Dictionary<ulong, int> _first = [];
    readonly SortedDictionary<int, ulong> _copies = [];

    protected PatchFit Fit => fit;

    protected override void Seen(int index, ReadOnlySpan<byte> rgb)
    {
        // Glass looks like glass.
        if (rgb[3..].SequenceEqual(rgb[..^3]))
            return;
        var key = XxHash3.HashToUInt64(rgb);
        lock (_first)
            if (!_first.TryAdd(key, index) && _first[key] is var other && other != index)
            {
                // Patches are read in any order.
                _first[key] = Math.Min(index, other);
                _copies[Math.Max(index, other)] = key;
            }
    }

    internal override IEnumerable<SetProblem> AllNotes => _copies.Count == 0 ? base.AllNotes : _copies.First() is var (copy, pixels) ? [.. base.AllNotes,
        new(Name, Invariant($"{_copies.Count:N0} of {Count:N0} patches hold the same pixels as others, such as {Sources[_first[pixels]].Name} and ")
            + $"{Sources[copy].Name}: measures and their intervals take them for different ones", false)] : [];

    /// <summary>How many have no label while others have.</summary>
    protected int Unlabelled => _labels?.Count(label => label is null) ?? 0;

    internal override Prediction At(int index) => new(index, Box.Of(Size), Box.Of(Size), 0, 0, _labels?[index]);

    internal override IEnumerable<(string, string)> Parameters() => [("patch", Size.ToString()), ("resize", Fit.Resizes ? "yes" : "no")];
}

/// <summary>Image files. Each is decoded once, when it is its turn.</summary>
sealed class FileFeed : ImageFeed
{
    readonly IReadOnlyList<string> _files;
    int _decoded;

    /// <param name="patients">Whose each file is; null: not known.</param>
    internal FileFeed(string name, IReadOnlyList<string> files, IReadOnlyList<int?>? labels, PatchFit fit, IReadOnlyList<string>? patients = null)
        : base(name, files.Count, labels, fit)
    {
        if (files.Count == 0)
            throw new BadInputException($"{name} holds no patches: expected image files, or folders of them named by class");
        _files = files;
        // Where the first, the last and the one between have another size, all have: nobody wants to wait until they are read.
        string?[] faults = [.. ((int[])[0, files.Count / 2, files.Count - 1]).Distinct().Select(i => Told(files[i], () => Fault(files[i])))];
        if (Array.TrueForAll(faults, fault => fault is not null))
            throw new BadInputException($"{files[0]}: {faults[0]}");
        Sources = [.. files.Select((file, i) => new PredictionSource(file) { Version = FileVersion.Of(file), Patient = patients?[i] })];
    }

    internal override IEnumerable<SetProblem> Notes =>
    [
        .. LeftOut == "" ? (SetProblem[])[] : [new(Name, $"left out, as no images that can be read: {LeftOut}", false)],
        .. Masks > 0 ? (SetProblem[])[new(Name, FormattableString.Invariant($"left out, as masks of the others: {Masks} files"), false)] : [],
        .. Unlabelled > 0 ? (SetProblem[])[new(Name, FormattableString.Invariant(
            $"{Unlabelled} patches are of no class of the model, as far as their folders tell, and in none of the measures"), false)] : [],
    ];

    /// <summary>Files beside these that are no images, counted.</summary>
    internal string LeftOut { private get; init; } = "";

    /// <summary>Files beside these that are masks of them.</summary>
    internal int Masks { private get; init; }

    /// <summary>How many files were decoded, for tests.</summary>
    internal int Decoded => _decoded;

    internal override string? Read(int index, Memory<byte> rgb)
    {
        Interlocked.Increment(ref _decoded);
        var file = _files[index];
        return Told(file, () =>
        {
            if (Fault(file) is { } fault)
                return fault;
            Fit.Copy(Raster.Load(file), rgb.Span);
            return null;
        });
    }

    string? Fault(string file) => Raster.ReadInfo(file) is var info ? Fit.Fault(info.Size, info.Mpp) : null;

    /// <summary>What is wrong with a file, also where it cannot be read.</summary>
    static string? Told(string file, Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (BadInputException error)
        {
            return $"cannot be read: {(error.Message.StartsWith(file, StringComparison.Ordinal) ? error.Message[file.Length..].TrimStart(':', ' ')
                : error.Message)}";
        }
    }
}

/// <summary>Images in memory.</summary>
sealed class RasterFeed : ImageFeed
{
    readonly IReadOnlyList<Raster> _patches;

    internal RasterFeed(IReadOnlyList<Raster> patches, IReadOnlyList<int?>? labels, PatchFit fit) : base("images in memory", patches.Count, labels, fit)
    {
        if (patches.Count == 0)
            throw new BadInputException("no patches: expected at least one image");
        foreach (var (index, patch) in patches.Index())
            if (fit.Fault(patch.Size, patch.Mpp) is { } fault)
                throw new BadInputException($"patch {index}: {fault}");
        _patches = patches;
        Sources = [.. Enumerable.Range(0, patches.Count).Select(index => new PredictionSource($"patch {index}"))];
    }

    internal override IEnumerable<(string, string)> Parameters() => [.. base.Parameters(), ("images", Digest(
        [.. _patches.SelectMany((patch, i) => (byte[])[.. SHA256.HashData(patch.AsBytes()),
            .. Encoding.UTF8.GetBytes($"{patch.Size} {patch.Channels} {patch.Bits} {At(i).Label}\n")])]))];

    internal override string? Read(int index, Memory<byte> rgb)
    {
        Fit.Copy(_patches[index], rgb.Span);
        return null;
    }
}

/// <summary>The patches of a grid over a slide or tile.</summary>
sealed class GridFeed : PatchFeed
{
    readonly Slide _slide;
    readonly PatchGrid _grid;
    readonly ReadRule _rule;

    /// <param name="card">Of the network that takes them.</param>
    /// <param name="notes">On how the grid was chosen.</param>
    internal GridFeed(ModelCard card, Slide slide, PatchGrid grid, ReadRule rule, IEnumerable<string> notes) : base(slide.Path, grid.Count, grid.Size)
    {
        var at = slide.Mpp is { } full ? new Mpp(full.X * slide.Size.Width / grid.Frame.Size.Width, full.Y * slide.Size.Height / grid.Frame.Size.Height)
            : (Mpp?)null;
        var differs = at is { } mpp && card.Mpp is { } own && (PatchFit.Differs(mpp.X, own.X) || PatchFit.Differs(mpp.Y, own.Y))
            ? Invariant($"read at {(PatchFit.Differs(mpp.X, own.X) ? mpp.X : mpp.Y):0.####} microns per pixel, but {card.Name} was made for {own.X:0.####}")
            : null;
        Notes = [.. ((string?[])[differs, .. slide.Notes, .. notes]).OfType<string>().Select(note => new SetProblem(slide.Path, note, false))];
        grid.CheckIsOver(slide);
        if (grid.Count == 0)
            throw new BadInputException(
                $"{slide.Path}: no patch is left of {grid}: the mask shows no tissue, or the edge leaves none whole; give another mask, or none "
                    + $"(MaskChoice.None, --mask none)");
        (_slide, _grid, _rule) = (slide, grid, rule);
        Sources = [new(slide.Path, grid.Frame) { Version = File.Exists(slide.Path) ? FileVersion.Of(slide.Path) : null }];
    }

    protected override bool IsWhole(int index) => Box.Of(_grid.Frame.Size).Contains(_grid[index].Box);

    internal override Prediction At(int index)
    {
        var patch = _grid[index];
        return new(0, patch.Box, patch.Level0, 0, 0);
    }

    internal override IEnumerable<SetProblem> Notes { get; } = [];

    internal override IEnumerable<(string, string)> Parameters() =>
    [
        // Of a plain image its pixels, too: it may be one page or channel of the file, or made of what the file holds.
        ("slide", $"{Path.GetFileName(_slide.Path)}, {_slide.Size} px, {Sources[0].Version?.Content ?? "in memory"}"
            + (_slide.IsPlainImage || Sources[0].Version is null ? $", its thumbnail's {Digest(_slide.Thumbnail().AsBytes())}" : "")),
        ("scale", $"{_slide.Mpp?.ToString() ?? "unknown"}, {_slide.Magnification?.ToString() ?? "unknown"}"),
        ("resolution", _grid.Frame.Resolution.ToString()), ("frame", _grid.Frame.ToString()), ("patch", _grid.Size.ToString()),
        ("stride", _grid.Stride.ToString()), ("mask", $"leaves {_grid.Count} patches, {Digest(MemoryMarshal.AsBytes<int>(
            [.. _grid.SelectMany(patch => (int[])[patch.Box.X0, patch.Box.Y0])]))}"),
        ("read rule", _rule.ToString()),
    ];

    internal override string? Read(int index, Memory<byte> rgb)
    {
        _slide.ReadTo(_grid, index, rgb.Span, _rule);
        return null;
    }
}
