using System.Text.RegularExpressions;

namespace Patchwise.Cli;

/// <summary>
/// Which slides a cohort has, and which job each belongs to. A slide stays in its job for good: more slides are more jobs, so that what is done stays done. A
/// job's file changes only where one of its slides does.
/// </summary>
static class CohortList
{
    const int LongestId = 80;

    static readonly EnumerationOptions Below = new() { RecurseSubdirectories = true, MaxRecursionDepth = 20, IgnoreInaccessible = true };

    /// <param name="each">Slides of a job.</param>
    /// <param name="retry">Slides that failed are done again.</param>
    internal static void Write(string input, string folder, int each, bool retry)
    {
        if (each < 1)
            throw new BadInputException(FormattableString.Invariant($"--job {each}: expected 1 or more slides"));
        var found = Find(input);
        if (found.Count == 0)
            throw new BadInputException($"{input} holds no slides: expected images, or files that end in .svs, .ndpi, .mrxs and the like; "
                + "for those in folders below give a pattern such as 'slides/**/*.svs'");
        Cohort.CheckApart(input, found.Select(slide => slide.Label), found.Select(slide => slide.Group));
        if (found.Exists(slide => slide.Id.Length > 0))
            Commands.Note([$"{input}: not used: the column id; the folder of a slide's results is named by its file"]);
        var places = found.ToDictionary(slide => slide.Path, StringComparer.Ordinal);
        HashSet<string> ids = new(StringComparer.OrdinalIgnoreCase);
        List<CohortSlide> all = [];
        List<string> gone = [];
        var last = 0;
        foreach (var job in Jobs(folder))
        {
            last = Math.Max(last, Number(job));
            List<CohortSlide> kept = [];
            foreach (var known in CohortSlide.ReadJob(job))
                if (places.Remove(known.Path, out var slide))
                    kept.Add(slide with { Id = known.Id, Version = CohortSlide.VersionOf(slide.Path, slide.MaskFile) });
                else
                    gone.Add(known.Path);
            all.AddRange(kept);
            if (kept.Count == 0)
            {
                File.Delete(job);
                continue;
            }
            WriteChanged(job, CohortSlide.Text(kept, versions: true));
            if (retry && kept.Any(slide => Failed(folder, slide.Id)))
                File.SetLastWriteTimeUtc(job, DateTime.UtcNow);
        }
        ids.UnionWith(all.Select(slide => slide.Id));
        CohortSlide[] added = [.. found.Where(slide => places.ContainsKey(slide.Path)).Select(slide =>
            slide with { Id = Id(slide.Path, ids), Version = CohortSlide.VersionOf(slide.Path, slide.MaskFile) })];
        foreach (var job in added.Chunk(each))
            WholeFile.WriteText(Path.Combine(folder, "jobs", FormattableString.Invariant($"{++last:0000}.csv")), CohortSlide.Text(job, versions: true));
        if (gone.Count > 0)
            Commands.Note([FormattableString.Invariant($"{gone.Count:N0} slides that were listed before, such as {gone[0]}, are not among those of {input}: ")
                + "they count no more; their results stay in slides, and name all slides at once to have them listed again"]);
        WriteChanged(Path.Combine(folder, "slides.csv"), CohortSlide.Text([.. all, .. added], versions: false));
        Console.WriteLine(FormattableString.Invariant($"{all.Count + added.Length} slides, {added.Length} new, in {Jobs(folder).Count} jobs"));
    }

    static List<string> Jobs(string folder) => Path.Combine(folder, "jobs") is var jobs && !Directory.Exists(jobs) ? []
        : [.. Directory.EnumerateFiles(jobs, "*.csv").Where(job => Number(job) > 0).OrderBy(Number)];

    static int Number(string job) => int.TryParse(Path.GetFileNameWithoutExtension(job), out var number) ? number : 0;

    static void WriteChanged(string path, string text)
    {
        if (!File.Exists(path) || File.ReadAllText(path) != text)
            WholeFile.WriteText(path, text);
    }

    /// <summary>Whether a slide failed; then it is as if that had never been tried.</summary>
    static bool Failed(string folder, string id)
    {
        var failed = CohortStep.Names.Select(step => CohortStep.FileOf(folder, id, step)).Where(file => CohortStep.Read(file)?["failure"] is not null).ToList();
        failed.ForEach(File.Delete);
        return failed.Count > 0;
    }

    /// <summary>The slides of a folder, of a pattern of names or of a table; or the one slide.</summary>
    static List<CohortSlide> Find(string input)
    {
        var whole = Path.GetFullPath(input);
        if (File.Exists(whole))
            return Path.GetExtension(whole).Equals(".csv", StringComparison.OrdinalIgnoreCase) ? CohortSlide.Read(whole) : Of([whole]);
        if (Directory.Exists(whole))
            return Of(PredictInputs.OfFolder(whole).Select(one => one.Name));
        if (whole.IndexOfAny(['*', '?']) is var wild && wild < 0)
            throw new BadInputException($"{input} does not exist (looked in {Path.GetFullPath(".")}): expected a folder of slides, a pattern such as "
                + "'slides/**/*.svs', or a CSV file with the column path");
        var root = whole[..(whole.LastIndexOf('/', wild) + 1)];
        if (!Directory.Exists(root))
            throw new BadInputException($"{input}: the folder {root} does not exist: expected that of the slides before the first * or ?");
        var pattern = Regex.Escape(whole[root.Length..]).Replace(@"\*\*/", "(?:.*/)?", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal).Replace(@"\?", "[^/]", StringComparison.Ordinal);
        return Of(Directory.EnumerateFiles(root, "*", Below).Where(file => Regex.IsMatch(file[root.Length..], $@"\A{pattern}\z", RegexOptions.Singleline)));
        static List<CohortSlide> Of(IEnumerable<string> paths) =>
            [.. paths.Order(StringComparer.Ordinal).Select(path => new CohortSlide("", path, null, null, null, null))];
    }

    /// <summary>The file's name in letters that every file system, shell and address takes.</summary>
    static string Id(string path, HashSet<string> taken)
    {
        var stem = Regex.Replace(Path.GetFileNameWithoutExtension(path), "[^A-Za-z0-9._-]", "_").TrimStart('.', '-');
        stem = stem.Length == 0 ? "slide" : stem[..Math.Min(stem.Length, LongestId)].TrimEnd('.');
        var id = stem;
        for (var k = 2; !taken.Add(id); k++)
            id = FormattableString.Invariant($"{stem}-{k}");
        return id;
    }
}
