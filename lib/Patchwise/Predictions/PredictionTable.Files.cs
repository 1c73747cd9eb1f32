using System.Text.Json;

namespace Patchwise;

public sealed partial class PredictionTable
{
    /// <summary>Writes the table by the ending of the name: .csv, .json, .geojson or .sqlite. It appears whole or not at all.</summary>
    /// <exception cref="BadInputException">Another ending, or a table that the format does not hold.</exception>
    /// <exception cref="PatchwiseException">The file cannot be written.</exception>
    public void Save(string path)
    {
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".csv": SaveCsv(path); break;
            case ".json": SaveJson(path); break;
            case ".geojson": SaveGeoJson(path); break;
            case ".sqlite": SaveSqlite(path); break;
            case var other:
                throw new BadInputException(
                $"{path}: predictions are saved as .csv, .json, .geojson or .sqlite, not as {(other == "" ? "a file without an ending" : other)}; change the "
                    + $"name");
        }
    }

    /// <summary>
    /// A line a patch (UTF-8, comma, decimal point): source, box in px at the source's resolution (x0 to y1) and of level 0, number and name of the class, its
    /// probability, the label where known, the novelty where the model tells it, and the probability of every class where kept, under "p " and its name.
    /// </summary>
    public void SaveCsv(string path) => CsvFile.Save(path, _rows.Select((row, i) => (object?[])[Sources[row.Source].Name,
        row.Box.X0, row.Box.Y0, row.Box.X1, row.Box.Y1, row.Level0.X0, row.Level0.Y0, row.Level0.X1, row.Level0.Y1, row.Class, Classes[row.Class].Name,
        row.Probability, row.Label, .. HasNovelty ? (object?[])[row.Novelty] : [], .. HasProbabilities ? Probabilities(i).ToArray().Cast<object?>() : []])
        .Prepend(["source", "x0", "y0", "x1", "y1", "level0_x0", "level0_y0", "level0_x1", "level0_y1", "class", "name", "probability", "label",
            .. HasNovelty ? (string[])["novelty"] : [], .. HasProbabilities ? Classes.Select(one => $"p {one.Name}") : []]));

    /// <summary>
    /// With the keys of TIAToolbox's raw.json: predictions, probabilities where kept, labels where known, novelty where told, pretrained_model, and for a
    /// tile or slide coordinates at its resolution, resolution and units; in addition classes and sources, by name,
    /// and where there are several of these the place of each prediction's among them.
    /// </summary>
    /// <exception cref="BadInputException">The table is of several tiles or slides: save each (<see cref="OfSource"/>).</exception>
    public void SaveJson(string path)
    {
        var frame = OneFrame("JSON", needed: false);
        WholeFile.Write(path, stream => JsonSerializer.Serialize(stream, new
        {
            predictions = _rows.Select(row => row.Class),
            probabilities = HasProbabilities ? _rows.Select((_, i) => Probabilities(i).ToArray()) : null,
            labels = _rows.Any(row => row.Label is not null) ? _rows.Select(row => row.Label) : null,
            novelty = HasNovelty ? _rows.Select(row => row.Novelty) : null,
            coordinates = frame is null ? null : _rows.Select(row => (int[])[row.Box.X0, row.Box.Y0, row.Box.X1, row.Box.Y1]),
            pretrained_model = Model,
            resolution = frame?.Resolution.Value,
            units = frame?.Resolution.Units,
            classes = Classes.Select(one => one.Name),
            sources = Sources.Select(one => one.Name),
            source = Sources.Count > 1 ? _rows.Select(row => row.Source) : null,
        }, PredictionGeoJson.Options));
    }

    /// <summary>Polygons with class and color, which QuPath opens: one a patch, with its probabilities.</summary>
    /// <param name="merged">Instead one for each connected area of patches of one class.</param>
    /// <param name="frame">Where their pixels, of the size of level 0's, count from.</param>
    /// <exception cref="BadInputException">The table is not of one tile or slide.</exception>
    public void SaveGeoJson(string path, bool merged = false, OutlineFrame frame = OutlineFrame.ScannedPart)
    {
        var corner = OneFrame("GeoJSON", needed: true)!.Slide.CornerOf(frame);
        WholeFile.Write(path, stream => PredictionGeoJson.Write(stream, this, merged, corner));
    }

    /// <summary>A SQLite file that <see cref="Load"/> reads: tables parameters, classes, sources and predictions, and the view named_predictions.</summary>
    public void SaveSqlite(string path) => WholeFile.WriteBeside(path, partial => PredictionDatabase.Write(partial, path, this, Model));

    /// <summary>Reads what <see cref="SaveSqlite"/> or a run of <c>patchwise predict</c> wrote.</summary>
    /// <exception cref="BadInputException">The file is missing, holds something else, or its run was not finished.</exception>
    public static PredictionTable Load(string path) => PredictionDatabase.Read(path);

    SlideFrame? OneFrame(string format, bool needed)
    {
        if (Sources.Any(one => one.Frame is not null) && Sources.Count > 1)
            throw new BadInputException($"{format} holds one tile or slide, this table is of {Sources.Count}: save each (OfSource)");
        return Sources is [{ Frame: { } frame }] ? frame : !needed ? null
            : throw new BadInputException(
                $"{format} holds the patches of one tile or slide, and these are images of their own: save them as .csv, .json or .sqlite");
    }
}
