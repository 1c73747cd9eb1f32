namespace Patchwise;

/// <summary>Turns 8-bit RGB patches into what a network takes: planes of (sample / 255 - mean) / deviation.</summary>
sealed class PatchScaling
{
    readonly float[] _red = new float[256], _green = new float[256], _blue = new float[256];

    internal PatchScaling(ModelCard card) : this(card.Mean, card.Deviation)
    {
    }

    PatchScaling(IReadOnlyList<double> mean, IReadOnlyList<double> deviation)
    {
        float[][] tables = [_red, _green, _blue];
        for (var channel = 0; channel < 3; channel++)
            for (var sample = 0; sample < 256; sample++)
                // As the reference does it, in float32 from the division on.
                tables[channel][sample] = ((float)sample / 255 - (float)mean[channel]) / (float)deviation[channel];
    }

    /// <summary>Division by 255 and nothing else.</summary>
    internal static readonly PatchScaling None = new([0, 0, 0], [1, 1, 1]);

    /// <param name="rgb">Interleaved samples.</param>
    /// <param name="planes">The R, then the G, then the B plane.</param>
    internal void Fill(ReadOnlySpan<byte> rgb, Span<float> planes)
    {
        if (rgb.Length != planes.Length || rgb.Length % 3 != 0)
            throw new ArgumentException($"{rgb.Length} samples for {planes.Length} values");
        var pixels = rgb.Length / 3;
        Span<float> red = planes[..pixels], green = planes.Slice(pixels, pixels), blue = planes.Slice(2 * pixels, pixels);
        for (var i = 0; i < pixels; i++)
        {
            red[i] = _red[rgb[3 * i]];
            green[i] = _green[rgb[3 * i + 1]];
            blue[i] = _blue[rgb[3 * i + 2]];
        }
    }
}
