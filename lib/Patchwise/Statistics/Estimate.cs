using System.Globalization;

namespace Patchwise;

/// <summary>A measure with the interval in which 95 % of its bootstrap resamples lie.</summary>
public readonly record struct Estimate(double Value, double Low, double High)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:0.000} ({Low:0.000} to {High:0.000})");
}
