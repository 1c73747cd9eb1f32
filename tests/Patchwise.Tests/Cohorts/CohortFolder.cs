using System.Globalization;
using System.Text.Json;

namespace Patchwise.Tests;

/// <summary>A folder of results as the steps of a cohort leave it, made up.</summary>
sealed class CohortFolder : IDisposable
{
    internal const string Hostile = "<img src=x onerror=alert(1)>&'";

    internal static readonly (string Name, string Title, string Color)[] Classes =
    [
        ("BACK", "background", "#000000"), ("NORM", "normal colon mucosa", "#89ff00"), ("DEB", "debris", "#4e1462"),
        ("TUM", "colorectal adenocarcinoma epithelium", "#c41400"), ("ADI", "adipose", "#ffb1ff"), ("MUC", "mucus", "#d88914"),
        ("MUS", "smooth muscle", "#6289ff"), ("STR", "cancer-associated stroma", "#894e89"), ("LYM", "lymphocytes", "#2700eb"),
    ];

    readonly TemporaryFolder _folder = new();
    readonly List<string> _lines = ["id,path,mpp,mask,label,group"];
    readonly Random _random = new(5);
    readonly byte[][] _thumbnails, _maps;

    /// <param name="pictures">Different ones; 0: slides have none.</param>
    internal CohortFolder(int pictures = 4)
    {
        // Wide and high ones, which must not be stretched.
        var made = Enumerable.Range(0, pictures).Select(i => Picture(i % 2 == 0 ? new(300, 160) : new(150, 240), i)).ToArray();
        (_thumbnails, _maps) = ([.. made.Select(one => one.Slide.ToJpeg(85))], [.. made.Select(one => one.Map.ToPng())]);
    }

    internal string Path => _folder.Path;

    internal string At(string relative) => _folder.At(relative);

    public void Dispose() => _folder.Dispose();

    /// <summary>Slides whose numbers are drawn at random; those with the label tumor have more of it.</summary>
    internal CohortFolder Add(int count, bool labels = true, bool groups = true)
    {
        for (var i = 0; i < count; i++)
        {
            var tumor = _random.Next(2) == 1;
            Add(string.Create(CultureInfo.InvariantCulture, $"slide-{_lines.Count:0000}"), labels ? tumor ? "tumor" : "normal" : null,
                groups ? string.Create(CultureInfo.InvariantCulture, $"patient {_lines.Count / 2}") : null, tumor ? 0.25 : 0.1);
        }
        return this;
    }

    internal CohortFolder Add(string id, string? label = null, string? group = null, double tumor = 0.1, double tissue = double.NaN)
    {
        List(id, label, group);
        double[] weights = [.. Classes.Select(one => 1 + 0.4 * _random.NextDouble())];
        var rest = weights.Sum() - weights[3];
        var share = Math.Clamp(tumor + 0.1 * (_random.NextDouble() - 0.5), 0.01, 0.99);
        double Share(int k) => Math.Round(k == 3 ? share : weights[k] / rest * (1 - share), 4);
        Write(id, "check", new
        {
            id,
            path = $"/slides/{id}.svs",
            label,
            group,
            bytes = 123456789 + _lines.Count,
            digest = string.Create(CultureInfo.InvariantCulture, $"{_lines.Count:x64}"),
            width = 40000,
            height = 30000,
            micronsPerPixel = 0.499,
            objective = 20,
            format = "aperio",
            scanner = "Aperio GT450",
            levels = 3,
            seconds = 0.1
        });
        Write(id, "tissue", new
        {
            tissueMm2 = double.IsNaN(tissue) ? Math.Round(Math.Exp(4 + 0.4 * Normal()), 2) : tissue,
            tissueShare = 0.4,
            quality = new
            {
                focus = Math.Round(1 - 0.04 * _random.NextDouble(), 3),
                pen = 0.0,
                dark = 0.004,
                background = 240,
                stains = new[] { (double[])[0.55 + 0.01 * Normal(), 0.72, 0.42], [0.27, 0.85 + 0.01 * Normal(), 0.45] },
                stainDistance = Math.Round(8 + 2 * Normal(), 2)
            },
            seconds = 2.5
        });
        Write(id, "predict", new
        {
            model = "resnet18-kather100k",
            modelDigest = new string('a', 64),
            patches = 4000,
            patch = 224,
            micronsPerPixel = 0.5,
            classes = Classes.Select((one, k) => new
            {
                name = one.Name,
                title = one.Title,
                color = one.Color,
                count = (int)(4000 * Share(k)),
                share = Share(k),
                low = Math.Max(0, Share(k) - 0.04),
                high = Math.Min(1, Share(k) + 0.05),
                meanProbability = Share(k)
            }),
            meanConfidence = Math.Round(0.85 + 0.02 * Normal(), 3),
            lowConfidence = Math.Round(0.06 + 0.02 * _random.NextDouble(), 3),
            seconds = 30.5,
            parameters = new { stride = 224, threshold = 0.5 }
        });
        if (_thumbnails.Length == 0)
            return this;
        File.WriteAllBytes(At($"slides/{id}/thumbnail.jpg"), _thumbnails[_lines.Count % _thumbnails.Length]);
        File.WriteAllBytes(At($"slides/{id}/map.png"), _maps[_lines.Count % _maps.Length]);
        return this;
    }

    /// <summary>What a network of a thousand classes, such as those of ImageNet, says of a slide that is there: most of them occur nowhere.</summary>
    internal CohortFolder WithManyClasses(string id, int classes = 1001, int patches = 200)
    {
        // Few are frequent; each slide has some rare ones of its own.
        var counts = new int[classes];
        for (var i = 0; i < patches; i++)
            counts[_random.Next(4) > 0 ? 40 * _random.Next(30) % classes : _random.Next(classes)]++;
        return Write(id, "predict", new
        {
            model = "imagenet",
            modelDigest = new string('b', 64),
            patches,
            classes = counts.Select((count, k) => new
            {
                name = string.Create(CultureInfo.InvariantCulture, $"n{k:0000} {(k % 2 == 0 ? "black-footed ferret, ferret, Mustela nigripes" : "tub")}"),
                count,
                share = count / (double)patches,
                low = 0.0,
                high = Math.Min(1, 2.0 * count / patches),
                meanProbability = count / (double)patches,
            }),
            meanConfidence = 0.4,
            lowConfidence = 0.7,
            parameters = new { stride = 224 },
        });
    }

    /// <summary>A slide that is listed, and of which nothing is there.</summary>
    internal CohortFolder List(string id, string? label = null, string? group = null)
    {
        static string Quoted(string? text) => $"\"{text?.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        _lines.Add($"{Quoted(id)},{Quoted($"/slides/{id}.svs")},,,{Quoted(label)},{Quoted(group)}");
        return this;
    }

    internal CohortFolder Write(string id, string step, object content) => Write(id, step, JsonSerializer.Serialize(content));

    internal CohortFolder Write(string id, string step, string content)
    {
        _folder.Write($"slides/{id}/{step}.json", content);
        return this;
    }

    internal Cohort Open(CohortOptions? options = null) => Cohort.Open(Listed(), options ?? new(), default);

    /// <summary>With the list written.</summary>
    internal string Listed()
    {
        _folder.Write("slides.csv", string.Join('\n', _lines) + "\n");
        return Path;
    }

    double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    /// <summary>Something like a section on glass, and a map of squares over it.</summary>
    static (Raster Slide, Raster Map) Picture(PixelSize size, int seed)
    {
        var (slide, map, random) = (new Raster(size.Width, size.Height, 3), new Raster(size.Width, size.Height, 3), new Random(seed));
        var colors = Enumerable.Range(0, 400).Select(_ => Classes[random.Next(1, Classes.Length)].Color).ToArray();
        for (var y = 0; y < size.Height; y++)
            for (var x = 0; x < size.Width; x++)
            {
                var (across, down) = ((x - size.Width / 2.0) / size.Width, (y - size.Height / 2.0) / size.Height);
                var tissue = across * across + down * down < 0.16 + 0.02 * Math.Sin(7 * Math.Atan2(down, across));
                Span<byte> to = slide.Samples8[((y * size.Width + x) * 3)..], over = map.Samples8[((y * size.Width + x) * 3)..];
                (to[0], to[1], to[2]) = tissue ? ((byte)(190 + random.Next(40)), (byte)(110 + random.Next(50)), (byte)(170 + random.Next(40)))
                    : ((byte)243, (byte)241, (byte)244);
                var color = tissue ? colors[y / 12 * 20 % 380 + x / 12 % 20] : "#ffffff";
                (over[0], over[1], over[2]) = (Part(1), Part(3), Part(5));
                byte Part(int at) => Convert.ToByte(color.Substring(at, 2), 16);
            }
        return (slide, map);
    }
}
