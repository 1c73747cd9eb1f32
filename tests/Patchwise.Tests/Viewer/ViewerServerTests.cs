using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Patchwise.Tests;

public sealed class ViewerServerTests : IDisposable
{
    readonly Slide _slide = Slide.Open(SlideFiles.Aperio);
    readonly PredictionTable _table;
    readonly SlideViewer _viewer;

    public ViewerServerTests()
    {
        _table = MadeUp.Grid(_slide.At(Resolution.Mpp(1)), 64, 64, MadeUp.Classes(5)).WithLabels(row => row.Box.X0 / 64 % 5);
        _table = new(_table.Model, _table.Classes, [new(_slide.Path, _slide.At(Resolution.Mpp(1)))], [.. _table],
            [.. Enumerable.Range(0, _table.Count).SelectMany(row => _table.Probabilities(row).ToArray())]);
        _viewer = SlideViewer.Open(_slide, _table, MadeUp.Bare(_table));
    }

    public void Dispose()
    {
        _viewer.Dispose();
        _slide.Dispose();
    }

    /// <summary>What no client library would send.</summary>
    (int Status, string Text) Raw(string request)
    {
        using var client = new TcpClient("127.0.0.1", _viewer.Address.Port);
        client.ReceiveTimeout = 10_000;
        using var stream = client.GetStream();
        var text = "";
        try
        {
            stream.Write(Encoding.ASCII.GetBytes(request));
        }
        catch (IOException)
        {
            // It was refused before it was read to its end.
        }
        try
        {
            text = new StreamReader(stream).ReadToEnd();
        }
        catch (IOException)
        {
            return (400, "reset");
        }
        return (text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture) : 0, text);
    }

    string Cookie => $"patchwise-{_viewer.Address.Port}={_viewer.Address.Query["?token=".Length..]}";

    int Status(string path, string? host = null, string? cookie = null, string method = "GET") =>
        Raw($"{method} {path} HTTP/1.1\r\nHost: {host ?? $"127.0.0.1:{_viewer.Address.Port}"}\r\nCookie: {cookie ?? Cookie}\r\n"
            + "Connection: close\r\n\r\n").Status;

    static byte[] Body(HttpResponseMessage response)
    {
        using var body = new MemoryStream();
        response.Content.ReadAsStream().CopyTo(body);
        return body.ToArray();
    }

    [Fact]
    public void Only_who_has_the_token_is_answered_and_under_this_machines_names_only()
    {
        var port = _viewer.Address.Port;
        Assert.Equal(200, Status("/api/slides"));
        Assert.Equal(200, Status("/api/slides", $"localhost:{port}"));
        Assert.All((string[])["evil.example", $"evil.example:{port}", "127.0.0.1", $"127.0.0.1:{port + 1}", $"127.0.0.1.evil.example:{port}",
            $"[::1]:{port}", ""],
            host => Assert.Equal(400, Status("/api/slides", host)));
        Assert.Equal(400, Status(_viewer.Address.PathAndQuery, $"evil.example:{port}"));
        Assert.All((string[])["", "x=1", $"patchwise-{port}=", $"patchwise-{port}=0123456789abcdef0123456789abcdef", Cookie + "0", Cookie[..^1]],
            cookie => Assert.All((string[])["/", "/api/slides", "/viewer.js", "/api/slides/0/tiles/12/0_0.jpg", "/nothing"],
                path => Assert.Equal(403, Status(path, cookie: cookie))));
        Assert.Equal(403, Status("/?token=0123456789abcdef0123456789abcdef", cookie: ""));
        Assert.Equal(403, Status("/?token=", cookie: ""));
        Assert.All((string[])["POST", "PUT", "DELETE", "OPTIONS"], method => Assert.Equal(405, Status("/api/slides", method: method)));
        Assert.Equal(200, Status("/api/slides", method: "HEAD"));
    }

    [Fact]
    public void The_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_have()
    {
        var answer = Raw($"GET {_viewer.Address.PathAndQuery} HTTP/1.1\r\nHost: 127.0.0.1:{_viewer.Address.Port}\r\nConnection: close\r\n\r\n");
        Assert.Equal(302, answer.Status);
        Assert.Contains("Location: /\r\n", answer.Text, StringComparison.Ordinal);
        Assert.Contains($"Set-Cookie: {Cookie}; path=/; samesite=strict; httponly\r\n", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_frame_below_the_token_needs_no_cookie()
    {
        var path = $"/{_viewer.Address.Query["?token=".Length..]}/";
        Assert.Contains($"Location: {path}\r\n", Raw($"GET {_viewer.Address.PathAndQuery} HTTP/1.1\r\nHost: 127.0.0.1:{_viewer.Address.Port}\r\n"
            + "Sec-Fetch-Site: cross-site\r\nConnection: close\r\n\r\n").Text, StringComparison.Ordinal);
        Assert.Equal(204, Status(path + "alive", cookie: ""));
        Assert.Equal(403, Status("/alive", cookie: ""));
        Assert.All((string[])["", "openseadragon.min.js", "api/slides", "api/slides/0/tiles/12/0_0.jpg"],
            rest => Assert.Equal(200, Status(path + rest, cookie: "")));
        Assert.Equal(404, Status(path + "../../etc/passwd".Replace("..", "%2e%2e", StringComparison.Ordinal), cookie: Cookie));
        Assert.Equal(403, Status("/" + path[2..] + "api/slides", cookie: ""));
        Assert.Equal(403, Status(path[..^1], cookie: ""));
        Assert.Equal(400, Status(path + "api/slides", "evil.example", ""));
    }

    [Theory]
    [InlineData("/../../etc/passwd", 404)]
    [InlineData("/..%2f..%2fetc%2fpasswd", 404)]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd", 404)]
    [InlineData("/api/slides/../../../etc/passwd", 404)]
    [InlineData("/..\\..\\etc\\passwd", 404)]
    [InlineData("/index.html%00.js", 400)]
    [InlineData("/viewer/index.html", 404)]
    [InlineData("/api/slides/1/thumbnail.jpg", 404)]
    [InlineData("/api/slides/-1/thumbnail.jpg", 404)]
    [InlineData("/api/slides/99999999999999999999/thumbnail.jpg", 404)]
    [InlineData("/api/slides/0/tiles/13/0_0.jpg", 404)]
    [InlineData("/api/slides/0/tiles/6/0_0.jpg", 404)]
    [InlineData("/api/slides/0/tiles/-1/0_0.jpg", 404)]
    [InlineData("/api/slides/0/tiles/2147483647/0_0.jpg", 404)]
    [InlineData("/api/slides/0/tiles/12/10_0.jpg", 404)]
    [InlineData("/api/slides/0/tiles/12/-1_0.jpg", 404)]
    [InlineData("/api/slides/0/tiles/12/0_2147483647.jpg", 404)]
    [InlineData("/api/slides/0/tiles/12/0_0.png", 404)]
    [InlineData("/api/slides/0/tiles/12/0_0.jpg?grey=2", 400)]
    [InlineData("/api/slides/0/map/2/12/0_0.png", 404)]
    [InlineData("/api/slides/0/map/0/12/0_0.png?style=round", 400)]
    [InlineData("/api/slides/0/map/0/12/0_0.png?hide=9", 400)]
    [InlineData("/api/slides/0/map/0/12/0_0.png?hide=-1", 400)]
    [InlineData("/api/slides/0/map/0/12/0_0.png?from=NaN", 400)]
    [InlineData("/api/slides/0/map/0/12/0_0.png?from=0,5", 400)]
    [InlineData("/api/slides/0/map/0/12/0_0.png?from=0.1&from=0.2", 400)]
    [InlineData("/api/slides/0/probability/0/5/12/0_0.png", 404)]
    [InlineData("/api/slides/0/probability/1/0/12/0_0.png", 404)]
    [InlineData("/api/slides/0/disagreement/0/2/12/0_0.png", 404)]
    [InlineData("/api/slides/0/predictions/0/items/1000000", 404)]
    [InlineData("/api/slides/0/predictions/0/patch/-1.jpg", 404)]
    [InlineData("/api/slides/0/predictions/0/at?x=here&y=0", 400)]
    [InlineData("/api/slides/0/predictions/0/find?differs=2", 400)]
    [InlineData("/api/slides/0/predictions/0/find?class=5", 400)]
    [InlineData("/api/slides/0/predictions/0/find?step=2", 400)]
    [InlineData("/api/slides/0/predictions/0/find?after=-1", 400)]
    public void What_is_not_there_is_refused_and_the_server_goes_on(string path, int status)
    {
        Assert.Equal(status, Status(path));
        Assert.Equal(200, Status("/api/slides"));
    }

    [Fact]
    public void A_huge_request_is_refused_and_the_server_goes_on()
    {
        Assert.InRange(Status("/api/slides?" + new string('a', 1 << 20)), 400, 499);
        Assert.InRange(Status("/api/slides", cookie: new string('a', 1 << 20)), 400, 499);
        Assert.InRange(Raw("nonsense\r\n\r\n").Status, 400, 499);
        Assert.Equal(200, Status($"/api/slides/0/map/0/12/0_0.png?hide={string.Join(',', Enumerable.Repeat("1", 3000))}"));
        Assert.Equal(200, Status("/api/slides"));
    }

    [Fact]
    public void A_tag_saves_the_answer()
    {
        using var visitor = new Visitor(_viewer);
        foreach (var path in (string[])["/", "/openseadragon.min.js", "/api/slides", "/api/slides/0/tiles/12/3_4.jpg",
            "/api/slides/0/map/0/9/0_0.png?style=outline"])
        {
            string tag;
            using (var first = visitor.Get(path))
                tag = first.Headers.ETag!.ToString();
            using var again = visitor.Get(path, ("If-None-Match", tag));
            Assert.Equal((HttpStatusCode.NotModified, 0, tag),
                (again.StatusCode, Body(again).Length, again.Headers.ETag!.ToString()));
            Assert.Equal(HttpStatusCode.OK, visitor.Status(path, ("If-None-Match", "\"0123456789abcdef\"")));
        }
        using var one = visitor.Get("/api/slides/0/tiles/12/3_4.jpg");
        using var other = visitor.Get("/api/slides/0/tiles/12/4_3.jpg");
        Assert.NotEqual(one.Headers.ETag, other.Headers.ETag);
    }

    [Fact]
    public void Eight_clients_at_once_get_what_one_gets()
    {
        var zoom = new DeepZoom(_slide.Size);
        var paths = Enumerable.Range(0, 12).SelectMany(y => Enumerable.Range(0, 9).SelectMany(x =>
            (string[])[$"tiles/12/{x}_{y}.jpg", $"map/0/12/{x}_{y}.png"]))
            .Select(path => $"/api/slides/0/{path}").ToArray();
        var all = Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(8).Select(seed =>
        {
            using var visitor = new Visitor(_viewer);
            var found = new byte[paths.Length][];
            foreach (var i in SeededOrder.Of(seed, paths.Length))
                found[i] = visitor.Bytes(paths[i]);
            return found;
        }).ToArray();
        Assert.All(all, one => Assert.Equal(all[0], one));
    }

    [Fact]
    public void A_list_names_slides_predictions_and_what_could_not_be_opened()
    {
        using var viewer = SlideViewer.Open([new(_slide) { Predictions = [_table] }], new() { Problems = [new("/folder/broken.svs", "it is damaged", true)] });
        using var visitor = new Visitor(viewer);
        var slides = visitor.Json("/api/slides")["slides"]!.AsArray();
        Assert.Equal(("broken.svs", "it is damaged", 1), ((string)slides[1]!["name"]!, (string)slides[1]!["error"]!, (int)slides[1]!["id"]!));
        Assert.Equal(HttpStatusCode.NotFound, visitor.Status("/api/slides/1/thumbnail.jpg"));
        var one = slides[0]!;
        Assert.Equal(("CMU-1-Small-Region.svs", 2220, 2967, 0.499, 20, 240),
            ((string)one["name"]!, (int)one["width"]!, (int)one["height"]!, (double)one["mpp"]![0]!, (int)one["power"]!, (int)one["tileSize"]!));
        var predictions = one["predictions"]![0]!;
        Assert.Equal(("made-up", _table.Count, true, true, 129),
            ((string)predictions["name"]!, (int)predictions["count"]!, (bool)predictions["labelled"]!, (bool)predictions["probabilities"]!,
            (int)predictions["patch"]![0]!));
        Assert.Equal(_table.Classes.Select((_, k) => _table.Count(row => row.Class == k)),
            predictions["classes"]!.AsArray().Select(row => (int)row!["count"]!));
        Assert.True(visitor.Image($"/{one["thumbnail"]}").Size is { Width: > 128, Height: <= 256 });
    }

    [Fact]
    public void Where_two_networks_name_different_classes_is_drawn()
    {
        var other = new PredictionTable("other", [.. _table.Classes.Reverse()], _table.Sources,
            [.. _table.Select((row, i) => row with { Class = i % 3 == 0 ? 4 - row.Class : 4 - (row.Class + 1) % 5 })], null);
        using var viewer = SlideViewer.Open(_slide, _table, other);
        using var visitor = new Visitor(viewer);
        var tile = visitor.Image("/api/slides/0/disagreement/0/1/12/2_3.png");
        foreach (var (row, patch) in _table.Index())
            if (Inside(patch.Level0, 2, 3) is { } at)
                Assert.Equal(row % 3 != 0, tile[at.X, at.Y, 3] == 255);
        var counts = visitor.Json("/api/slides/0/disagreement/0/1");
        Assert.Equal((_table.Count - (_table.Count + 2) / 3, _table.Count), ((int)counts["count"]!, (int)counts["of"]!));
        Assert.Equal([1, 2, 4], new[] { "", "&after=1", "&after=2" }.Select(after =>
            (int)visitor.Json($"/api/slides/0/predictions/0/find?differs=1{after}")["item"]!["index"]!));
    }

    /// <summary>The middle of a patch in px of a tile of the last level; null where it is not in it.</summary>
    static (int X, int Y)? Inside(Box box, int x, int y) =>
        ((box.X0 + box.X1) / 2 - 240 * x, (box.Y0 + box.Y1) / 2 - 240 * y) is var at && at is { Item1: >= 0 and < 240, Item2: >= 0 and < 240 } ? at : null;

    [Fact]
    public void The_map_has_the_colors_of_the_tables_classes()
    {
        using var visitor = new Visitor(_viewer);
        var (seen, expected) = (0, _table.Classes.Select(one => Convert.FromHexString(one.Color[1..])).ToArray());
        for (var y = 0; y < 12; y++)
        {
            var (tile, hidden) = (visitor.Image($"/api/slides/0/map/0/12/4_{y}.png"), visitor.Image($"/api/slides/0/map/0/12/4_{y}.png?hide=2&wrong=1"));
            foreach (var (row, patch) in _table.Index())
                if (Inside(patch.Level0, 4, y) is { } at && at.Y < tile.Height)
                {
                    seen++;
                    Assert.Equal((255, (int)expected[patch.Class][0], (int)expected[patch.Class][1], (int)expected[patch.Class][2]),
                        (tile[at.X, at.Y, 3], tile[at.X, at.Y], tile[at.X, at.Y, 1], tile[at.X, at.Y, 2]));
                    Assert.Equal(patch.Class != 2 && patch.Label != patch.Class, hidden[at.X, at.Y, 3] == 255);
                }
        }
        Assert.True(seen > 30, $"{seen} patches");
    }

    [Fact]
    public void What_lies_at_a_point_and_what_is_found_are_rows_of_the_table()
    {
        using var visitor = new Visitor(_viewer);
        const string One = "/api/slides/0/predictions/0";
        foreach (var row in (int[])[0, 7, _table.Count - 1])
        {
            var box = _table[row].Level0;
            var item = visitor.Json(FormattableString.Invariant($"{One}/at?x={(box.X0 + box.X1) / 2.0}&y={(box.Y0 + box.Y1) / 2.0}"));
            Assert.Equal((row, box.X0, box.Y0, box.Width, box.Height, _table[row].Class, _table[row].Label),
                ((int)item["index"]!, (int)item["x"]!, (int)item["y"]!, (int)item["width"]!, (int)item["height"]!, (int)item["class"]!, (int?)item["label"]));
            Assert.Equal(_table.Probabilities(row).ToArray(), item["probabilities"]!.AsArray().Select(value => (float)value!));
            Assert.Equal(item.ToJsonString(), visitor.Json($"{One}/items/{row}").ToJsonString());
        }
        Assert.All((string[])["?x=-5&y=-5", "?x=1e300&y=0", ""], beside => Assert.Equal("null", Encoding.UTF8.GetString(visitor.Bytes($"{One}/at{beside}"))));
        Assert.Null(visitor.Json("/api/slides/0/predictions/1/items/0")["probabilities"]);

        int[] wrong = [.. Enumerable.Range(0, _table.Count).Where(row => _table[row].Class == 1 && _table[row].Label != 1 && _table[row].Probability >= 0.25f)];
        foreach (var (step, order) in ((int, int[])[])[(1, wrong), (-1, [.. wrong.Reverse()])])
        {
            string after = "";
            foreach (var row in order.Append(order[0]))
            {
                var found = visitor.Json($"{One}/find?class=1&wrong=1&from=0.25&step={step}{after}");
                Assert.Equal((wrong.Length, Array.IndexOf(wrong, row) + 1, row),
                    ((int)found["count"]!, (int)found["position"]!, (int)found["item"]!["index"]!));
                after = $"&after={row}";
            }
        }
        var none = visitor.Json($"{One}/find?from=2");
        Assert.Equal((0, 0, true), ((int)none["count"]!, (int)none["position"]!, none["item"] is null));
        Assert.Equal(_table.Count(row => row.Label == 3 && row.Class == 2), (int)visitor.Json($"{One}/find?label=3&class=2")["count"]!);
    }

    [Fact]
    public void The_picture_of_a_patch_is_what_the_network_saw()
    {
        using var visitor = new Visitor(_viewer);
        var read = _slide.Read(_table[5].Box, Resolution.Mpp(1));
        Assert.True(SlideTilesTests.MeanDifference(visitor.Image("/api/slides/0/predictions/0/patch/5.jpg"), Raster.Decode(read.ToJpeg())) < 0.1);
    }

    [Fact]
    public void Tissue_is_outlined_and_a_grey_tile_has_no_colors()
    {
        using var visitor = new Visitor(_viewer);
        var outline = visitor.Image("/api/slides/0/tissue/9/0_0.png");
        var opaque = Enumerable.Range(0, (int)outline.Size.Area).Count(i => outline[i % outline.Width, i / outline.Width, 3] == 255);
        Assert.InRange(opaque, 100, outline.Size.Area / 3);
        var grey = visitor.Image("/api/slides/0/tiles/12/4_5.jpg?grey=1");
        var color = visitor.Image("/api/slides/0/tiles/12/4_5.jpg");
        Assert.All(Enumerable.Range(0, 240), i => Assert.Single(Enumerable.Range(0, grey.Channels).Select(c => grey[i, i, c]).Distinct()));
        Assert.Contains(Enumerable.Range(0, 240), i => color[i, i] != color[i, i, 2]);
    }

    [Fact]
    public void A_slide_that_is_deleted_or_closed_while_it_is_looked_at_does_not_take_the_others_along()
    {
        using var folder = new TemporaryFolder();
        var copy = folder.At("copy.ndpi");
        File.Copy(SlideFiles.Hamamatsu, copy);
        var other = Slide.Open(copy);
        using var viewer = SlideViewer.Open([new(other), new(_slide)]);
        using var visitor = new Visitor(viewer);
        visitor.Bytes("/api/slides/0/thumbnail.jpg");
        File.Delete(copy);
        var last = new DeepZoom(other.Size).Last;
        for (var x = 0; x < 3; x++)
            Assert.Contains(visitor.Status($"/api/slides/0/tiles/{last}/{x}_0.jpg"), (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.InternalServerError]);
        visitor.Bytes("/api/slides/1/tiles/12/0_0.jpg");
        other.Dispose();
        using var closed = visitor.Get($"/api/slides/0/tiles/{last}/4_4.jpg");
        Assert.Equal(HttpStatusCode.InternalServerError, closed.StatusCode);
        Assert.Contains("is closed", System.Text.Encoding.UTF8.GetString(Body(closed)), StringComparison.Ordinal);
        visitor.Bytes("/api/slides/1/tiles/12/1_0.jpg");
    }

    [Fact]
    public void A_damaged_place_takes_no_other_tile_along()
    {
        using var folder = new TemporaryFolder();
        var copy = folder.At("damaged.svs");
        var bytes = File.ReadAllBytes(SlideFiles.Aperio);
        // Some tiles of level 0, with the marks that JPEGs begin and end with; OpenSlide by itself cannot read these two.
        bytes.AsSpan(bytes.Length / 2, 30_000).Clear();
        File.WriteAllBytes(copy, bytes);
        using var slide = Slide.Open(copy);
        using var viewer = SlideViewer.Open(slide);
        using var visitor = new Visitor(viewer);
        using var whole = new Visitor(_viewer);
        var (good, bad) = (0, 0);
        for (var round = 0; round < 2; round++)
            for (var y = 0; y < 12; y++)
                for (var x = 0; x < 9; x++)
                {
                    using var response = visitor.Get($"/api/slides/0/tiles/12/{x}_{y}.jpg");
                    if (response.StatusCode == HttpStatusCode.OK)
                    {
                        good++;
                        Assert.Equal(whole.Bytes($"/api/slides/0/tiles/12/{x}_{y}.jpg"), Body(response));
                    }
                    else
                    {
                        bad++;
                        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
                        Assert.Contains("damaged", System.Text.Encoding.UTF8.GetString(Body(response)), StringComparison.Ordinal);
                    }
                }
        Assert.Equal(4, bad);
        Assert.Equal(216, good + bad);
    }

    [Fact]
    public void What_was_made_is_kept_up_to_a_number_of_bytes()
    {
        var store = new TileStore(capacity: 100_000);
        for (var i = 0; i < 1000; i++)
        {
            store.Keep($"{i}", new byte[1000]);
            Assert.InRange(store.Held, 0, 100_000);
            Assert.NotNull(store.Find("0") ?? store.Find($"{i}"));
        }
        Assert.NotNull(store.Find("0")); // used all along
        Assert.NotNull(store.Find("999"));
        Assert.Null(store.Find("1"));
        store.Keep("large", new byte[200_000]);
        Assert.InRange(store.Held, 0, 100_000);
    }

    [Fact]
    public void A_port_that_is_taken_or_none_is_said_so()
    {
        var error = Assert.Throws<PatchwiseException>(() => SlideViewer.Open([new(_slide)], new() { Port = _viewer.Address.Port }));
        Assert.Contains($"port {_viewer.Address.Port}", error.Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => SlideViewer.Open([new(_slide)], new() { Port = 70_000 }));
        Assert.Throws<BadInputException>(() => SlideViewer.Open([]));
        using var other = Slide.Open(SlideFiles.Hamamatsu);
        Assert.Contains("expected those of this slide",
            Assert.Throws<BadInputException>(() => SlideViewer.Open(other, _table)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_viewer_that_is_disposed_answers_no_more()
    {
        var viewer = SlideViewer.Open(_slide);
        using (new Visitor(viewer))
        {
        }
        viewer.Dispose();
        viewer.Dispose();
        Assert.ThrowsAny<SocketException>(() => new TcpClient("127.0.0.1", viewer.Address.Port));
    }

    [Fact]
    public void A_link_leads_to_the_patches_of_a_cell_of_a_confusion_matrix()
    {
        Assert.Equal("#class=2&label=4", _viewer.Link("c4", "c2").Fragment);
        Assert.Equal("#prediction=1&class=0", _viewer.Link(null, "c0", prediction: 1).Fragment);
        Assert.Throws<BadInputException>(() => _viewer.Link("c9", null));
        Assert.Throws<BadInputException>(() => _viewer.Link("c1", null, slide: 1));
    }
}
