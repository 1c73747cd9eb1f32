using System.Security.Cryptography;
using System.Text.Json;

namespace Patchwise.Tests;

/// <summary>Image files of every kind, and what other programs read from them; tests/data/imaging/make_images.py makes both.</summary>
static class ImageFiles
{
    /// <summary>The pixels of a file in order: 16-bit samples with the low byte first.</summary>
    internal sealed record Expected(int Width, int Height, int Channels, int Bits, string Sha256, double[]? Mpp = null, double? Magnification = null,
        string? MaskSha256 = null);

    sealed record Table(Dictionary<string, Expected> Images, Dictionary<string, string> Refused);

    static readonly string Folder = Repository.Golden("imaging");

    static readonly Table All = JsonSerializer.Deserialize<Table>(File.ReadAllText(At("expected.json")), JsonSerializerOptions.Web)!;

    /// <summary>Names for a theory.</summary>
    public static TheoryData<string> Readable => [.. All.Images.Keys];

    /// <summary>Names, and a word that the refusal must hold.</summary>
    public static TheoryData<string, string> Refused
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (name, word) in All.Refused)
                data.Add(name, word);
            return data;
        }
    }

    internal static Expected Of(string name) => All.Images[name];

    internal static bool IsReadable(string name) => All.Images.ContainsKey(name);

    internal static string At(string name) => Path.Combine(Folder, name);

    internal static byte[] Bytes(string name) => File.ReadAllBytes(At(name));

    internal static string Digest(Raster raster) => Convert.ToHexStringLower(SHA256.HashData(raster.Data));

    internal static Raster Noise(int width, int height, int channels, int bits, int seed)
    {
        var raster = new Raster(width, height, channels, bits);
        new Random(seed).NextBytes(raster.Data);
        return raster;
    }

    /// <summary>A slope in each channel with a little noise: JPEG keeps it nearly as it is.</summary>
    internal static Raster Slope(int width, int height, int channels, int seed = 1)
    {
        var raster = new Raster(width, height, channels);
        var random = new Random(seed);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var c = 0; c < channels; c++)
                    raster.Data[(y * width + x) * channels + c] = (byte)(60 * c + (x + y * (c + 1)) * 50 / (width + height) + random.Next(3));
        return raster;
    }

}
