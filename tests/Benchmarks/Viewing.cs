using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Patchwise.Benchmarks;

/// <summary>
/// A walk over a slide in a browser: the tiles that it asks for, from our viewer's server or from openslide-python behind a threaded WSGI server.
/// </summary>
static class Viewing
{
    const int Tiles = 500, Tile = 256, Across = 6, Down = 4;

    /// <summary>
    /// What a window of 1,500 x 1,000 px asks for while its user goes from the whole slide into a place, pans there to the right and down, and on to the next
    /// place; a browser asks for a tile once.
    /// </summary>
    static IEnumerable<(int Level, int X, int Y)> Walk(PixelSize slide)
    {
        var last = (int)Math.Ceiling(Math.Log2(Math.Max(slide.Width, slide.Height)));
        IEnumerable<(int, int, int)> Seen()
        {
            foreach (var (x, y) in ((double, double)[])[(0.3, 0.4), (0.7, 0.2), (0.5, 0.8), (0.15, 0.6), (0.9, 0.9), (0.6, 0.5), (0.35, 0.1)])
                for (var (level, pan) = (9, 0); pan < 6; level++)
                {
                    if (level > last)
                        (level, pan) = (last, pan + 1);
                    int width = Parts(slide.Width, last - level), height = Parts(slide.Height, last - level);
                    int left = (int)(x * width) + pan * 2 - Across / 2, top = (int)(y * height) + pan - Down / 2;
                    for (var row = Math.Max(0, top); row < Math.Min(height, top + Down); row++)
                        for (var column = Math.Max(0, left); column < Math.Min(width, left + Across); column++)
                            yield return (level, column, row);
                }
        }
        return Seen().Distinct().Take(Tiles);

        static int Parts(int length, int halvings) => (((length - 1) >> halvings) + Tile) / Tile;
    }

    /// <param name="again">Of what was asked for before.</param>
    internal static Action Ours(string folder, bool again, int clients)
    {
        var (slide, viewer) = (default(Slide), default(SlideViewer));
        void Open()
        {
            viewer?.Dispose();
            slide?.Dispose();
            slide = Slide.Open(Path.Combine(folder, "slide.tif"));
            viewer = SlideViewer.Open(slide);
        }
        return Of(folder, again, clients, Open, () => viewer!.Address, tile => $"api/slides/0/tiles/{tile.Level}/{tile.X}_{tile.Y}.jpg");
    }

    internal static Action Theirs(string script, string folder, bool again, int clients)
    {
        var server = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script, Path.Combine(folder, "slide.tif")]) { RedirectStandardOutput = true })!;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Kill();
        Work.Measured = server.Id;
        var address = new Uri(server.StandardOutput.ReadLine()!);
        using var http = new HttpClient();
        void Open()
        {
            using var reset = new HttpClient();
            reset.GetStringAsync(new Uri(address, "open")).Wait();
        }
        return Of(folder, again, clients, Open, () => address, tile => $"slide_files/{tile.Level}/{tile.X}_{tile.Y}.jpeg");
    }

    static Action Of(string folder, bool again, int clients, Action open, Func<Uri> address, Func<(int Level, int X, int Y), string> path)
    {
        (int, int, int)[] walk;
        using (var slide = Slide.Open(Path.Combine(folder, "slide.tif")))
            walk = [.. Walk(slide.Size)];
        Inputs.Expect(walk.Length, Tiles, "tiles");
        open();
        if (again)
            Go();
        return () =>
        {
            if (!again)
                open();
            var slowest = Go().Order().ElementAt(Tiles * 95 / 100);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {path(walk[0]).Split('/')[0]}, {(again ? "again" : "first")}, {clients} clients: 95 % of tiles within {slowest:0.0} ms"));
        };

        double[] Go()
        {
            var took = new double[Tiles];
            Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
            {
                using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() });
                (await http.GetAsync(address())).Dispose();
                for (var i = client; i < Tiles; i += clients)
                {
                    var began = Stopwatch.GetTimestamp();
                    var bytes = await http.GetByteArrayAsync(new Uri(address(), "/" + path(walk[i])));
                    took[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                    if (bytes is not [0xFF, 0xD8, ..])
                        throw new InvalidOperationException($"{path(walk[i])} is no JPEG");
                }
            }))).Wait();
            return took;
        }
    }
}
