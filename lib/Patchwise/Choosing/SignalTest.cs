using System.Runtime.CompilerServices;

namespace Patchwise;

/// <summary>What a <see cref="SignalTest"/> can answer.</summary>
public enum SignalAnswer
{
    /// <summary><see cref="SignalTest.Suggested"/> keeps the signal at less cost.</summary>
    Cheaper,

    /// <summary>Whatever is cheaper than the best loses more than is allowed.</summary>
    NothingCheaper,

    /// <summary>The differences between settings are too uncertain to choose by.</summary>
    TooFewObjects,

    /// <summary>No setting tells the classes apart better than chance.</summary>
    NoSignal,
}

/// <summary>
/// Which is the cheapest magnification, field of view and input size of a network that keeps what tells the objects' classes apart? Measured before any
/// training: the same objects at every setting, the features of a frozen network, a ridge classifier on them, tested on groups (patients or images) that it
/// has not learned from. Suggested is the cheapest setting (by multiply-adds, then by pixels read) that is safe, see <see cref="SignalRow"/>.
/// <code>
///   var objects = SignalObjects.Of(set, RegionTable.Measure(set), row => names[row.Value]);
///   var test = SignalTest.Of(objects, SignalFeatures.Of(Model.Open("mobilenet_v2-imagenet")), new(), cancel);
/// </code>
/// </summary>
public sealed class SignalTest : ITabular
{
    /// <summary>Points of standard error above which settings cannot be chosen between.</summary>
    const double MostError = 3;

    readonly SignalScores _scores;
    readonly double[][] _right;
    readonly double _chance;

    /// <summary>All that there were to choose from, of the classes that were asked for.</summary>
    public SignalObjects Source { get; }

    /// <summary>The objects that were tested, the same at each setting.</summary>
    public IReadOnlyList<SignalObject> Objects { get; }

    /// <summary>For each of these the number of its group, from 0; groups that hold the same pixels have one.</summary>
    public IReadOnlyList<int> Groups { get; }

    /// <summary>In alphabetical order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>A row for each setting: the highest magnification first, then by field and input; the reference is the last.</summary>
    public IReadOnlyList<SignalRow> Rows { get; }

    /// <summary>
    /// The setting of the highest accuracy, by the estimates that borrow strength from all settings; one whose field is smaller than most objects
    /// (<see cref="SignalObjects.Side"/>) only where it is better than those that hold them by a standard error.
    /// </summary>
    public SignalRow Best { get; }

    /// <summary>The costly setting to compare with, at the largest input.</summary>
    public SignalRow Reference => Rows[^1];

    /// <summary>The cheapest safe setting; null where the answer is not <see cref="SignalAnswer.Cheaper"/>.</summary>
    public SignalRow? Suggested { get; }

    public SignalAnswer Answer { get; }

    /// <summary>The answer in one sentence, with its numbers.</summary>
    public string Sentence { get; }

    /// <summary>What was left out, assumed or should be known when the answer is used.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Of the frame that fields are measured in: the lowest of the images; null where it is not known.</summary>
    public Magnification? Magnification { get; }

    /// <summary>Points of balanced accuracy that the suggestion may lose.</summary>
    public double Tolerance { get; }

    /// <summary>The name of the network.</summary>
    public string Network { get; }

    /// <param name="settings">The reference is the last.</param>
    /// <param name="given">Of each setting what its objects are given.</param>
    internal SignalTest(SignalObjects source, SignalSample sample, IReadOnlyList<SignalSetting> settings, SignalGiven[] given, ISignalFeatures features,
        SignalOptions options, CancellationToken cancel)
    {
        (Source, Objects, Classes, Groups, _right, Network, Magnification) =
            (source, sample.Objects, sample.Classes, sample.Groups, Array.ConvertAll(given, sample.Right), features.Name, source.Magnification);
        (_chance, Tolerance) = (1.0 / sample.Classes.Length, options.Tolerance);
        _scores = SignalScores.Of(_right, sample.Labels, sample.Groups, options.Seed, cancel, Array.ConvertAll(given, one => one.Errors));
        var shrunk = _scores.Shrunk(settings);
        var best = Enumerable.Range(0, shrunk.Length).MaxBy(s => shrunk[s]);
        // A field that most objects do not fit in costs the network as much as one that holds them, so that it has to be better for sure, not by luck.
        var needed = source.Side;
        bool Cuts(int s) => settings[s].Field < needed;
        string? cutting = null;
        if (Cuts(best) && Enumerable.Range(0, shrunk.Length).Where(s => !Cuts(s)).ToArray() is { Length: > 0 } whole
            && whole.MaxBy(s => shrunk[s]) is var next && shrunk[best] - shrunk[next] < _scores.Error(next, best))
        {
            cutting = Invariant($"{settings[best].Describe(Magnification)} seems better by {100 * (shrunk[best] - shrunk[next]):0.0} points, less than a ")
                + Invariant($"standard error ({100 * _scores.Error(next, best):0.0}): its field of {settings[best].Field} px cuts objects, of which most need ")
                + Invariant($"{needed} px, and so it is not suggested");
            best = next;
        }
        var cut = Cuts(best);
        var costs = settings.Select(one => one.Input).Distinct().ToDictionary(input => input, features.MultiplyAdds);
        // Of two settings that do the same the cheaper is taken, however surely they differ in what nobody notices. Of many settings near the tolerance luck
        // favours some, and of those the cheapest would be taken: half an error beside the loss leaves room for that.
        var most = Math.Min(options.Tolerance, Math.Max(options.Tolerance / 10, 100 * _scores.TypicalError()));
        Rows = [.. settings.Select((setting, s) =>
        {
            var (loss, error) = (100 * (shrunk[best] - shrunk[s]), 100 * _scores.Error(s, best));
            // What a lower magnification costs by itself: against higher ones with the same field and input.
            var byMagnification = 100 * settings.Index().Where(other => other.Item.Factor > setting.Factor && other.Item.Field == setting.Field
                && other.Item.Input == setting.Input).Select(other => shrunk[other.Index] - shrunk[s]).DefaultIfEmpty().Max();
            return new SignalRow(setting, _scores.Of(s), Points(_scores.Loss(s, best)), loss, error, costs[setting.Input],
                s == best || ((cut || !Cuts(s)) && loss <= most && loss + error / 2 <= options.Tolerance && byMagnification <= options.Tolerance / 2 + 1e-9));
        })];
        Best = Rows[best];
        var cheapest = Rows.Where(row => row.Safe).OrderBy(Cost).ThenBy(row => row.Pixels).ThenBy(row => row.ShrunkLoss).First();
        // How uncertain those settings are that may be as good as the best; others are out of the question however uncertain.
        var typical = 100 * _scores.TypicalError(less => 100 * less <= options.Tolerance);
        Answer = !_scores.AboveChance(_chance) ? SignalAnswer.NoSignal : typical > MostError ? SignalAnswer.TooFewObjects
            : IsCheaper(cheapest) ? SignalAnswer.Cheaper : SignalAnswer.NothingCheaper;
        Suggested = Answer == SignalAnswer.Cheaper ? cheapest : null;
        Sentence = InWords(typical);
        Notes =
        [
            .. source.Notes,
            .. sample.Notes,
            .. cutting is null ? (string[])[] : [cutting],
            .. sample.KnownFromGroup() is var known && known > (1 + _chance) / 2 ? (string[])[Invariant(
                $"classes go with groups: the group alone tells {100 * known:0} % of the objects right, so that settings may be judged by that")]
                : [],
            .. Rows.Any(row => row.MultiplyAdds is null) ? (string[])["the multiply-adds are not known: pixels of the input stand for them"] : [],
            "frozen features understate what a lower magnification loses by 2 to 4 times, and overstate the harm of a larger field: train at the setting "
                + "before you rely on it",
        ];
    }

    /// <summary>Tests all settings. Every image is read once; features and classifiers are computed on all cores.</summary>
    /// <param name="objects">With classes and groups: at least two classes of 15 objects in three groups, and five groups in all.</param>
    /// <param name="features">Of a network, <c>SignalFeatures.Of(model)</c>.</param>
    /// <exception cref="BadInputException">
    /// Too few groups, a class in too few groups or with too few objects, no room for a field, an option out of range; an image cannot be read.
    /// </exception>
    public static SignalTest Of(SignalObjects objects, ISignalFeatures features, SignalOptions options, CancellationToken cancel)
    {
        options.Check();
        // Before several threads ask for it at once: the loader of the genuine kernel would load it once for each, and a member of one is not found in another.
        RuntimeHelpers.RunClassConstructor(typeof(MathNet.Numerics.LinearAlgebra.Double.DenseMatrix).TypeHandle);
        var sample = SignalSample.Of(objects, options);
        objects = sample.Source;
        var settings = sample.Settings(options, features);
        var work = new SignalWork(objects, sample, features, options, cancel);
        sample = work.Sample;
        var side = features.Inputs([options.Reference]) is [var taken] ? taken : throw new BadInputException(
            $"{features.Name} does not take the Reference of {options.Reference} px: state another");
        var given = work.Given(settings, settings.Any(one => one.Factor == 1 && one.Input == side) ? 0 : 1, cancel);
        var whole = settings.Index().Where(one => one.Item.Factor == 1).ToArray();
        var field = whole.GroupBy(one => one.Item.Field)
            .MaxBy(group => group.Average(one => SignalScores.Balanced(sample.Right(given[one.Index]), sample.Labels)))!.Key;
        var reference = new SignalSetting(1, field, side);
        var last = Array.IndexOf(settings, reference) is >= 0 and var known ? [given[known]] : work.Given([reference], 0, cancel);
        var others = settings.Index().Where(one => one.Item != reference).ToArray();
        sample.Notes.AddRange(work.Notes);
        return new(objects, sample, [.. others.Select(one => one.Item), reference], [.. others.Select(one => given[one.Index]), .. last], features, options,
            cancel);
    }

    /// <summary>The share of the divisions in which each of <see cref="Objects"/> was told right at a setting, 0..1.</summary>
    /// <exception cref="BadInputException">It is no row of this test.</exception>
    public IReadOnlyList<double> Right(SignalRow row) => _right[IndexOf(row)];

    /// <summary>What a setting loses against another, in points of balanced accuracy, with its interval.</summary>
    /// <exception cref="BadInputException">One is no row of this test.</exception>
    public Estimate Loss(SignalRow row, SignalRow against) => Points(_scores.Loss(IndexOf(row), IndexOf(against)));

    /// <summary>Objects that are told right at the best setting and wrong at the suggested one, in most divisions; none without a suggestion.</summary>
    public IReadOnlyList<SignalObject> Lost => Suggested is null ? [] : Only(Best, Suggested);

    /// <summary>The reverse.</summary>
    public IReadOnlyList<SignalObject> Gained => Suggested is null ? [] : Only(Suggested, Best);

    /// <summary>What the network sees of some objects at a setting, 8-bit RGB of its input's side; reads their images again.</summary>
    /// <exception cref="BadInputException">An object of no image of the test.</exception>
    public IReadOnlyList<Raster> Patches(SignalSetting setting, IReadOnlyList<SignalObject> objects, CancellationToken cancel) =>
        objects.FirstOrDefault(one => !Source.Images.ContainsKey(one.Image)) is { } foreign
            ? throw new BadInputException($"{Source.Name} does not hold the image {foreign.Image}: expected objects of this test")
            : Array.ConvertAll(Source.Read(objects, setting.Field, 0, cancel), crop => SignalSample.Seen(crop, setting));

    int IndexOf(SignalRow row) => Rows.Index().Where(one => one.Item.Setting == row.Setting).Select(one => (int?)one.Index).FirstOrDefault()
        ?? throw new BadInputException($"{row.Setting.Describe(Magnification)} is no setting of this test: expected one of its Rows");

    SignalObject[] Only(SignalRow right, SignalRow wrong) =>
        [.. Right(right).Zip(Right(wrong), Objects).Where(one => one.First > 0.5 && one.Second <= 0.5).Select(one => one.Third)];

    static double Cost(SignalRow row) => row.MultiplyAdds ?? (double)row.Setting.Input * row.Setting.Input;

    bool IsCheaper(SignalRow row) => (Cost(row), row.Pixels).CompareTo((Cost(Reference), Reference.Pixels)) < 0;

    static Estimate Points(Estimate share) => share.Map(value => 100 * value);

    string InWords(double typical)
    {
        static string Text(Estimate loss) =>
            Invariant($"{loss.Value:0.0} points") + (loss.HasInterval ? Invariant($" ({loss.Low:0.0} to {loss.High:0.0})") : "");
        string Name(SignalRow row) => row.Setting.Describe(Magnification);
        var tested = Invariant($"{Objects.Count:N0} objects of {Classes.Count} classes");
        if (Answer == SignalAnswer.NoSignal)
            return Invariant($"No signal: on {tested} no setting is right more often than chance ({100 * _chance:0.0} %); the best, {Name(Best)}, has ")
                + Invariant($"{100 * Best.Accuracy.Value:0.0} %.");
        if (Answer == SignalAnswer.TooFewObjects)
            return Invariant($"Too few objects: the differences between settings are uncertain by {typical:0.0} points (one standard error) on {tested}; ")
                + Invariant($"about {Math.Ceiling(Objects.Count * Math.Pow(typical / MostError, 2) / 50) * 50:N0} are needed.");
        if (Suggested is not { } chosen)
            return (Rows.Where(row => IsCheaper(row) && row.ShrunkLoss >= 0).MinBy(row => row.ShrunkLoss) is { } next
                ? $"Nothing cheaper is safe: the best of the cheaper settings, {Name(next)}, loses {Text(Loss(next, Reference))} of balanced accuracy "
                : "Nothing cheaper was tried: all that is compared ")
                + Invariant($"against {Name(Reference)} ({100 * Reference.Accuracy.Value:0.0} %), on {tested}.");
        var only = Invariant($"{Lost.Count} objects are told right there only, {Gained.Count} here only");
        return Invariant($"{Name(chosen)} keeps the signal at {Cost(chosen) / Cost(Reference):0.00} of the multiply-adds and ")
            + Invariant($"{chosen.Pixels / (double)Reference.Pixels:0.00} of the pixels of {Name(Reference)}: it has a balanced accuracy of ")
            + Invariant($"{100 * chosen.Accuracy.Value:0.0} % on {tested} and loses {Text(Loss(chosen, Reference))} against that")
            + (chosen == Best ? $" (no setting {(Rows.Any(row => row.ShrunkLoss < 0) ? "that holds the objects " : "")}is better)."
                : Best == Reference ? $", the best; {only}."
                : $", {Text(chosen.Loss)} against the best ({Name(Best)}; {only}).");
    }

    public override string ToString() => string.Join('\n', [Sentence, .. Notes]);

    /// <summary>The settings that no cheaper one equals, the suggested one and the reference; all are in <see cref="Rows"/>.</summary>
    public TextTable ToTable()
    {
        var frontier = new List<SignalRow>();
        foreach (var row in Rows.OrderBy(Cost).ThenBy(row => row.Pixels))
            if (row == Suggested || row == Reference || row == Best || frontier.All(cheaper => cheaper.Accuracy.Value < row.Accuracy.Value))
                frontier.Add(row);
        return TextTable.Of(Sentence, ["setting", "accuracy", "95 % interval", "loss", "95 % interval of it", "multiply-adds", "pixels read", ""],
            [.. frontier.Select(row => (object?[])[row.Setting.Describe(Magnification), Invariant($"{100 * row.Accuracy.Value:0.0} %"),
                row.Accuracy.HasInterval ? Invariant($"{100 * row.Accuracy.Low:0.0} to {100 * row.Accuracy.High:0.0} %") : "none",
                Invariant($"{row.Loss.Value:0.0}"),
                row == Best ? "" : row.Loss.HasInterval ? Invariant($"{row.Loss.Low:0.0} to {row.Loss.High:0.0}") : "none",
                row.MultiplyAdds is { } adds ? Invariant($"{adds / 1e6:0} million") : "not known", Invariant($"{row.Pixels:N0}"), Role(row)])], frontier.Count);
    }

    string Role(SignalRow row) => string.Join(", ", ((string?[])[row == Suggested ? "suggested" : null, row == Best ? "best" : null,
        row == Reference ? "reference" : null]).OfType<string>());

    /// <summary>
    /// Writes a line for each setting as CSV (UTF-8, comma, decimal point): magnification (empty where not known), factor, field, patch, input, multiply_adds,
    /// pixels, accuracy, low, high (shares), loss, loss_low, loss_high, shrunk_loss, error (points), safe, and role: best, suggested, reference.
    /// </summary>
    public void SaveCsv(string path)
    {
        object?[] Cells(SignalRow row) => [Magnification?.Power * row.Setting.Factor, row.Setting.Factor, row.Setting.Field, row.Setting.Patch,
            row.Setting.Input, row.MultiplyAdds, row.Pixels, .. Numbers(row.Accuracy), .. Numbers(row.Loss), Number(row.ShrunkLoss), Number(row.Error),
            row.Safe ? "true" : "false", Role(row).Replace(", ", " ", StringComparison.Ordinal)];
        string[] lines = ["magnification,factor,field,patch,input,multiply_adds,pixels,accuracy,low,high,loss,loss_low,loss_high,shrunk_loss,error,safe,role",
            .. Rows.Select(row => string.Join(',', Cells(row).Select(value => Convert.ToString(value, CultureInfo.InvariantCulture))))];
        WholeFile.WriteText(path, string.Concat(lines.Select(line => line + '\n')));
    }

    static string[] Numbers(Estimate value) => [Number(value.Value), Number(value.Low), Number(value.High)];

    static string Number(double value) => double.IsNaN(value) ? "" : value.ToString("0.#####", CultureInfo.InvariantCulture);
}
