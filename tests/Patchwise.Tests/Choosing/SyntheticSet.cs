using System.Globalization;

namespace Patchwise.Tests;

/// <summary>A folder of made-up images with masks, gone when disposed of: smooth noise with rectangles as objects.</summary>
sealed class SyntheticSet : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("patchwise-selection-").FullName;
    readonly List<string> _index = ["image,mask,magnification"];

    internal string Folder => _folder;

    internal ImageSet Open() => ImageSet.Open(_folder);

    internal SyntheticSet Add(string name, int width, int height, double? magnification, params (Box Box, int Value)[] objects) =>
        Add(name, Noise(name.Length + width + 31 * height, width, height), magnification, objects);

    internal SyntheticSet Add(string name, Raster image, double? magnification, params (Box Box, int Value)[] objects)
    {
        var mask = new byte[image.Width * image.Height];
        foreach (var (box, value) in objects)
            for (var y = box.Y0; y < box.Y1; y++)
                mask.AsSpan(y * image.Width + box.X0, box.Width).Fill((byte)value);
        image.Save(Path.Combine(_folder, $"{name}.png"));
        Raster.FromSamples(image.Width, image.Height, 1, mask).Save(Path.Combine(_folder, $"{name}_mask.png"));
        _index.Add(string.Create(CultureInfo.InvariantCulture, $"{name}.png,{name}_mask.png,{magnification}"));
        File.WriteAllLines(Path.Combine(_folder, "index.csv"), _index);
        return this;
    }

    /// <summary>A set of several images with objects of all sides from 3 to 50, none touching another.</summary>
    internal static SyntheticSet Varied(int seed)
    {
        var random = new Random(seed);
        var set = new SyntheticSet();
        for (var i = 0; i < 4; i++)
        {
            var objects = new List<(Box, int)>();
            for (var y = 0; y < 3; y++)
                for (var x = 0; x < 4; x++)
                {
                    var (w, h) = (random.Next(3, 51), random.Next(3, 51));
                    objects.Add((new Box(x * 60 + 2, y * 60 + 2, x * 60 + 2 + w, y * 60 + 2 + h), random.Next(1, 4)));
                }
            set.Add($"image{i}", 240 + i, 181, 40, [.. objects]);
        }
        return set;
    }

    /// <summary>RGB, never 0, so that black is padding.</summary>
    internal static Raster Noise(int seed, int width, int height)
    {
        var random = new Random(seed);
        var samples = new byte[width * height * 3];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = (byte)(i < width * 3 ? random.Next(20, 255) : Math.Clamp((samples[i - width * 3] * 3 + random.Next(20, 255)) / 4, 20, 254));
        return Raster.FromSamples(width, height, 3, samples);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
