using System.Globalization;

namespace Patchwise;

/// <summary>Round numbers for axes.</summary>
static class Ticks
{
    /// <summary>Multiples of 1, 2 or 5 times a power of ten within from..to, about <paramref name="wanted"/> of them.</summary>
    internal static double[] Linear(double from, double to, int wanted)
    {
        var step = Step((to - from) / Math.Max(1, wanted));
        var (first, last) = (Math.Ceiling(from / step - 1e-9), Math.Floor(to / step + 1e-9));
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => Clean((first + i) * step, step))];
    }

    /// <summary>1, 2 or 5 times a power of ten, at least <paramref name="rough"/>.</summary>
    internal static double Step(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * ((rough / power) switch { <= 1.0000001 => 1, <= 2.0000001 => 2, <= 5.0000001 => 5, _ => 10 });
    }

    /// <summary>Powers of ten within from..to; with 2 and 5 between them where there are few.</summary>
    internal static double[] Log(double from, double to)
    {
        var (low, high) = ((int)Math.Floor(Math.Log10(from)), (int)Math.Ceiling(Math.Log10(to)));
        int[] digits = high - low <= 3 ? [1, 2, 5] : [1];
        var every = digits.Length > 1 ? 1 : 1 + (high - low) / 9;
        return [.. Enumerable.Range(low, high - low + 1).Where(power => power % every == 0)
            .SelectMany(power => digits.Select(digit => double.Parse(string.Create(CultureInfo.InvariantCulture, $"{digit}e{power}"), CultureInfo.InvariantCulture)))
            .Where(tick => tick >= from * (1 - 1e-9) && tick <= to * (1 + 1e-9))];
    }

    /// <summary>12,000 or 0.25 or 3e-7, whatever the machine's language.</summary>
    internal static string Text(double value) => Math.Abs(value) is 0 or (>= 1e-4 and < 1e9)
        ? value.ToString("#,0.######", CultureInfo.InvariantCulture)
        : value.ToString("0.####e0", CultureInfo.InvariantCulture);

    /// <summary>Three digits, or the whole number where it has more: for labels at bars.</summary>
    internal static string Short(double value) => Math.Abs(value) >= 100
        ? value.ToString("#,0", CultureInfo.InvariantCulture)
        : Text(Math.Abs(value) < 1e-4 ? value : double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));

    /// <summary>0.3, not 0.30000000000000004.</summary>
    static double Clean(double value, double step)
    {
        var digits = Math.Clamp(2 - (int)Math.Floor(Math.Log10(step)), 0, 15);
        return Math.Round(value, digits) + 0.0;
    }
}
