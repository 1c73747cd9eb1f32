using System.Globalization;

namespace Patchwise;

/// <summary>The figure of a <see cref="ClarityTable"/>.</summary>
static class ClarityCurve
{
    static readonly string[] Colors = ["#d55e00", "#0072b2", "#009e73"];

    internal static Figure Of(ClarityTable table, double threshold)
    {
        double[] ticks = [.. table.Select(row => row.Trial.Power).Distinct()];
        var similarity = new Figure("Similarity kept");
        var energy = new Figure("Detail kept (share of spectral energy)");
        foreach (var (i, group) in table.GroupBy(row => row.Group).Index())
        {
            ClarityRow[] rows = [.. group.OrderBy(row => row.Trial.Power)];
            double[] x = [.. rows.Select(row => row.Trial.Power)];
            var name = string.Create(CultureInfo.InvariantCulture, $"{group.Key} ({rows[0].FromArea:#,0} to {rows[0].ToArea:#,0} px²)");
            similarity = Draw(similarity, [.. rows.Select(row => row.Ssim)], [.. rows.Select(row => row.SsimLow)]);
            energy = Draw(energy, [.. rows.Select(row => 100 * row.Energy)], [.. rows.Select(row => 100 * row.EnergyLow)]);

            Figure Draw(Figure figure, double[] mean, double[] low) => figure.Line(x, mean, name, Colors[i], markers: true).Line(x, low, color: Colors[i], dashed: true);
        }
        return Figure.SideBySide(
        [
            similarity.HorizontalLine(threshold, string.Create(CultureInfo.InvariantCulture, $"clear: {threshold:0.00##}"), dashed: true)
                .X("magnification", "x", ticks: ticks).Y("SSIM", from: Floor(Math.Min(threshold, table.Min(row => row.SsimLow)), 0.1), to: 1.005),
            energy.X("magnification", "x", ticks: ticks).Y("energy kept", "%", from: Floor(table.Min(row => 100 * row.EnergyLow), 10), to: 100.5),
        ], "What is kept: mean (solid), worst tenth (dashed)");

        static double Floor(double value, double step) => Math.Floor(value / step - 0.01) * step;
    }
}
