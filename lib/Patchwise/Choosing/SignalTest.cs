using System.Globalization;

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
/// has not learned from.
/// </summary>
public sealed class SignalTest : ITabular
{
    readonly SignalObjects _source;

    /// <summary>The objects that were tested, the same at each setting.</summary>
    public IReadOnlyList<SignalObject> Objects { get; }

    /// <summary>In alphabetical order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>A row for each setting: the highest magnification first, then by field and input; the reference is the last.</summary>
    public IReadOnlyList<SignalRow> Rows { get; }

    /// <summary>The setting of the highest accuracy, by the estimates that borrow strength from all settings.</summary>
    public SignalRow Best { get; }

    /// <summary>The costly setting to compare with, at the largest input.</summary>
    public SignalRow Reference => Rows[^1];

    /// <summary>The cheapest safe setting; null where the answer is no setting.</summary>
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

    /// <summary>
    /// Tests all settings. Every image is read once; features and classifiers are computed on all cores.
    /// </summary>
    /// <param name="objects">With classes and groups: at least two classes of 15 objects in three groups, and five groups in all.</param>
    /// <param name="features">Of a network, <c>SignalFeatures.Of(model)</c>.</param>
    /// <exception cref="BadInputException">
    /// Too few groups, a class in too few groups or with too few objects, no room for a field, an option out of range; an image cannot be read.
    /// </exception>
    public static SignalTest Of(SignalObjects objects, ISignalFeatures features, SignalOptions options, CancellationToken cancel) =>
        throw new NotImplementedException();

    /// <summary>The share of the divisions in which each of <see cref="Objects"/> was told right at a setting, 0..1.</summary>
    public IReadOnlyList<double> Right(SignalRow row) => throw new NotImplementedException();

    /// <summary>Objects that are told right at the best setting and wrong at the suggested one, in most divisions.</summary>
    public IReadOnlyList<SignalObject> Lost => throw new NotImplementedException();

    /// <summary>The reverse.</summary>
    public IReadOnlyList<SignalObject> Gained => throw new NotImplementedException();

    /// <summary>What the network sees of some objects at a setting, 8-bit RGB of its input's side; reads their images again.</summary>
    public IReadOnlyList<Raster> Patches(SignalSetting setting, IReadOnlyList<SignalObject> objects, CancellationToken cancel) =>
        throw new NotImplementedException();

    SignalTest(SignalObjects source) => (_source, Objects, Classes, Rows, Best, Sentence, Notes, Network) = (source, source, [], [], null!, "", [], "");

    public override string ToString() => string.Join('\n', [Sentence, .. Notes]);

    public TextTable ToTable() => throw new NotImplementedException();

    /// <summary>
    /// Writes a line for each setting as CSV (UTF-8, comma, decimal point): magnification, factor, field, patch, input, multiply_adds, pixels, accuracy,
    /// low, high, loss, loss_low, loss_high, shrunk_loss, error, safe, and what it is: best, suggested, reference.
    /// </summary>
    public void SaveCsv(string path) => throw new NotImplementedException();
}
