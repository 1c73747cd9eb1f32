using System.Collections;

namespace Patchwise;

/// <summary>The predictions of one model: a row for each patch, in the order in which the patches were given.</summary>
public sealed partial class PredictionTable : IReadOnlyList<Prediction>, ITabular
{
    readonly Prediction[] _rows;

    /// <summary>Row by row, one value a class; null where they were not kept.</summary>
    readonly float[]? _probabilities;

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>In the order of the network's outputs.</summary>
    public IReadOnlyList<ClassInfo> Classes { get; }
    public IReadOnlyList<PredictionSource> Sources { get; }
    public int Count => _rows.Length;
    public bool HasProbabilities => _probabilities is not null;

    /// <summary>Whether the model tells how far each patch is from those that it was learned from, see <see cref="Prediction.Novelty"/>.</summary>
    public bool HasNovelty { get; }

    /// <summary>Files that were to be predicted and could not be (excluded), and what else to know of the input.</summary>
    public IReadOnlyList<SetProblem> Problems { get; init; } = [];

    /// <summary>The same predictions, and more to know of them.</summary>
    public PredictionTable With(IReadOnlyList<SetProblem> more) =>
        more.Count == 0 ? this : new(Model, Classes, Sources, _rows, _probabilities) { Problems = [.. Problems, .. more] };

    /// <param name="probabilities">Count x classes values; null where they are not kept. Both arrays belong to the table from here on.</param>
    public PredictionTable(string model, IReadOnlyList<ClassInfo> classes, IReadOnlyList<PredictionSource> sources, Prediction[] rows, float[]? probabilities)
    {
        if (probabilities is not null && probabilities.Length != (long)rows.Length * classes.Count)
            throw new ArgumentException($"{probabilities.Length} probabilities for {rows.Length} patches of {classes.Count} classes");
        (Model, Classes, Sources, _rows, _probabilities) = (model, classes, sources, rows, probabilities);
        HasNovelty = Array.Exists(rows, row => row.Novelty is not null);
    }

    public Prediction this[int row] => _rows[row];

    /// <summary>One value a class, adding up to 1.</summary>
    /// <exception cref="BadInputException">They were not kept.</exception>
    public ReadOnlySpan<float> Probabilities(int row) => _probabilities is null
        ? throw new BadInputException("the probabilities were not kept: predict again and keep them")
        : _probabilities.AsSpan(checked(row * Classes.Count), Classes.Count);

    /// <summary>Whether a patch lies wholly inside its tile or slide, so that the network saw no padding. An image that is one patch does.</summary>
    public bool IsInside(Prediction row) => Sources[row.Source].Frame is not { } frame || Box.Of(frame.Size).Contains(row.Box);

    /// <summary>The rows of one source.</summary>
    /// <param name="source">Its number in <see cref="Sources"/>.</param>
    public PredictionTable OfSource(int source)
    {
        var rows = Enumerable.Range(0, Count).Where(row => _rows[row].Source == source).ToArray();
        float[]? kept = null;
        if (_probabilities is not null)
        {
            kept = new float[rows.Length * Classes.Count];
            for (var i = 0; i < rows.Length; i++)
                Probabilities(rows[i]).CopyTo(kept.AsSpan(i * Classes.Count));
        }
        return new(Model, Classes, [Sources[source]], Array.ConvertAll(rows, row => _rows[row] with { Source = 0 }), kept);
    }

    /// <summary>The same predictions with other labels, so that they can be evaluated.</summary>
    /// <param name="label">The class that a patch is known to be; null where that is not known.</param>
    public PredictionTable WithLabels(Func<Prediction, int?> label) =>
        new(Model, Classes, Sources, Array.ConvertAll(_rows, row => label(row) is var known && (known is null || (uint)known < (uint)Classes.Count)
        ? row with { Label = known }
        : throw new BadInputException($"label {known} of a patch: expected the number of one of the {Classes.Count} classes")), _probabilities)
        { Problems = Problems };

    static readonly ClassInfo[] Familiarity =
    [
        new("familiar", "as near to the patches learned from as 95 % of these are to each other", "#0072b2"),
        new("unfamiliar", "farther from all patches learned from", "#d55e00"),
    ];

    /// <summary>
    /// The same patches by <see cref="Prediction.Novelty"/> instead of tissue: familiar up to 1, else unfamiliar, so that a
    /// map of it shows where the network has no business to answer.
    /// </summary>
    /// <exception cref="BadInputException">The model does not tell.</exception>
    public PredictionTable ByNovelty() => !HasNovelty
        ? throw new BadInputException($"{Model} does not tell how far patches are from those that it was learned from: expected a linear head that was saved "
            + "by this version; train and save it again")
        : new($"novelty by {Model}", Familiarity, Sources,
            Array.ConvertAll(_rows, row => row with { Class = row.Novelty <= 1 ? 0 : 1, Probability = 1, Label = null }), null);

    public IEnumerator<Prediction> GetEnumerator() => ((IEnumerable<Prediction>)_rows).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    const int Shown = 20;

    /// <summary>The shares of the classes are of the patches that lie wholly inside; it is said how many do not.</summary>
    public override string ToString()
    {
        Prediction[] inside = [.. _rows.Where(IsInside)];
        var cut = inside.Length < Count ? FormattableString.Invariant($", {Count - inside.Length:N0} over the edge") : "";
        return FormattableString.Invariant($"{Count:N0} patches predicted by {Model}{cut}: ")
            + string.Join(", ", inside.CountBy(row => row.Class).OrderByDescending(one => one.Value).Take(9)
            .Select(one => FormattableString.Invariant($"{Classes[one.Key].Name} {100.0 * one.Value / inside.Length:0.#} %")))
            + string.Concat(Problems.Take(5).Select(one => $"; {one.File}: {one.What}")) + (Problems.Count > 5 ? $"; and {Problems.Count - 5} more" : "");
    }

    public TextTable ToTable() => TextTable.Of(ToString(), ["row", "source", "x0", "y0", "x1", "y1", "class", "probability",
        .. HasNovelty ? (string[])["novelty"] : [], "label"],
            [.. _rows.Take(Shown).Select((row, i) => (object?[])[i, Path.GetFileName(Sources[row.Source].Name),
            row.Box.X0, row.Box.Y0, row.Box.X1, row.Box.Y1,
            Classes[row.Class].Name, (double)row.Probability, .. HasNovelty ? (object?[])[(double)(row.Novelty ?? float.NaN)] : [],
            row.Label is { } label ? Classes[label].Name : ""])], Count);
}
