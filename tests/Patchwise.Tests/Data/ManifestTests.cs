using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Patchwise.Tests;

public sealed class ManifestTests : IDisposable
{
    const string Good = """
        {
          "$schema": "x",
          "entries": [
            {
              "id": "set", "title": "t", "kind": "images-with-masks", "licence": "CC0-1.0", "source": "s", "folder": "data/set",
              "resolution": { "basis": "assumed", "magnification": 40 },
              "classes": [{ "name": "A", "title": "a", "color": "#0a0b0c" }, { "name": "B", "title": "b", "color": "#ffffff" }],
              "files": [{ "path": "a/b.png", "bytes": 3, "sha256": "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81" }]
            },
            {
              "id": "net", "title": "t", "kind": "model", "licence": "MIT", "source": "s", "model": { "architecture": "resnet18", "patch": 224, "stride": 224 },
              "files": [{ "path": "net.pth", "bytes": null, "sha256": null, "urls": ["https://example.org/net.pth"] }]
            }
          ]
        }
        """;

    /// <summary>A member of the good manifest, by JSON pointer, set to a value (removed where that is null), and what the error says.</summary>
    public static TheoryData<string, string?, string> Attacks => new()
    {
        { "/entries", "null", "$.entries" },
        { "/entries", null, "entries" },
        { "/entries", "{}", "$.entries" },
        { "/extra", "1", "$.extra: no member of that name" },
        { "/entries/0", "null", "$.entries[0]: null" },
        { "/entries/0/id", "\"../x\"", "$.entries[0].id: '../x'" },
        { "/entries/0/id", "\"Set\"", "$.entries[0].id" },
        { "/entries/0/id", "7", "$.entries[0].id" },
        { "/entries/0/title", "\" \"", "$.entries[0].title: is empty" },
        { "/entries/0/licence", null, "$.entries[0]: lacks 'licence'" },
        { "/entries/0/kind", "\"picture\"", "$.entries[0].kind" },
        { "/entries/0/kind", "1", "$.entries[0].kind" },
        { "/entries/0/folder", "\"../set\"", "$.entries[0].folder: '../set' has the part '..'" },
        { "/entries/0/folder", "\"/etc\"", "$.entries[0].folder: '/etc' is absolute" },
        { "/entries/0/folder", "\"c:/x\"", "$.entries[0].folder: 'c:/x' is absolute" },
        { "/entries/0/resolution", "{ \"basis\": \"stated\" }", "$.entries[0].resolution: neither mpp nor magnification" },
        { "/entries/0/resolution/basis", "\"guessed\"", "$.entries[0].resolution.basis" },
        { "/entries/0/resolution/magnification", "0", "$.entries[0].resolution: expected numbers above 0" },
        { "/entries/0/resolution/magnification", "\"40\"", "$.entries[0].resolution.magnification" },
        { "/entries/0/classes/1/color", "\"red\"", "$.entries[0].classes[1].color: 'red'" },
        { "/entries/0/classes/1/color", null, "$.entries[0].classes[1]" },
        { "/entries/0/files", "[]", "$.entries[0].files: is empty" },
        { "/entries/0/files/0/path", "\"a/../../b\"", "$.entries[0].files[0].path: 'a/../../b' has the part '..'" },
        { "/entries/0/files/0/path", "\"a\\\\b\"", "backslash" },
        { "/entries/0/files/0/path", "\"\"", "is empty" },
        { "/entries/0/files/0/path", "\"a\\nb\"", "control character" },
        { "/entries/0/files/0/bytes", "-1", "$.entries[0].files[0].bytes: is below 0" },
        { "/entries/0/files/0/bytes", "3.5", "$.entries[0].files[0].bytes" },
        { "/entries/0/files/0/bytes", "null", "an embedded file states bytes and sha256" },
        { "/entries/0/files/0/bytes", null, "$.entries[0].files[0]" },
        { "/entries/0/files/0/sha256", "\"abc\"", "$.entries[0].files[0].sha256: 'abc': expected 64" },
        { "/entries/0/files/0/md5", "\"abc\"", "$.entries[0].files[0].md5: no member of that name" },
        { "/entries/1/files/0/urls", null, "$.entries[1].files[0].urls: is empty" },
        { "/entries/1/files/0/urls/0", "\"http://example.org/net.pth\"",
            "$.entries[1].files[0].urls[0]: 'http://example.org/net.pth': expected an https address" },
        { "/entries/1/files/0/urls/0", "\"file:///etc/passwd\"", "expected an https address" },
        { "/entries/1/files/0/unpack", "\"yes\"", "$.entries[1].files[0].unpack" },
        { "/entries/1/model/patch", "0", "$.entries[1].model" },
    };

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static string Changed(string pointer, string? value)
    {
        var root = JsonNode.Parse(Good)!;
        var steps = pointer[1..].Split('/');
        var parent = root;
        foreach (var step in steps[..^1])
            parent = parent is JsonArray list ? list[int.Parse(step, null)]! : parent[step]!;
        var node = value is null ? null : JsonNode.Parse(value);
        if (parent is JsonArray array)
            array[int.Parse(steps[^1], null)] = node;
        else if (value is null)
            parent.AsObject().Remove(steps[^1]);
        else
            parent[steps[^1]] = node;
        return root.ToJsonString();
    }

    static IReadOnlyList<ManifestEntry> Parse(string json) => ManifestReader.Parse(Encoding.UTF8.GetBytes(json), "m.json");

    [Fact]
    public void A_good_manifest_is_read_whole()
    {
        var entries = Parse(Good);
        Assert.Equal(["set", "net"], entries.Select(e => e.Id));
        Assert.Equal((DataKind.ImagesWithMasks, true, 3L), (entries[0].Kind, entries[0].IsEmbedded, entries[0].Bytes));
        Assert.Equal((Basis.Assumed, 40), (entries[0].Resolution!.Basis, entries[0].Resolution!.Magnification));
        Assert.Equal(["A", "B"], entries[0].Classes.Select(c => c.Name));
        Assert.Equal((null, new ModelInput("resnet18", 224, 224)), (entries[1].Bytes, entries[1].Model));
    }

    [Theory, MemberData(nameof(Attacks))]
    public void A_bad_member_is_named_with_its_path(string pointer, string? value, string expected)
    {
        var message = Assert.Throws<BadInputException>(() => Parse(Changed(pointer, value))).Message;
        Assert.StartsWith("m.json", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain("Patchwise.", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "m.json, line 1")]
    [InlineData("null", "expected a JSON object, found null")]
    [InlineData("[]", "m.json, line 1: $")]
    [InlineData("{ \"entries\": [],\n \"entries\": [] }", "line 2")]
    [InlineData("{ \"$schema\": \"\", \"entries\": [], }", "m.json, line 1")]
    public void What_is_no_manifest_is_refused(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Doubled_ids_paths_and_class_names_are_refused()
    {
        Assert.Contains("$.entries[1].id: 'set' is the id of another",
            Assert.Throws<BadInputException>(() => Parse(Changed("/entries/1/id", "\"set\""))).Message, StringComparison.Ordinal);
        var file = JsonNode.Parse(Good)!["entries"]![0]!["files"]![0]!.ToJsonString();
        Assert.Contains("$.entries[0].files[1].path", Assert.Throws<BadInputException>(() => Parse(Changed("/entries/0/files", $"[{file},{file}]"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("$.entries[0].classes[1].name", Assert.Throws<BadInputException>(() => Parse(Changed("/entries/0/classes/1/name", "\"A\""))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_schema_takes_the_manifest_of_the_repository_and_refuses_what_the_reader_refuses()
    {
        var manifest = Manifest.Load();
        var schema = Path.Combine(Path.GetDirectoryName(manifest.FilePath)!,
            JsonNode.Parse(File.ReadAllText(manifest.FilePath))!["$schema"]!.GetValue<string>());
        string[] documents = [File.ReadAllText(manifest.FilePath), Good, .. Attacks.Select(row => Changed((string)row[0], (string?)row[1]))];
        const string Program = """
            import json, jsonschema, sys
            schema, documents = json.load(sys.stdin)
            check = jsonschema.Draft202012Validator(schema)
            check.check_schema(schema)
            print(json.dumps([check.is_valid(json.loads(d)) for d in documents]))
            """;
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", Program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        using var python = Process.Start(start)!;
        python.StandardInput.Write(JsonSerializer.Serialize(new object[] { JsonNode.Parse(File.ReadAllText(schema))!, documents }));
        python.StandardInput.Close();
        var output = python.StandardOutput.ReadToEnd();
        Assert.True(output.Length > 0, python.StandardError.ReadToEnd());
        var valid = JsonSerializer.Deserialize<bool[]>(output)!;
        Assert.Equal([true, true], valid[..2]);
        Assert.Equal([], documents.Skip(2).Where((_, i) => valid[i + 2]));
    }

    [Fact]
    public void The_manifest_of_the_repository_names_the_17_networks_in_the_order_of_their_outputs()
    {
        var models = Manifest.Load().Entries.Where(e => e.Id.EndsWith("-kather100k", StringComparison.Ordinal)).ToList();
        Assert.Equal(17, models.Count);
        Assert.All(models, e =>
        {
            Assert.Equal("BACK NORM DEB TUM ADI MUC MUS STR LYM", string.Join(' ', e.Classes.Select(c => c.Name)));
            Assert.Equal((e.Id, 224, 224, 0.5), ($"{e.Model!.Architecture}-kather100k", e.Model.Patch, e.Model.Stride, e.Resolution!.Mpp));
            Assert.Equal(2, e.Files[0].Urls.Count);
        });
    }

    [Fact]
    public async Task Every_embedded_file_is_as_the_manifest_says_and_none_is_unlisted()
    {
        var manifest = Manifest.Load();
        var embedded = manifest.Entries.Where(e => e.IsEmbedded).ToList();
        foreach (var entry in embedded)
            Assert.Empty((await manifest.VerifyAsync(entry.Id)).Problems);
        var listed = embedded.SelectMany(e => manifest.Locate(e.Id).Files).ToHashSet();
        var data = Path.Combine(Path.GetDirectoryName(manifest.FilePath)!, "notebooks", "data");
        var unlisted = Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Where(f => !listed.Contains(f));
        Assert.All(unlisted, f => Assert.Equal("README.md", Path.GetFileName(f)));
        Assert.Equal(embedded.Select(e => e.Folder).Distinct().Count(), unlisted.Count());
    }

    [Fact]
    public void A_link_below_the_folder_of_an_entry_is_refused()
    {
        var path = _folder.Write("data-manifest.json", Good);
        Directory.CreateDirectory(_folder.At("data/set"));
        _folder.Write("elsewhere/b.png", [1, 2, 3]);
        Directory.CreateSymbolicLink(_folder.At("data/set/a"), _folder.At("elsewhere"));
        Assert.Contains("is a link to", Assert.Throws<BadInputException>(() => Manifest.Load(path).Locate("set")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_embedded_file_is_named_with_the_way_to_restore_it()
    {
        var manifest = Manifest.Load(_folder.Write("data-manifest.json", Good));
        var message = Assert.Throws<BadInputException>(() => manifest.Locate("set")).Message;
        Assert.Contains(_folder.At("data/set/a/b.png"), message, StringComparison.Ordinal);
        Assert.Contains("git checkout -- data/set", message, StringComparison.Ordinal);
        _folder.Write("data/set/a/b.png", [1, 2, 3]);
        Assert.Equal(_folder.At("data/set/a/b.png"), Assert.Single(manifest.Locate("set").Files));
    }

    [Fact]
    public void An_unknown_id_brings_those_that_begin_alike() =>
        Assert.Contains("expected one such as resnet18-kather100k, resnet101-kather100k, resnet34-kather100k",
        Assert.Throws<BadInputException>(() => Manifest.Load()["resnet152"]).Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_id_and_a_missing_manifest_are_named()
    {
        Assert.Contains("'sat' is no id in", Assert.Throws<BadInputException>(() => Manifest.Load(_folder.Write("m.json", Good)).Locate("sat")).Message,
            StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<BadInputException>(() => Manifest.Load(_folder.At("none.json"))).Message, StringComparison.Ordinal);
    }
}
