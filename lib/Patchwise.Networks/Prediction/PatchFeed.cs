using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Patchwise;

/// <summary>Patches to predict, all of one size, which several threads read at once and in any order.</summary>
abstract class PatchFeed
{
    /// <summary>Of the whole, for progress and messages.</summary>
    internal abstract string Name { get; }

    internal abstract int Count { get; }

    /// <summary>Of every patch.</summary>
    internal abstract PixelSize Size { get; }

    internal abstract IReadOnlyList<PredictionSource> Sources { get; }

    /// <summary>What is known of a patch before it is predicted.</summary>
    internal abstract Prediction At(int index);

    /// <summary>What tells these patches from others, by name and as text.</summary>
    internal abstract IEnumerable<(string Name, string Value)> Parameters();

    /// <summary>Fills <paramref name="rgb"/> with the 8-bit samples of a patch, row by row.</summary>
    internal abstract void Read(int index, Memory<byte> rgb);
}

/// <summary>Image files, each of which is one patch. Each is decoded once, when it is its turn.</summary>
sealed class FileFeed : PatchFeed
{
    readonly IReadOnlyList<string> _files;
    readonly IReadOnlyList<int?>? _labels;
    int _decoded;

    /// <param name="labels">The class of each file, null where it is not known; null: none is.</param>
    internal FileFeed(string name, IReadOnlyList<string> files, IReadOnlyList<int?>? labels)
    {
        if (files.Count == 0)
            throw new BadInputException($"{name} holds no patches: expected image files (.png, .jpg, .tif), or folders of them named by class");
        if (labels is not null && labels.Count != files.Count)
            throw new BadInputException($"{labels.Count} labels for {files.Count} patches: expected one each");
        (Name, _files, _labels) = (name, files, labels);
        Sources = [.. files.Select(file => new PredictionSource(file))];
        Size = Raster.ReadInfo(files[0]).Size;
    }

    internal override string Name { get; }
    internal override int Count => _files.Count;
    internal override PixelSize Size { get; }
    internal override IReadOnlyList<PredictionSource> Sources { get; }

    /// <summary>How many files were decoded, for tests.</summary>
    internal int Decoded => _decoded;

    internal override Prediction At(int index) => new(index, Box.Of(Size), Box.Of(Size), 0, 0, _labels?[index]);

    internal override IEnumerable<(string, string)> Parameters()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (i, file) in _files.Index())
            hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{file}\n{FileIdentity.Of(file)}\n{_labels?[i]}\n")));
        return [("files", FormattableString.Invariant(
            $"{_files.Count}, sha256 of names, sizes, times and labels {Convert.ToHexStringLower(hash.GetHashAndReset())}"))];
    }

    internal override void Read(int index, Memory<byte> rgb)
    {
        Interlocked.Increment(ref _decoded);
        if (Raster.LoadPatch(_files[index], Size, rgb) is { } other)
            throw new BadInputException(
                $"{_files[index]} is {other} px, {_files[0]} is {Size} px: expected patches of one size; predict a larger image by itself, as a tile");
    }
}

/// <summary>Images in memory, each of which is one patch.</summary>
sealed class RasterFeed : PatchFeed
{
    readonly IReadOnlyList<Raster> _patches;
    readonly IReadOnlyList<int?>? _labels;

    internal RasterFeed(IReadOnlyList<Raster> patches, IReadOnlyList<int?>? labels)
    {
        if (patches.Count == 0)
            throw new BadInputException("no patches: expected at least one image");
        if (labels is not null && labels.Count != patches.Count)
            throw new BadInputException($"{labels.Count} labels for {patches.Count} patches: expected one each");
        (_patches, _labels, Size) = (patches, labels, patches[0].Size);
        foreach (var (index, patch) in patches.Index())
            if (patch.Size != Size)
                throw new BadInputException(
                    $"patch {index} is {patch.Size} px, patch 0 is {Size} px: expected patches of one size; predict a larger image as a tile (Slide.Of)");
        Sources = [.. Enumerable.Range(0, patches.Count).Select(index => new PredictionSource(FormattableString.Invariant($"patch {index}")))];
    }

    internal override string Name => "images in memory";
    internal override int Count => _patches.Count;
    internal override PixelSize Size { get; }
    internal override IReadOnlyList<PredictionSource> Sources { get; }

    internal override Prediction At(int index) => new(index, Box.Of(Size), Box.Of(Size), 0, 0, _labels?[index]);

    internal override IEnumerable<(string, string)> Parameters()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (i, patch) in _patches.Index())
        {
            hash.AppendData(patch.AsBytes());
            hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{patch.Channels} {patch.Bits} {_labels?[i]}\n")));
        }
        return [("images", FormattableString.Invariant($"{_patches.Count} of {Size} px, sha256 {Convert.ToHexStringLower(hash.GetHashAndReset())}"))];
    }

    internal override void Read(int index, Memory<byte> rgb) => _patches[index].CopyPatch(Size, rgb.Span);
}

/// <summary>The patches of a grid over a slide or tile.</summary>
sealed class GridFeed : PatchFeed
{
    readonly Slide _slide;
    readonly PatchGrid _grid;
    readonly ReadRule _rule;

    /// <exception cref="BadInputException">The grid is over another slide, or is empty.</exception>
    internal GridFeed(Slide slide, PatchGrid grid, ReadRule rule)
    {
        grid.CheckIsOver(slide);
        if (grid.Count == 0)
            throw new BadInputException(
                $"{slide.Path}: no patch is left of {grid}: the mask shows no tissue, or the edge leaves none whole; give another mask, or none "
                    + $"(MaskChoice.None, --mask none)");
        (_slide, _grid, _rule, Sources) = (slide, grid, rule, [new(slide.Path, grid.Frame)]);
    }

    internal override string Name => _slide.Path;
    internal override int Count => _grid.Count;
    internal override PixelSize Size => _grid.Size;
    internal override IReadOnlyList<PredictionSource> Sources { get; }

    internal override Prediction At(int index)
    {
        var patch = _grid[index];
        return new(0, patch.Box, patch.Level0, 0, 0);
    }

    internal override IEnumerable<(string, string)> Parameters()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var patch in _grid)
            hash.AppendData(MemoryMarshal.AsBytes<int>([patch.Box.X0, patch.Box.Y0]));
        return
        [
            ("slide", $"{Path.GetFileName(_slide.Path)}, {_slide.Size} px, "
                + $"{(File.Exists(_slide.Path) ? FileIdentity.Of(_slide.Path) : $"in memory, sha256 of its thumbnail "
                + $"{Convert.ToHexStringLower(SHA256.HashData(_slide.Thumbnail().AsBytes()))}")}"), ("resolution", _grid.Frame.Resolution.ToString()),
                ("frame", _grid.Frame.ToString()),
            ("patch", _grid.Size.ToString()), ("stride", _grid.Stride.ToString()),
                ("mask", $"leaves {_grid.Count} patches, sha256 {Convert.ToHexStringLower(hash.GetHashAndReset())}"), ("read rule", _rule.ToString()),
        ];
    }

    internal override void Read(int index, Memory<byte> rgb) => _slide.ReadTo(_grid, index, rgb.Span, _rule);
}

/// <summary>What tells a file from another of its name without reading it.</summary>
static class FileIdentity
{
    internal static string Of(string path) => new FileInfo(path) is var file && file.Exists
        ? FormattableString.Invariant($"{file.Length} bytes of {file.LastWriteTimeUtc:O}") : "not there";
}
