using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Patchwise;

/// <summary>
/// A measured table on disk, so that one notebook uses what another has computed. The file's name holds a digest of all that the table depends on, so another
/// set, changed masks or other parameters have another file. A damaged file counts as none.
/// </summary>
sealed class RegionCache(string folder, ImageSet set, RegionProperties properties)
{
    /// <summary>To be raised when what is measured or stored changes.</summary>
    const int Version = 2;

    /// <param name="Rows">
    /// Of each object: value, pixels, box (4), first column, centroid (2), and where measured the shape (8), in the order of their records.
    /// </param>
    sealed record Stored(string Name, int Width, int Height, double? Magnification, double[][] Rows, string[]? Notes = null);

    internal string Path { get; } = System.IO.Path.Combine(folder, $"regions-{Digest(set, properties)}.json");

    internal RegionTable? TryLoad()
    {
        try
        {
            using var stream = File.OpenRead(Path);
            var images = JsonSerializer.Deserialize<Stored[]>(stream)!;
            return RegionTable.Concat([.. images.Select(image => new RegionTable(
                [new(image.Name, image.Width, image.Height, image.Magnification is { } power ? new Magnification(power) : null, image.Rows.Length)
                    { Notes = image.Notes ?? [] }],
                image.Rows.Select((row, i) => ToRegion(image.Name, i + 1, row)),
                image.Magnification is { } same ? new Magnification(same) : null))]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or NullReferenceException or ArgumentException
            or IndexOutOfRangeException or PatchwiseException)
        {
            return null;
        }
    }

    internal void Save(RegionTable table)
    {
        var rows = table.ToLookup(row => row.Image);
        var text = JsonSerializer.Serialize(table.Images.Select(image =>
            new Stored(image.Name, image.Width, image.Height, image.Magnification?.Power, [.. rows[image.Name].Select(ToNumbers)], [.. image.Notes])));
        try
        {
            WholeFile.WriteText(Path, text);
        }
        catch (BadInputException)
        {
            // Another process writes the same.
        }
    }

    static double[] ToNumbers(Region row)
    {
        var (value, pixels, box, firstX, cx, cy) = row.Basics;
        double[] basics = [value, pixels, box.X0, box.Y0, box.X1, box.Y1, firstX!.Value, cx, cy];
        return row.Shape is { } s ? [.. basics, s.Perimeter, s.Eccentricity, s.Major, s.Minor, s.Orientation, s.Solidity, s.Euler, s.MaxFeret] : basics;
    }

    static Region ToRegion(string image, int label, double[] n) => new(image, label,
        new((long)n[0], (int)n[1], new((int)n[2], (int)n[3], (int)n[4], (int)n[5]), (int)n[6], n[7], n[8]),
        n.Length == 9 ? null : new(n[9], n[10], n[11], n[12], n[13], n[14], (int)n[15], n[16]));

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
