using System.Text.RegularExpressions;
using CsvHelper;
using CsvHelper.Configuration;

namespace Patchwise;

/// <summary>
/// Reads a table of objects, a line each: image, then x and y (its centre) or x0, y0, x1 and y1 (its box, half-open), class and perhaps group; the order of the
/// columns and the case of their names are free, others are not read. Or QuPath's table of measurements, whose classes are in Classification and whose centres,
/// in px or microns from the corner of the image, in Centroid X and Y. UTF-8 with or without a mark, comma, semicolon or tab between, any ends of lines. What
/// cannot be understood in one way only is refused with its line and column.
/// </summary>
sealed partial class ObjectFile
{
    static readonly string[] BoxColumns = ["x0", "y0", "x1", "y1"], CentreColumns = ["x", "y"];

    const string QuPathClass = "Classification";
    static readonly string[] InPixels = ["Centroid X px", "Centroid Y px"], InMicrons = ["Centroid X µm", "Centroid Y µm"];

    /// <summary>So many objects within the first px of their images are none.</summary>
    const int LeastShares = 3;

    readonly string _path;
    readonly ObjectReading _reading;
    readonly CsvReader _csv;
    readonly string[] _names;

    /// <summary>Of centres: <see cref="CentreColumns"/>, or QuPath's.</summary>
    readonly string[] _centre;
    readonly Dictionary<string, (string Text, int Line)> _spellings = [];

    readonly List<(string Image, double[] Numbers, string Class, string? Group, int Line)> _rows = [];

    /// <summary>What a reader should know of the table.</summary>
    internal IReadOnlyList<string> Notes { get; }

    /// <exception cref="BadInputException">The file cannot be read or understood; the message names line and column, what was found and expected.</exception>
    internal static ObjectFile Read(string path, ObjectReading reading)
    {
        try
        {
            var text = InputFile.ReadText(path, "cannot be read as a table of objects");
            var header = text.AsSpan().TrimStart();
            if (header is ['{' or '[', ..])
                throw new BadInputException($"{path} is JSON: expected a table as CSV: a line of names, such as image,x,y,class, and a line for each object");
            header = header[..(header.IndexOfAny('\r', '\n') is >= 0 and var end ? end : header.Length)];
            var between = header.Contains('\t') ? "\t" : header.Count(';') > header.Count(',') ? ";" : ",";
            using var csv = new CsvReader(new StringReader(text), new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                Delimiter = between,
                TrimOptions = TrimOptions.Trim | TrimOptions.InsideQuotes,
                MissingFieldFound = null,
                IgnoreBlankLines = true,
            });
            return new(path, reading, csv);
        }
        catch (CsvHelperException error)
        {
            throw new BadInputException($"{path} is no CSV that can be read: {CsvFile.Fault(error)}", error);
        }
    }

    ObjectFile(string path, ObjectReading reading, CsvReader csv)
    {
        (_path, _reading, _csv) = (path, reading, csv);
        _names = csv.Read() && csv.ReadHeader() ? csv.HeaderRecord! : [];
        if (_names.Length == 0)
            throw new BadInputException($"{path} is empty: expected a line of names, such as image,x,y,class, and a line for each object");
        bool Has(string[] columns) => Array.TrueForAll(columns, name => Places(name).Length > 0);
        var (image, labels) = (Column("image"),
            Column(reading.ClassColumn ?? (!Has(["class"]) && Has([QuPathClass]) ? QuPathClass : "class"), "classColumn"));
        var isBox = Has(BoxColumns);
        _centre = new[] { CentreColumns, InPixels, InMicrons }.FirstOrDefault(Has) ?? CentreColumns;
        if (!isBox && (Places("width").Length > 0 || Places("w").Length > 0))
            throw new BadInputException($"{path} has the columns {string.Join(", ", _names)}: whether x and y are a corner or the centre is not known; "
                + "expected boxes as x0, y0, x1, y1, or centres as x, y without width and height");
        int[] at = [.. (isBox ? BoxColumns : _centre).Select(name => Column(name))];
        if (isBox == reading.Side is not null)
            throw new BadInputException(isBox ? $"side: {path} states boxes (x0, y0, x1, y1), so that no side is to be stated: leave it out"
                : $"{path} states centres only ({string.Join(", ", _centre)}): state the side of the square that an object is taken for, in px of the images, "
                    + "such as side: 64");
        if (reading.Side is { } stated && !(stated is >= 1 and <= 100_000))
            throw new BadInputException(FormattableString.Invariant($"side: {stated} px: expected 1 to 100000"));
        int? group = reading.GroupColumn is not null || Places("group").Length > 0 ? Column(reading.GroupColumn ?? "group", "groupColumn") : null;

        int? scale = Places("scale") is [var one] ? one : null;
        while (csv.Read())
        {
            if (csv.Parser.Count != _names.Length)
                throw new BadInputException($"{path}, line {csv.Parser.RawRow}: {csv.Parser.Count} cells, but {_names.Length} columns "
                    + $"({string.Join(", ", _names)}): expected a cell each; numbers have a decimal point, and text with a comma stands in quotes");
            if (scale is { } other && Text(other) != "1")
                throw Wrong(other, $"'{Text(other)}'", "1, px of the images: this is a region table at another magnification; save it before At(...)");
            _rows.Add((Text(image), [.. at.Select(Number)], Spelled(labels, "class"), group is { } of ? Spelled(of, "group") : null, csv.Parser.RawRow));
        }
        if (_rows.Count == 0)
            throw new BadInputException($"{path} holds no object: expected a line for each below the line of names");
        if (_rows.Count >= LeastShares && _rows.TrueForAll(row => Array.TrueForAll(row.Numbers, number => number is >= 0 and <= 1)))
            throw new BadInputException($"{path}: all of {string.Join(", ", at.Select(column => _names[column]))} lie from 0 to 1, as shares of the image's "
                + "sides do: expected px of the images; multiply them by width and height");
        var patient = Array.Find(_names, name =>
            name.ToLowerInvariant() is "patient" or "patient_id" or "case" or "case_id" or "subject" or "donor" or "slide");
        Notes = group is null && patient is not null
            ? [$"{Path.GetFileName(path)}: no group is stated, so each image is one; if images of one {patient} belong together, say "
                + $"groupColumn: \"{patient}\""] : [];
    }

    /// <summary>The table of a folder, or the one that is named.</summary>
    internal static string Find(string folder, string? named)
    {
        if (named is not null)
            return new[] { named, Path.Combine(folder, named) }.FirstOrDefault(File.Exists)
                ?? throw new BadInputException($"the table of objects {named} is not there, neither here nor in {folder}: expected a CSV file");
        var found = Directory.GetFiles(folder, "*.csv").Where(path => Path.GetFileName(path) != SetFiles.IndexName).Order(StringComparer.Ordinal).ToArray();
        return found is [var only] ? only : throw new BadInputException(
            $"{folder} holds {(found.Length == 0 ? "no table of objects" : $"{found.Length} tables: {string.Join(", ", found.Select(Path.GetFileName))}")}; "
                + "expected one CSV file; name it, such as File: \"cells.csv\"");
    }

    /// <summary>Of each image that the table names its path: what ends as it is written, with extension or without.</summary>
    /// <exception cref="BadInputException">There is none, or there are several.</exception>
    internal static Dictionary<string, string> PathsOf(ObjectFile table, string file, string folder, IReadOnlyList<string> all)
    {
        static string Bare(string path) => Path.ChangeExtension(path, null);
        var (byName, byStem) = (all.ToLookup(path => Path.GetFileName(path).Normalize()), all.ToLookup(path => Path.GetFileName(Bare(path)).Normalize()));
        var found = new Dictionary<string, string>();
        foreach (var (image, _, _, _, line) in table._rows)
            if (!found.ContainsKey(image))
            {
                var written = image.Replace('\\', '/');
                var name = Path.GetFileName(written);
                bool Ends(string path) => path.Normalize() == written || path.Normalize().EndsWith($"/{written.TrimStart('.', '/')}", StringComparison.Ordinal);
                var (whole, bare) = (byName[name].Where(Ends).ToList(), byStem[name].Where(path => Ends(Bare(path))).ToList());
                found[image] = (whole.Count > 0 ? whole : bare) switch
                {
                    [var only] => only,
                    [] => throw new BadInputException($"{file}, line {line}: no image '{image}' in {folder}"
                        + Guess(image, all.SelectMany(path => (string[])[Path.GetFileName(path), SetFiles.Relative(folder, path)]))
                        + $": expected one of its {all.Count} images, by its path below the folder or its name"
                        + (all.Count > 0 ? $", such as {SetFiles.Relative(folder, all[0])}" : "")),
                    var several => throw new BadInputException($"{file}, line {line}: '{image}' may be "
                        + $"{string.Join(" or ", several.Take(3).Select(path => SetFiles.Relative(folder, path)))}: expected the path below {folder}"),
                };
            }
        return found;
    }

    /// <summary>The objects in px of their images.</summary>
    /// <param name="imageOf">By the name in the table; null for an image that cannot be read.</param>
    /// <exception cref="BadInputException">An object outside of its image, or one that is there twice.</exception>
    internal List<SetObject> On(Func<string, SetImage?> imageOf)
    {
        var (objects, lines) = (new List<SetObject>(), new Dictionary<(string, double, double, Box), int>());
        foreach (var (name, numbers, label, group, line) in _rows)
            if (imageOf(name) is { } image)
            {
                var one = Placed(image, numbers, label, group, line);
                if (!lines.TryAdd((one.Image, one.X, one.Y, one.Box), line))
                {
                    var first = lines[(one.Image, one.X, one.Y, one.Box)];
                    throw new BadInputException(
                        $"{_path}, line {line}: the object of line {first} again ({one.Class} at {string.Join(", ", numbers)} in {name}): "
                        + "expected each once, with one class; take one of the lines out");
                }
                objects.Add(one);
            }
        return objects;
    }

    SetObject Placed(SetImage of, double[] n, string label, string? group, int line)
    {
        var (image, size) = (of.Name, of.Size);
        if (n.Length == 2)
        {
            var (x, y) = Centre(of, n);
            if (x < -0.5 || y < -0.5 || x > size.Width - 0.5 || y > size.Height - 0.5)
                throw new BadInputException(FormattableString.Invariant(
                    $"{_path}, line {line}, columns {_centre[0]} and {_centre[1]}: the centre ({x}, {y}) lies outside its image {image} of {size} px: ")
                    + "expected px of the image as it is shown, from its upper left corner; were they measured on an image of another size?");
            var side = _reading.Side!.Value;
            var (left, top) = ((int)Math.Floor(x + 0.5 - side / 2), (int)Math.Floor(y + 0.5 - side / 2));
            var whole = (int)Math.Ceiling(side);
            return new(image, new Box(left, top, left + whole, top + whole).Intersect(Box.Of(size)), x, y, label, group, side);
        }
        // What is nearer to a whole number than the six decimals of shares of an image's sides tell is that number.
        double Near(double value) => Math.Round(value) is var whole && Math.Abs(value - whole) < Rounding(size) ? whole : value;
        var box = new Box((int)Math.Floor(Near(n[0])), (int)Math.Floor(Near(n[1])), (int)Math.Ceiling(Near(n[2])), (int)Math.Ceiling(Near(n[3])));
        if (box.IsEmpty)
            throw new BadInputException($"{_path}, line {line}: the box {box} is empty: expected x0 < x1 and y0 < y1");
        return Box.Of(size).Contains(box) ? new(image, box, (n[0] + n[2] - 1) / 2, (n[1] + n[3] - 1) / 2, label, group, null)
            : throw new BadInputException($"{_path}, line {line}: the box {box} reaches over its image {image} of {size} px: expected px of the image as it is "
                + "shown; were they measured on an image of another size?");
    }

    /// <summary>In px from the middle of the first pixel; QuPath counts from the corner.</summary>
    (double X, double Y) Centre(SetImage image, double[] n) =>
        _centre == CentreColumns ? (n[0], n[1])
            : _centre == InPixels ? (n[0] - 0.5, n[1] - 0.5)
            : image.Mpp is { } mpp ? (n[0] / mpp.X - 0.5, n[1] / mpp.Y - 0.5)
            : throw new BadInputException($"{_path}: {_centre[0]} and {_centre[1]} are microns, and how many a pixel of {image.Name} has is not known: state "
                + "them (mpp: 0.25, on the command line --mpp)");

    /// <summary>Both ends of a box are of its middle and side, each rounded to a millionth of the image's side.</summary>
    static double Rounding(PixelSize size) => 1e-6 * Math.Max(size.Width, size.Height);

    const string Everywhere = "a value in every line: fill it in, or take the line out";

    string Text(int column) => _csv.GetField(column) is { Length: > 0 } text ? text.Normalize() : throw Wrong(column, "nothing", Everywhere);

    /// <summary>A class or group, of which every line must have the same spelling.</summary>
    string Spelled(int column, string what)
    {
        var text = Text(column);
        if (CsvFile.Value(text) is null)
            throw Wrong(column, $"'{text}'", Everywhere);
        // What stands between digits, or a sign behind the last letter, tells two apart: 1-11, 1_11 or 1 11 and 11-1, HER2- and HER2.
        var apart = Between().Replace(text.ToUpperInvariant(), "$1|");
        var key = $"{what} {new string([.. apart
            .Where((letter, i) => !(char.IsWhiteSpace(letter) || letter == '_' || (letter == '-' && i < apart.Length - 1)))])}";
        if (_spellings.TryAdd(key, (text, _csv.Parser.RawRow)) || _spellings[key].Text == text)
            return text;
        throw Wrong(column, $"'{text}', but '{_spellings[key].Text}' in line {_spellings[key].Line}", $"one spelling of a {what}: rename one of them");
    }

    [GeneratedRegex(@"(\d)[\s_-]+(?=\d)")] private static partial Regex Between();

    double Number(int column) =>
        double.TryParse(Text(column), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) < 1e9 ? number
            : throw Wrong(column, $"'{Text(column)}'", $"a number of px{(Text(column).Contains(',') ? ", with a decimal point" : "")}");

    BadInputException Wrong(int column, string found, string expected) =>
        new($"{_path}, line {_csv.Parser.RawRow}, column {_names[column]}: found {found}; expected {expected}");

    /// <summary>The micro sign is written as the Greek letter, too, and without it.</summary>
    int[] Places(string name) => [.. _names.Index().Where(one => one.Item.Replace('μ', 'µ').Replace(" um", " µm", StringComparison.Ordinal)
        .Equals(name, StringComparison.OrdinalIgnoreCase)).Select(one => one.Index)];

    /// <param name="parameter">That gives it another name; null: none.</param>
    int Column(string name, string? parameter = null) => Places(name) switch
    {
        [var only] => only,
        [] => throw new BadInputException($"{_path} has no column '{name}' (found {string.Join(", ", _names)}){Guess(name, _names)}: expected image, "
            + $"{string.Join(", ", CentreColumns)} or {string.Join(", ", BoxColumns)}, and class"
            + (parameter is null ? "; rename the column" : $"; rename the column, or name it, such as {parameter}: \"{name}\"")),
        _ => throw new BadInputException($"{_path} has the column '{name}' more than once ({string.Join(", ", _names)}): rename one"),
    };

    /// <summary>"; did you mean 'that'?", where one of the known names is nearly the wrong one.</summary>
    internal static string Guess(string wrong, IEnumerable<string> known) =>
        known.Select(name => (Name: name, Distance: Edits(wrong.ToLowerInvariant(), name.ToLowerInvariant()))).OrderBy(one => one.Distance).FirstOrDefault()
            is { Name: { } near, Distance: var distance } && distance <= Math.Max(1, wrong.Length / 3) ? $"; did you mean '{near}'?" : "";

    /// <summary>Letters to put in, take out or change until one is the other (Levenshtein).</summary>
    static int Edits(string one, string other)
    {
        int[] above = [.. Enumerable.Range(0, other.Length + 1)];
        foreach (var (i, letter) in one.Index())
        {
            int[] row = [i + 1, .. above.Skip(1)];
            for (var j = 0; j < other.Length; j++)
                row[j + 1] = Math.Min(Math.Min(row[j], above[j + 1]) + 1, above[j] + (letter == other[j] ? 0 : 1));
            above = row;
        }
        return above[^1];
    }
}
