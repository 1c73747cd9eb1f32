using System.Globalization;

namespace Patchwise;

/// <summary>The lowest of the trial magnifications that still shows the objects clearly.</summary>
/// <param name="Magnification">Null where no trial does.</param>
/// <param name="Reason">In words, with the numbers.</param>
/// <param name="Threshold">The least SSIM that counts as clear.</param>
/// <param name="Share">Of the objects that must be clear, 0..1.</param>
public sealed record ClaritySuggestion(Magnification? Magnification, string Reason, double Threshold, double Share)
{
    internal static ClaritySuggestion Of(ClarityTable table, double threshold, double share)
    {
        var trials = table.GroupBy(row => row.Trial).Select(rows => (Trial: rows.Key, Clear: rows.Sum(row => row.Clear), Objects: rows.Sum(row => row.Objects)))
            .OrderBy(trial => trial.Trial.Power).ToArray();
        // A lower trial may pass by chance where a higher one does not (a few odd objects): all above the suggestion must pass.
        var failing = Array.FindLastIndex(trials, trial => trial.Clear < share * trial.Objects);
        var asked = string.Create(CultureInfo.InvariantCulture, $"SSIM at or above {threshold:0.00##} for {100 * share:0.##} % of the objects");
        if (failing == trials.Length - 1)
            return new(null,
                $"No trial magnification keeps {asked}: {InWords(trials[^1])}. Stay at the original, try one nearer to it, or lower the threshold.",
                    threshold, share);
        var chosen = trials[failing + 1];
        var below = failing < 0 ? "no lower one was tried" : InWords(trials[failing]);
        return new(chosen.Trial, $"{chosen.Trial}: the lowest that keeps {asked} ({InWords(chosen)}; {below}).", threshold, share);
    }

    static string InWords((Magnification Trial, int Clear, int Objects) trial) => string.Create(CultureInfo.InvariantCulture,
        $"at {trial.Trial} {trial.Clear} of {trial.Objects} do, {Math.Floor(1000.0 * trial.Clear / trial.Objects) / 10:0.#} %");

    public override string ToString() => Reason;
}
