namespace Patchwise;

/// <summary>
/// What the values mean that a network gives for a patch, and the probabilities that they stand for: the one place for all kinds of files. The card's word goes
/// first; known architectures give logits; of others the values tell. They were looked at for patches of wild colors, where logits are anything, what comes
/// from a softmax adds up to 1 and what comes from a logistic function lies between 0 and 1; and each patch that is predicted has to agree.
/// </summary>
sealed class Outputs
{
    /// <summary>For sums of probabilities of 16 bits.</summary>
    const float Tolerance = 0.01f;

    const int Trials = 4;

    readonly string _file;
    readonly bool _stated, _unsure;

    internal ModelOutput Kind { get; }

    /// <summary>That the network gives for a patch.</summary>
    internal int Values { get; }

    /// <summary>Two for a single value.</summary>
    internal int Classes => Values == 1 ? 2 : Values;

    Outputs(ModelOutput kind, bool stated, bool unsure, int values, string file) =>
        (Kind, _stated, _unsure, Values, _file) = (kind, stated, unsure, values, file);

    /// <summary>Of a known architecture, which gives logits.</summary>
    internal static Outputs Of(Network network, ModelCard card, string file) =>
        new(card.Output ?? ModelOutput.Logits, card.Output is not null || network.Classes > 1, false, network.Classes, file);

    /// <summary>A card whose scaling makes of samples what no picture holds.</summary>
    internal static ModelCard Wild(ModelCard card) => card with { Mean = [0.5, 0.5, 0.5], Deviation = [0.01, 0.01, 0.01] };

    /// <summary>Tells the kind from what an engine with the wild card gives.</summary>
    internal static Outputs Of(IInferenceEngine engine, ModelCard card, string file)
    {
        if (card.Output is { } stated)
            return new(stated, true, false, engine.Classes, file);
        var size = engine.PatchSize ?? new(card.Patch, card.Patch);
        var (random, patch) = (new Random(1), 3 * size.Width * size.Height);
        var rgb = new byte[Trials * patch];
        random.NextBytes(rgb.AsSpan(0, patch));
        rgb.AsSpan(patch, patch).Fill(255);
        // Of one color each.
        for (var at = 2 * patch; at < rgb.Length; at++)
            rgb[at] = (byte)(at / patch % 2 == 0 ? 255 * (at % 3 / 2) : 255 - 255 * (at % 3 / 2));
        var values = new float[Trials * engine.Classes];
        try
        {
            engine.Run(rgb, Trials, size, values, []);
        }
        catch (PatchwiseException)
        {
            // It takes no patches of this size, which a user may want to know of and not only predict with.
            values[0] = float.NaN;
        }
        if (values.Any(value => !float.IsFinite(value)))
            return new(ModelOutput.Logits, false, true, engine.Classes, file);
        var kind = !Lies(values) ? ModelOutput.Logits
            : engine.Classes == 1 || AddUp(values, engine.Classes) ? ModelOutput.Probabilities : ModelOutput.LabelProbabilities;
        return new(kind, false, false, engine.Classes, file);
    }

    /// <summary>Whether all are probabilities. What is no number is left to others.</summary>
    static bool Lies(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            if (value < -Tolerance / 10 || value > 1 + Tolerance)
                return false;
        return true;
    }

    /// <summary>Whether the values of each patch are probabilities of which one class has to be.</summary>
    static bool AddUp(ReadOnlySpan<float> values, int classes)
    {
        if (!Lies(values))
            return false;
        for (; values.Length > 0; values = values[classes..])
        {
            var sum = 0.0;
            foreach (var value in values[..classes])
                sum += value;
            if (Math.Abs(sum - 1) > Tolerance)
                return false;
        }
        return true;
    }

    /// <summary>Turns what the network gives for patches into probabilities.</summary>
    /// <param name="values">A row of <see cref="Values"/> a patch, which may be changed.</param>
    /// <param name="probabilities">Takes a row of <see cref="Classes"/> a patch; it may be <paramref name="values"/> where they are as many.</param>
    /// <exception cref="BadInputException">The values are of another kind.</exception>
    internal void Read(Span<float> values, Span<float> probabilities)
    {
        var fits = Kind switch
        {
            ModelOutput.Probabilities when Values > 1 => AddUp(values, Values),
            ModelOutput.Probabilities or ModelOutput.LabelProbabilities => Lies(values),
            ModelOutput.Logits => !_unsure || !Lies(values),
            _ => true,
        };
        if (!fits)
            throw new BadInputException($"{_file} gives values such as {string.Join(", ", values[..Math.Min(4, values.Length)].ToArray().Select(Text))}, where "
                + $"{Words} {(_stated ? "were stated" : "were found on trial patches")}: state \"output\" in {CardFile.PathBeside(_file)}, as \"logits\", "
                + "\"probabilities\", \"labelLogits\" or \"labelProbabilities\"");
        if (Kind is ModelOutput.LabelLogits || (Kind == ModelOutput.Logits && Values == 1))
            foreach (ref var value in values)
                value = 1 / (1 + MathF.Exp(-value));
        else if (Kind == ModelOutput.Logits)
            Softmax.Apply(values, Values);
        if (Values > 1)
        {
            if (!values.Overlaps(probabilities))
                values.CopyTo(probabilities);
            return;
        }
        for (var i = 0; i < values.Length; i++)
            (probabilities[2 * i], probabilities[2 * i + 1]) = (1 - values[i], values[i]);
    }

    static string Text(float value) => FormattableString.Invariant($"{value:0.###}");

    /// <summary>For people.</summary>
    internal string Words => (Kind, Values) switch
    {
        (ModelOutput.Logits, 1) => "one logit, that of the second class",
        (ModelOutput.Logits, _) => "logits",
        (ModelOutput.Probabilities, 1) => "one probability, that of the second class",
        (ModelOutput.Probabilities, _) => "probabilities, from a softmax",
        (ModelOutput.LabelLogits, _) => "logits of classes that do not exclude one another",
        _ => "probabilities of classes that do not exclude one another",
    };

    /// <summary>That nobody stated what is not plain; null where there is nothing to say.</summary>
    internal string? Note => _stated || Kind == ModelOutput.Logits && Values > 1 ? null
        : $"the outputs are taken for {Words}; where they are not, state \"output\" in {CardFile.PathBeside(_file)}";
}

/// <summary>Gives the probabilities of classes in place of what its network gives.</summary>
sealed class ProbabilityEngine(IInferenceEngine engine, Outputs outputs) : IInferenceEngine
{
    public int Classes => outputs.Classes;
    public int Features => engine.Features;
    public PixelSize? PatchSize => engine.PatchSize;
    public string Place => engine.Place;
    public int Parallel => engine.Parallel;

    public void Run(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop = default)
    {
        var values = outputs.Values == outputs.Classes ? logits : new float[count * outputs.Values];
        engine.Run(rgb, count, size, values, features, stop);
        outputs.Read(values, logits);
    }

    public void Dispose() => engine.Dispose();
}
