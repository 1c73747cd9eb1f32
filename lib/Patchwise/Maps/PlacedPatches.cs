namespace Patchwise;

/// <summary>The patches of one tile or slide as boxes on a map of it, cut at its edge; those that vanish in rounding are empty.</summary>
sealed class PlacedPatches
{
    internal PredictionTable Table { get; }

    internal PredictionSource Source => Table.Sources[0];

    /// <summary>The tile or slide at the map's resolution.</summary>
    internal SlideFrame Frame { get; }

    internal Box[] Boxes { get; }

    PlacedPatches(PredictionTable table, SlideFrame frame, Box[] boxes) => (Table, Frame, Boxes) = (table, frame, boxes);

    internal static PlacedPatches On(PredictionTable table, MapOptions options, CancellationToken cancel)
    {
        var (at, rule) = (options.At, options.Rule);
        if (table.Sources is not [var source])
            throw new BadInputException(table.Sources.Count == 0
                ? "these predictions are of no tile or slide: expected those of one"
                : $"these predictions are of {table.Sources.Count} sources "
                + $"({string.Join(", ", table.Sources.Take(3).Select(one => one.Name))}{(table.Sources.Count > 3 ? ", ..." : "")}): a map is of one; say "
                + $"which, as predictions.OfSource(0)");
        if (source.Frame is not { } predicted)
            throw new BadInputException($"{source.Name} is an image that is one patch: expected a tile or slide, on which patches have their places");
        if (!Enum.IsDefined(rule))
            throw new BadInputException($"map rule {rule}: expected {string.Join(", ", Enum.GetNames<MapRule>())}");
        var frame = at is { } asked ? predicted.At(asked) : predicted;
        options.Check(source.Name, frame);
        Refuse(table, cancel);
        double fx = frame.Size.Width / (double)predicted.Size.Width, fy = frame.Size.Height / (double)predicted.Size.Height;
        if (rule == MapRule.Toolbox14)
            (fx, fy) = (fy, fx);
        var boxes = new Box[table.Count];
        for (var i = 0; i < boxes.Length; i++)
        {
            var box = table[i].Box;
            boxes[i] = new(OnMap(box.X0 * fx, frame.Size.Width), OnMap(box.Y0 * fy, frame.Size.Height), OnMap(box.X1 * fx, frame.Size.Width),
                OnMap(box.Y1 * fy, frame.Size.Height));
        }
        return new(table, frame, boxes);
    }

    static int OnMap(double place, int length) => (int)Math.Clamp(Math.Ceiling(place), 0, length);

    static void Refuse(PredictionTable table, CancellationToken cancel)
    {
        // Softmax in single precision may end a little above 1.
        const float Most = 1.0001f;
        var classes = table.Classes.Count;
        for (var row = 0; row < table.Count; row++)
        {
            cancel.ThrowIfCancellationRequested();
            if ((uint)table[row].Class >= (uint)classes)
                throw new BadInputException(FormattableString.Invariant($"row {row} has class {table[row].Class}: expected 0 to {classes - 1}"));
            if (!table.HasProbabilities)
                continue;
            foreach (var value in table.Probabilities(row))
                if (!(value is >= 0 and <= Most))
                    throw new BadInputException(FormattableString.Invariant(
                        $"row {row} has the probability {value}: expected 0 to 1; was the model's output no softmax?"));
        }
    }

    /// <summary>
    /// The stretches of the map between the edges of all patches, in which averages are constant. Where these make more than <paramref name="mostCells"/>
    /// cells: even ones, as fine as that allows.
    /// </summary>
    internal MapAxes Axes(long mostCells = long.MaxValue)
    {
        var size = Frame.Size;
        var seen = Boxes.Where(box => !box.IsEmpty);
        var (x, y) = (MapAxis.Between(seen.Select(box => (box.X0, box.X1)), size.Width), MapAxis.Between(seen.Select(box => (box.Y0, box.Y1)), size.Height));
        if ((long)x.Count * y.Count <= mostCells)
            return new(x, y);
        var step = 1;
        while ((long)((size.Width + step - 1) / step) * ((size.Height + step - 1) / step) > mostCells)
            step++;
        return new(MapAxis.Even(size.Width, step), MapAxis.Even(size.Height, step));
    }
}
