using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Patchwise.Tests;

/// <summary>A folder with small slides, a small network and a configuration, which the workflow of lib/cohort is run on.</summary>
sealed class CohortRun : IDisposable
{
    static readonly string Workflow = Path.Combine(Repository.Root, "lib", "cohort");

    readonly TemporaryFolder _folder = new();
    readonly string _model;
    readonly List<string> _table = ["path,mpp,mask,label,group"];

    internal CohortRun()
    {
        _model = SmallModel.Write(_folder, mpp: 1);
        Program("");
    }

    public void Dispose() => _folder.Dispose();

    internal string At(string relative) => _folder.At(relative);

    internal string Model => _model;

    /// <summary>The program of the workflow.</summary>
    /// <param name="before">Lines of a shell that are run before it, to make it fail.</param>
    internal void Program(string before)
    {
        var path = _folder.Write("patchwise", $"#!/bin/bash\n{before}\nexec {string.Join(' ', Cli.Command.Select(word => $"'{word}'"))} \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Tissue on white glass, of shades of pink and violet by the seed.</summary>
    internal static Raster Picture(int seed, int side = 320)
    {
        var random = new Random(seed);
        var (samples, tint) = (new byte[side * side * 3], (int[])[random.Next(120, 200), random.Next(40, 90), random.Next(110, 170)]);
        samples.AsSpan().Fill(245);
        for (var y = side / 4; y < side * 3 / 4; y++)
            for (var at = (y * side + side / 4) * 3; at < (y * side + side * 3 / 4) * 3; at++)
                samples[at] = (byte)(tint[at % 3] + random.Next(-30, 30));
        return Raster.FromSamples(side, side, 3, samples);
    }

    /// <summary>Adds a slide to the table, and makes its file: tiled, of 1 micron per pixel.</summary>
    internal string Add(string name, int seed, string more = "", int side = 320)
    {
        var path = _folder.Write($"slides/{name}", TiffMaker.Tiles(Picture(seed, side), new(128, 128), 1));
        Row(name, more);
        return path;
    }

    internal void Row(string name, string more = "")
    {
        _table.Add($"\"slides/{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\",{more}");
        File.WriteAllLines(At("slides.csv"), _table);
    }

    internal void Replace(string line, string by)
    {
        _table[_table.FindIndex(one => one.Contains(line, StringComparison.Ordinal))] = by;
        File.WriteAllLines(At("slides.csv"), _table);
    }

    /// <summary>Runs the workflow, and gives what Snakemake said.</summary>
    /// <param name="config">Further lines of the configuration.</param>
    internal (int Code, string Text) Run(string results = "results", string config = "", string profile = "local", params (string, string)[] environment)
    {
        using var run = Start(results, config, profile, environment);
        var error = run.StandardError.ReadToEndAsync();
        var text = run.StandardOutput.ReadToEnd() + error.Result;
        run.WaitForExit();
        return (run.ExitCode, text);
    }

    internal Process Start(string results, string config, string profile, params (string Name, string Value)[] environment)
    {
        var file = _folder.Write($"{results}.yaml", $"slides: slides.csv\nout: {results}\nmodel: {_model}\nprogram: {At("patchwise")}\n"
            + $"threads: 1\nmemory_mb: 500\n{config}\n");
        var start = new ProcessStartInfo("snakemake", ["--snakefile", Path.Combine(Workflow, "Snakefile"), "--configfile", file, "--profile",
            Path.Combine(Workflow, "profiles", profile), "--nocolor"])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    internal JsonObject Json(string id, string step, string results = "results") =>
        JsonNode.Parse(File.ReadAllText(At($"{results}/slides/{id}/{step}.json")))!.AsObject();

    /// <summary>When each file of each slide was written.</summary>
    internal Dictionary<string, DateTime> Times(string results = "results") =>
        Directory.EnumerateFiles(At($"{results}/slides"), "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(At($"{results}/slides"), file), File.GetLastWriteTimeUtc);

    /// <summary>All that is known of the slides, but how long it took.</summary>
    internal SortedDictionary<string, string> Results(string results)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        // A process that was ended leaves the empty file of a lock that nobody holds.
        foreach (var file in Directory.EnumerateFiles(At($"{results}/slides"), "*", SearchOption.AllDirectories)
            .Where(file => !Path.GetFileName(file).StartsWith(".patchwise-", StringComparison.Ordinal) || Path.GetExtension(file) != ".lock")
            .Append(At($"{results}/cohort.csv")).Append(At($"{results}/failures.csv")).Append(At($"{results}/slides.csv")))
            all[Path.GetRelativePath(At(results), file)] = Path.GetExtension(file) switch
            {
                ".json" => Regex.Replace(File.ReadAllText(file), "\n *\"seconds\": [0-9.]+", ""),
                ".sqlite" => Rows(file),
                ".csv" when Path.GetFileName(file) == "cohort.csv" => WithoutSeconds(file),
                _ => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))),
            };
        return all;

        string Rows(string file)
        {
            PredictionTable.Load(file).Save(At("rows.csv"));
            return File.ReadAllText(At("rows.csv"));
        }

        static string WithoutSeconds(string file)
        {
            var lines = File.ReadAllLines(file).Select(line => line.Split(',')).ToList();
            return string.Join('\n', lines.Select(line => string.Join(',', line.Index()
                .Where(one => one.Index >= lines[0].Length || !lines[0][one.Index].Contains("seconds", StringComparison.OrdinalIgnoreCase))
                .Select(one => one.Item))));
        }
    }
}
