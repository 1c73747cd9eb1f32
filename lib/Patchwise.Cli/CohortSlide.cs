using CsvHelper;
using CsvHelper.Configuration;

namespace Patchwise.Cli;

/// <summary>A slide of a cohort, as it is listed.</summary>
/// <param name="Id">Unique, and fit for the name of a folder.</param>
/// <param name="Path">Full.</param>
/// <param name="Mpp">Microns per pixel, where somebody states them.</param>
/// <param name="Mask">A file, auto or none; null: auto.</param>
/// <param name="Version">Of its files and its mask: what differs when one is changed.</param>
sealed record CohortSlide(string Id, string Path, double? Mpp, string? Mask, string? Label, string? Group, string Version = "")
{
    static readonly string[] Columns = ["id", "path", "mpp", "mask", "label", "group"], Given = Columns[1..];

    /// <summary>The mask's file; null: it is found, or there is none.</summary>
    internal string? MaskFile => Mask is null or "auto" or "none" ? null : Mask;

    /// <summary>All files of a slide: what the formats of several files have beside the one that is opened.</summary>
    internal static IReadOnlyList<FileInfo> FilesOf(string path)
    {
        var (folder, ending) = (System.IO.Path.ChangeExtension(path, null), System.IO.Path.GetExtension(path).ToLowerInvariant());
        IEnumerable<string> more = ending switch
        {
            ".mrxs" when Directory.Exists(folder) => Directory.EnumerateFiles(folder),
            // Their lines are such as ImageFile=name.jpg.
            ".vms" or ".vmu" when File.Exists(path) => File.ReadLines(path)
                .Select(line => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim())
                .Select(name => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, name))
                .Where(File.Exists),
            _ => [],
        };
        return [.. more.Distinct().Order(StringComparer.Ordinal).Prepend(path).Select(file => new FileInfo(file))];
    }

    internal static string VersionOf(string path, string? mask)
    {
        var files = FilesOf(path);
        return string.Join("; ", ((string?[])[
            files.Count > 1 ? FormattableString.Invariant($"{files.Count} files of {files.Sum(file => file.Length)} bytes") : null,
            FileVersion.Of(path).Content,
            files.Count > 1 ? files.Max(file => file.LastWriteTimeUtc).ToString("O", CultureInfo.InvariantCulture) : null,
            mask is null ? null : FileVersion.Of(mask).Content]).OfType<string>());
    }

    /// <summary>The table of a user, or one that was written here.</summary>
    /// <exception cref="BadInputException">It is no such table; the message names the line.</exception>
    internal static List<CohortSlide> Read(string path)
    {
        List<CohortSlide> slides = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        try
        {
            var text = InputFile.ReadText(path, "cannot be read as a table of slides");
            var head = text.Split('\n')[0];
            using var csv = new CsvReader(new StringReader(text), new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                // As spreadsheets write it in many countries.
                Delimiter = head.Contains(';', StringComparison.Ordinal) && !head.Contains(',', StringComparison.Ordinal) ? ";"
                    : head.Contains('\t', StringComparison.Ordinal) ? "\t" : ",",
                MissingFieldFound = null,
                PrepareHeaderForMatch = match => match.Header.Trim().ToLowerInvariant(),
            });
            var names = csv.Read() && csv.ReadHeader() ? csv.HeaderRecord!.Select(name => name.Trim().ToLowerInvariant()).ToList() : [];
            if (!names.Contains("path") || names.Distinct().Count() < names.Count)
                throw new BadInputException($"{path} has the columns {string.Join(", ", names)}: expected path, and where they are known "
                    + $"{string.Join(", ", Given[1..])}, each once");
            if (names.Except([.. Columns, "version"]).ToList() is { Count: > 0 } unused)
                Commands.Note([$"{path}: not used: the column{(unused.Count == 1 ? "" : "s")} {string.Join(", ", unused)}"]);
            while (csv.Read())
            {
                var line = FormattableString.Invariant($"{path}, line {csv.Parser.RawRow}");
                if (csv.Parser.Count > names.Count)
                    throw new BadInputException(FormattableString.Invariant($"{line} has {csv.Parser.Count} values for {names.Count} columns: ")
                        + "put quotation marks around a value that holds a comma");
                var slide = File("path") ?? throw new BadInputException($"{line}: the column path is empty");
                if (!seen.Add(slide))
                    throw new BadInputException($"{line}: {slide} is named twice: expected a slide a line");
                slides.Add(new(Text("id") ?? "", slide, Number("mpp"), Value("mask") is null or "auto" or "none" ? Value("mask") : File("mask"), Value("label"),
                    Value("group"), Text("version") ?? ""));

                string? Text(string column) => csv.TryGetField<string>(column, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
                // A file may be called NA.
                string? Value(string column) => CsvFile.Value(Text(column));
                string? File(string column) => Text(column) is { } name
                    ? System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!, name)) : null;
                double? Number(string column) => Value(column) is not { } value ? null
                    : double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number > 0 ? number
                    : throw new BadInputException($"{line}: {column} '{value}': expected a number above 0, such as 0.25, with a point");
            }
        }
        catch (CsvHelperException error)
        {
            throw new BadInputException($"{path} cannot be read as a table of slides: {CsvFile.Fault(error)}", error);
        }
        return slides;
    }

    /// <summary>The slides of a job, each of which has a folder of its own in the results.</summary>
    /// <exception cref="BadInputException">It is no job, such as the table that its slides are listed from.</exception>
    internal static List<CohortSlide> ReadJob(string path)
    {
        var slides = Read(path);
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        return slides.Find(slide => slide.Id is "" or "." or ".." || slide.Id.AsSpan().ContainsAny('/', '\\', '\0') || !seen.Add(slide.Id)) is { } wrong
            ? throw new BadInputException($"{path}: the id '{wrong.Id}' of {wrong.Path} is no name of a folder, or is there twice: expected a file in jobs, "
                + "as 'patchwise cohort list' writes it")
            : slides;
    }

    /// <param name="versions">Adds them, which a job is done again by.</param>
    internal static string Text(IEnumerable<CohortSlide> slides, bool versions)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        CsvFile.Write(text, slides.Select(slide => (object?[])[slide.Id, slide.Path, slide.Mpp, slide.Mask, slide.Label, slide.Group, slide.Version])
            .Prepend([.. Columns, "version"]).Select(row => versions ? row : row[..^1]));
        return text.ToString();
    }
}
