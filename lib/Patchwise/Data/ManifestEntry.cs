using System.Text.Json.Serialization;

namespace Patchwise;

/// <summary>What an entry of the manifest holds.</summary>
public enum DataKind { ImagesWithMasks, ImagesWithObjects, LabelledPatches, Slide, Tile, Model }

/// <summary>One data set or model of data-manifest.json.</summary>
/// <param name="Folder">Of an embedded set, relative to the manifest; null for one that is fetched.</param>
/// <param name="Classes">In the order of a model's outputs.</param>
public sealed record ManifestEntry(string Id, string Title, DataKind Kind, string Licence, string Source, IReadOnlyList<ManifestFile> Files,
    string? Folder = null, DataResolution? Resolution = null, IReadOnlyList<ClassInfo>? Classes = null, ModelInput? Model = null)
{
    public IReadOnlyList<ClassInfo> Classes { get; } = Classes ?? [];

    [JsonIgnore]
    public bool IsEmbedded => Folder is not null;

    /// <summary>Bytes of all files as they travel, or null where one is not known.</summary>
    [JsonIgnore]
    public long? Bytes => Files.All(f => f.Bytes is not null) ? Files.Sum(f => f.Bytes) : null;
}

/// <summary>A file of an entry.</summary>
/// <param name="Path">Below the entry's folder, with / between folders.</param>
/// <param name="Bytes">Null where not known.</param>
/// <param name="Sha256">64 lower-case hex digits; null where not known: fetching then records the digest that was seen and warns.</param>
/// <param name="Urls">Tried in order; none for an embedded file.</param>
/// <param name="Unpack">The file is a zip archive, replaced by what it holds.</param>
public sealed record ManifestFile(string Path, long? Bytes, string? Sha256, IReadOnlyList<string>? Urls = null, bool Unpack = false)
{
    public IReadOnlyList<string> Urls { get; } = Urls ?? [];
}

/// <summary>Whether a figure is stated by the source of the data or assumed here.</summary>
public enum Basis { Stated, Assumed }

/// <summary>Microns per pixel, or magnification, or both, of all images of an entry.</summary>
public sealed record DataResolution(Basis Basis, double? Mpp = null, double? Magnification = null, string? Note = null);

/// <param name="Name">Short, as in file names.</param>
/// <param name="Title">In words.</param>
/// <param name="Color">As #rrggbb.</param>
public sealed record ClassInfo(string Name, string Title, string Color);

/// <summary>What a model expects: square patches of this side and step, in px at the entry's resolution.</summary>
/// <param name="PublishedF1">The mean F1 score that its publishers state, on their own test patches; null where they state none.</param>
public sealed record ModelInput(string Architecture, int Patch, int Stride, double? PublishedF1 = null);
