namespace Patchwise;

/// <summary>Turns 8-bit RGB patches into what a network takes: (sample / 255 - mean) / deviation, in its order of channels.</summary>
sealed class PatchScaling
{
    readonly float[][] _tables;
    readonly bool _isBgr;

    internal PatchScaling(ModelCard card) : this(card.Mean, card.Deviation, card.IsBgr)
    {
    }

    // As the reference does it, in float32 from the division on.
    PatchScaling(IReadOnlyList<double> mean, IReadOnlyList<double> deviation, bool isBgr = false) => (_isBgr, _tables) = (isBgr,
        [.. Enumerable.Range(0, 3).Select(channel =>
            Enumerable.Range(0, 256).Select(sample => ((float)sample / 255 - (float)mean[channel]) / (float)deviation[channel]).ToArray())]);

    /// <summary>Nothing but samples as they are, in the same order.</summary>
    internal PatchScaling Unscaled => new([0, 0, 0], [1 / 255.0, 1 / 255.0, 1 / 255.0], _isBgr);

    /// <summary>Division by 255 and nothing else.</summary>
    internal static readonly PatchScaling None = new([0, 0, 0], [1, 1, 1]);

    /// <param name="rgb">Interleaved samples of one patch.</param>
    /// <param name="values">Takes the R, then the G, then the B plane, or these the other way round; or interleaved values.</param>
    internal void Fill(ReadOnlySpan<byte> rgb, Span<float> values, bool interleaved = false)
    {
        if (rgb.Length != values.Length || rgb.Length % 3 != 0)
            throw new ArgumentException($"{rgb.Length} samples for {values.Length} values");
        var pixels = rgb.Length / 3;
        for (var channel = 0; channel < 3; channel++)
        {
            float[] table = _tables[channel];
            var place = _isBgr ? 2 - channel : channel;
            var to = interleaved ? values[place..] : values.Slice(place * pixels, pixels);
            for (var (i, step) = (0, interleaved ? 3 : 1); i < pixels; i++)
                to[i * step] = table[rgb[3 * i + channel]];
        }
    }
}
