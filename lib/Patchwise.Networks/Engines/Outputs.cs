namespace Patchwise;

/// <summary>
/// What the values mean that a network gives for a patch, and the probabilities that they stand for: the one place for all kinds of files. The card's word goes
/// first; known architectures give logits; of others the values tell. They were looked at for patches of wild colors, where logits are anything, what comes
/// from a softmax adds up to 1 and what comes from a logistic function lies between 0 and 1; and each patch that is predicted has to agree.
/// </summary>
/// <param name="Values">That the network gives for a patch.</param>
/// <param name="IsStated">By the card, or by what is known of the architecture.</param>
/// <param name="IsUnsure">No trial patch told.</param>
sealed record Outputs(ModelOutput Kind, int Values, string File, bool IsStated, bool IsUnsure = false)
{
    /// <summary>For sums of probabilities of 16 bits.</summary>
    const float Tolerance = 0.01f;

    const int Trials = 4, SmallSide = 224;

    /// <summary>A card whose scaling makes of samples what no picture holds.</summary>
    internal static ModelCard Wild(ModelCard card) => card with { Mean = [0.5, 0.5, 0.5], Deviation = [0.01, 0.01, 0.01] };

    /// <summary>Tells the kind from what an engine with the wild card gives.</summary>
    /// <param name="endsIn">The last operation of a graph; null where that cannot be told from the file.</param>
    /// <exception cref="BadInputException">
    /// Logits were stated of a network that ends in a softmax or a logistic function: it would be applied twice.
    /// </exception>
    internal static Outputs Of(InferenceEngine engine, ModelCard card, string file, string? endsIn)
    {
        var outputs = card.Output is { } stated ? new Outputs(stated, engine.Classes, file, IsStated: true) : null;
        if (outputs is not null && !(outputs.Kind is ModelOutput.Logits or ModelOutput.LabelLogits && endsIn is null or "Softmax" or "Sigmoid"))
            return outputs;
        // A smaller patch tells as much, where the network takes it.
        var small = Math.Min(card.Patch, SmallSide);
        var values = Tried(engine, engine.PatchSize ?? new(small, small));
        if (engine.PatchSize is null && card.Patch > SmallSide)
            values ??= Tried(engine, new(card.Patch, card.Patch));
        var tell = values is not null && values.All(float.IsFinite);
        if (outputs is not null)
            return tell && Lies(values!) ? throw outputs.Contradicted(values!) : outputs;
        if (!tell)
            return new(ModelOutput.Logits, engine.Classes, file, IsStated: false, IsUnsure: true);
        var sums = engine.Classes == 1 ? [] : values!.Chunk(engine.Classes).Select(row => row.Sum(value => (double)value)).ToArray();
        if (sums is [> 1 + Tolerance and var sum, ..] && values!.Min() >= 0 && sums.All(other => Math.Abs(other - sum) < Tolerance * sum))
            throw new BadInputException(Invariant($"{file} gives values that are never negative and add up to {sum:0.##} for each patch, as percentages do: ")
                + "expected logits, or probabilities that add up to 1; divide them where the network is exported, or, if they are logits all the same, state "
                + $"\"output\": \"logits\" in {CardFile.PathBeside(file)}");
        return new(!Lies(values!) ? ModelOutput.Logits : engine.Classes == 1 || AddUp(values!, engine.Classes) ? ModelOutput.Probabilities
            : ModelOutput.LabelProbabilities, engine.Classes, file, IsStated: false);
    }

    /// <summary>What an engine gives for patches of noise and of one color each; null where it takes none of this size.</summary>
    static float[]? Tried(InferenceEngine engine, PixelSize size)
    {
        var (patch, values) = (3 * size.Width * size.Height, new float[Trials * engine.Classes]);
        var rgb = new byte[Trials * patch];
        new Random(1).NextBytes(rgb.AsSpan(0, patch));
        rgb.AsSpan(patch, patch).Fill(255);
        for (var at = 2 * patch; at < rgb.Length; at++)
            rgb[at] = (byte)(at / patch % 2 == 0 ? 255 * (at % 3 / 2) : 255 - 255 * (at % 3 / 2));
        try
        {
            engine.Run(rgb, Trials, size, values, []);
            return values;
        }
        catch (PatchwiseException)
        {
            return null;
        }
    }

    /// <summary>Whether all are probabilities. What is no number is left to others.</summary>
    static bool Lies(float[] values) => !Array.Exists(values, value => value < -Tolerance / 10 || value > 1 + Tolerance);

    /// <summary>Whether the values of each patch are probabilities of which one class has to be.</summary>
    static bool AddUp(float[] values, int classes, float tolerance = Tolerance) =>
        Lies(values) && values.Chunk(classes).All(row => !(Math.Abs(row.Sum(value => (double)value) - 1) > tolerance));

    /// <summary>A row a patch: of what the network gives the probability of each class, of two classes for a single value.</summary>
    /// <param name="values">They are changed.</param>
    internal float[] Probabilities(float[] values)
    {
        var fits = Kind switch
        {
            _ when !values.All(float.IsFinite) => true, // What is no number is refused where the patch is known.
            ModelOutput.Probabilities when Values > 1 => AddUp(values, Values),
            ModelOutput.Probabilities or ModelOutput.LabelProbabilities => Lies(values),
            // Logits of some patches do not add up to 1 by chance.
            ModelOutput.Logits when Values > 1 && !IsUnsure => values.Length < Trials * Values || !AddUp(values, Values, 1e-4f),
            ModelOutput.Logits => !IsUnsure || values.Length == 0 || !Lies(values),
            _ => true,
        };
        if (!fits)
            throw Contradicted(values);
        if (Kind is ModelOutput.LabelLogits || (Kind == ModelOutput.Logits && Values == 1))
            values = Array.ConvertAll(values, value => 1 / (1 + MathF.Exp(-value)));
        else if (Kind == ModelOutput.Logits)
            Softmax.Apply(values, Values);
        return Values > 1 ? values : [.. values.SelectMany(value => (float[])[1 - value, value])];
    }

    BadInputException Contradicted(float[] values) =>
        new($"{File} gives values such as {string.Join(", ", values.Take(4).Select(value => FormattableString.Invariant($"{value:0.###}")))}, where {Words} "
            + $"{(IsStated ? "were stated" : "were found on trial patches")}: state \"output\" in {CardFile.PathBeside(File)}, as \"logits\", "
            + "\"probabilities\", \"labelLogits\" or \"labelProbabilities\"");

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
    internal string? Note => IsStated || (Kind == ModelOutput.Logits && Values > 1) ? null
        : $"the outputs are taken for {Words}; where they are not, state \"output\" in {CardFile.PathBeside(File)}";
}
