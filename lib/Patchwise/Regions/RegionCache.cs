using System.Security.Cryptography;
using System.Text.Json;

namespace Patchwise;

/// <summary>
/// A measured table on disk, so that one notebook uses what another has computed. The file's name holds a digest of all that the table depends on, so another
/// set, changed masks or other parameters have another file. A damaged file counts as none.
/// </summary>
sealed class RegionCache(string folder, ImageSet set, RegionProperties properties)
{
    /// <summary>To be raised when what is measured or stored changes.</summary>
    const int Version = 4;

    sealed record Row(RegionBasics Basics, RegionShape? Shape);

    sealed record Stored(string Name, int Width, int Height, double? Magnification, Row[] Rows, string[] Notes);

    static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Strict) { IgnoreReadOnlyProperties = true };

    internal string Path { get; } = System.IO.Path.Combine(folder, $"regions-{Digest(set, properties)}.json");

    internal RegionTable? TryLoad()
    {
        try
        {
            using var stream = File.OpenRead(Path);
            return RegionTable.Concat([.. JsonSerializer.Deserialize<Stored[]>(stream, Options)!.Select(image =>
            {
                var magnification = image.Magnification is { } power ? new Magnification(power) : (Magnification?)null;
                return new RegionTable([new(image.Name, image.Width, image.Height, magnification, image.Rows.Length) { Notes = image.Notes }],
                    image.Rows.Select((row, i) => new Region(image.Name, i + 1, row.Basics, row.Shape)), magnification);
            })]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or NullReferenceException or ArgumentException
            or PatchwiseException)
        {
            return null;
        }
    }

    internal void Save(RegionTable table)
    {
        var rows = table.ToLookup(row => row.Image);
        var text = JsonSerializer.Serialize(table.Images.Select(image => new Stored(image.Name, image.Width, image.Height, image.Magnification?.Power,
            [.. rows[image.Name].Select(row => new Row(row.Basics, row.Shape))], [.. image.Notes])), Options);
        try
        {
            WholeFile.WriteText(Path, text);
        }
        catch (BadInputException)
        {
            // Another process writes the same.
        }
    }

    static string Digest(ImageSet set, RegionProperties properties)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Version} {properties}\n");
        foreach (var image in set.Images)
        {
            var file = new FileInfo(image.MaskPath!);
            text.Append(CultureInfo.InvariantCulture,
                $"{image.Name}\n{file.FullName}\n{file.Length} {file.LastWriteTimeUtc.Ticks} {image.Magnification?.Power:R} {image.Reading} "
                + $"{image.Changed?.Word}\n");
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }
}
