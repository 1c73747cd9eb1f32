using System.Collections.Concurrent;

namespace Patchwise;

/// <summary>One table of predictions of one slide, as the viewer asks it.</summary>
sealed class ViewedPrediction
{
    readonly Lazy<PatchIndex> _index;
    readonly ConcurrentDictionary<ViewedPrediction, bool?[]> _agrees = [];

    internal string Name { get; }
    internal PredictionTable Table { get; }
    internal SlideFrame Frame { get; }
    internal PatchIndex Index => _index.Value;
    internal uint[] Colors { get; }
    internal int[] Counts { get; }
    internal bool IsLabelled { get; }

    internal ViewedPrediction(string name, PredictionTable table)
    {
        (Name, Table, Frame, _index) = (name, table, table.Sources[0].Frame!, new(() => new(table)));
        Colors = [.. table.Classes.Select(one => OverlayTile.Color(one.Color))];
        Counts = new int[table.Classes.Count];
        foreach (var (row, patch) in table.Index())
        {
            if ((uint)patch.Class >= (uint)Counts.Length)
                throw new BadInputException(FormattableString.Invariant(
                    $"{name}: row {row} has class {patch.Class}: expected 0 to {Counts.Length - 1}"));
            Counts[patch.Class]++;
            IsLabelled |= patch.Label is not null;
        }
    }

    /// <summary>As the list of slides names it.</summary>
    internal object Described(int id) => new
    {
        id,
        name = Name,
        classes = Table.Classes.Select((one, k) => new { name = one.Name, label = one.Title, color = Palette.Checked(one.Color), count = Counts[k] }),
        patch = Table.Count == 0 ? (int[])[0, 0] : [Table[0].Level0.Width, Table[0].Level0.Height],
        count = Table.Count,
        mpp = Frame.Mpp is { } mpp ? (double[])[mpp.X, mpp.Y] : null,
        labelled = IsLabelled,
        probabilities = Table.HasProbabilities,
    };

    /// <summary>All that is known of a row.</summary>
    internal object Item(int row)
    {
        var (patch, box) = (Table[row], Table[row].Level0);
        return new
        {
            index = row,
            x = box.X0,
            y = box.Y0,
            width = box.Width,
            height = box.Height,
            @class = patch.Class,
            probability = patch.Probability,
            label = patch.Label,
            probabilities = Table.HasProbabilities ? Table.Probabilities(row).ToArray() : null,
        };
    }

    /// <summary>How many rows a filter takes, and of these the next after a row, or the one before it, going round at the end.</summary>
    /// <param name="after">Null: the first, or the last.</param>
    /// <param name="other">Only those that it names another class for; null: all.</param>
    internal object Find(PatchFilter filter, int? after, bool back, ViewedPrediction? other)
    {
        var agrees = other is null ? null : Agrees(other);
        // Positions count from 1; the last before, and the first from the row on.
        var (count, before, from, beforeAt, fromAt, last, first) = (0, -1, -1, 0, 0, -1, -1);
        for (var row = 0; row < Table.Count; row++)
        {
            if (!filter.Takes(Table[row]) || agrees is not null && agrees[row] is not false)
                continue;
            (count, first, last) = (count + 1, first < 0 ? row : first, row);
            if (row < after)
                (before, beforeAt) = (row, count);
            else if (row > after && from < 0)
                (from, fromAt) = (row, count);
        }
        var (found, position) = back ? before >= 0 ? (before, beforeAt) : (last, count) : from >= 0 ? (from, fromAt) : (first, 1);
        return new { count, position = found < 0 ? 0 : position, item = found < 0 ? null : Item(found) };
    }

    /// <summary>Of how many patches another says something, and of how many of these another class.</summary>
    internal object Compared(ViewedPrediction other) =>
        Agrees(other) is var agrees ? new { count = agrees.Count(one => one is false), of = agrees.Count(one => one is not null) } : null!;

    /// <summary>For each row whether another's patch at its middle has a class of the same name; null where there is none.</summary>
    bool?[] Agrees(ViewedPrediction other) => _agrees.GetOrAdd(other, _ =>
    {
        var agrees = new bool?[Table.Count];
        Parallel.For(0, agrees.Length, row =>
        {
            var (x, y) = ((Table[row].Level0.X0 + (double)Table[row].Level0.X1) / 2, (Table[row].Level0.Y0 + (double)Table[row].Level0.Y1) / 2);
            // Mostly both are of one grid.
            if ((row < other.Table.Count && other.Table[row].Level0 == Table[row].Level0 ? row : other.Index.At(x, y)) is { } there)
                agrees[row] = other.Table.Classes[other.Table[there].Class].Name == Table.Classes[Table[row].Class].Name;
        });
        return agrees;
    });

    /// <summary>The pixels that the network saw, at the resolution of the prediction.</summary>
    internal Raster Patch(Slide slide, int row)
    {
        // Microns per pixel may have been given when it was predicted, and the slide be opened without them.
        var at = Frame.Resolution.Unit == ResolutionUnit.Mpp && slide.Mpp != Frame.At(Resolution.Baseline(1)).Mpp
            || Frame.Resolution.Unit == ResolutionUnit.Power && slide.Magnification is null
            ? Resolution.Baseline((double)Frame.Size.Width / Frame.Level0.Width) : Frame.Resolution;
        return slide.Read(Table[row].Box, at);
    }
}
