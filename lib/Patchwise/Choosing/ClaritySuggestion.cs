namespace Patchwise;

/// <summary>The lowest magnification that still shows the objects clearly, as far as was tried.</summary>
/// <param name="Magnification">Null where no trial does.</param>
/// <param name="Low">Lower end of the interval in which it lies for 95 % of the resamples of the objects; null where they do not differ.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Reason">In words, with the numbers.</param>
public sealed record ClaritySuggestion(Magnification? Magnification, Magnification? Low, Magnification? High, string Reason)
{
    /// <summary>The least SSIM that counts as clear.</summary>
    public double Threshold { get; private init; }

    /// <summary>The trials, and what was looked at between them, lowest first.</summary>
    public IReadOnlyList<Magnification> Tried { get; private init; } = [];

    public bool Equals(ClaritySuggestion? other) => other is not null && (Magnification, Low, High, Reason, Threshold)
        == (other.Magnification, other.Low, other.High, other.Reason, other.Threshold) && Tried.SequenceEqual(other.Tried);

    public override int GetHashCode() => Reason.GetHashCode(StringComparison.Ordinal);

    const int Resamples = 1000;

    /// <summary>A magnification that was tried: how many of the objects that can be seen at it are clear.</summary>
    readonly record struct Try(double Power, int Clear, int Objects)
    {
        public override string ToString() => $"at {new Magnification(Power)} {Clear} of {Objects} do, {Estimate.OfShare(Clear, Objects).Percent}";
    }

    /// <summary>
    /// Tries the trials, then halves the gap between the last that fails and the first above it that passes, until it is 1x or less.
    /// </summary>
    /// <param name="ssim">The similarity of each object at a magnification, NaN where that takes nothing from it.</param>
    /// <param name="powers">Of the objects' images.</param>
    internal static ClaritySuggestion Of(IReadOnlyList<Magnification> trials, double[] powers, Func<double, double[]> ssim, ClarityOptions options)
    {
        SortedDictionary<double, double[]> tried = [];
        var highest = powers.Max();
        List<Try> tries = [.. trials.Select(trial => trial.Power).Where(power => power <= highest).Order().Select(At)];
        // A lower trial may pass by chance where a higher one does not (a few odd objects): all above the suggestion must pass.
        bool Fails(Try one) => one.Clear < options.Share * one.Objects;
        var asked = string.Create(CultureInfo.InvariantCulture,
            $"SSIM at or above {options.Threshold:0.00##} for {100 * options.Share:0.##} % of the objects");
        ClaritySuggestion None(string reason) => new(null, null, null, reason) { Threshold = options.Threshold, Tried = Magnifications() };
        if (tries.Count == 0)
            return None($"The measured objects are of images at {new Magnification(highest)} or less, below all trials: measure more (Sample).");
        if (Fails(tries[^1]))
            return None($"No trial magnification keeps {asked}: {tries[^1]}. Stay at the original, try one nearer to it, or lower the threshold.");
        var failing = tries.FindLastIndex(Fails);
        while (failing >= 0 && tries[failing + 1].Power - tries[failing].Power > 1)
        {
            var (low, high) = (tries[failing].Power, tries[failing + 1].Power);
            var middle = Math.Round((low + high) / 2);
            tries.Insert(failing + 1, At(middle > low && middle < high ? middle : (low + high) / 2));
            failing = tries.FindLastIndex(Fails);
        }
        var chosen = tries[failing + 1];
        var (from, to) = Interval(chosen.Power, powers, tried, options);
        var few = chosen.Objects < Bootstrap.FewRows ? ", too narrow of so few objects" : "";
        var words = from is null ? "no resample of the objects differs"
            : $"with other objects of the kind {from} to {to} (95 % of {Resamples} resamples{few})";
        var magnification = new Magnification(chosen.Power);
        return new(magnification, from, to, failing < 0
            ? $"{magnification}: the lowest tried; it keeps {asked} ({chosen}), and a lower one may, too; {words}."
            : $"{magnification}: the lowest that keeps {asked}, to 1x ({chosen}; {tries[failing]}); {words}.")
        { Threshold = options.Threshold, Tried = Magnifications() };

        Magnification[] Magnifications() => [.. tried.Keys.Select(power => new Magnification(power))];

        Try At(double power)
        {
            var found = tried[power] = ssim(power);
            return new(power, found.Count(value => value >= options.Threshold), found.Count(value => !double.IsNaN(value)));
        }
    }

    /// <summary>
    /// Of each object the magnification from which on it is clear, between two that were tried by a straight line; of each resample the one that the asked
    /// share of its objects has reached.
    /// </summary>
    static (Magnification?, Magnification?) Interval(double chosen, double[] powers, SortedDictionary<double, double[]> tried, ClarityOptions options)
    {
        var highest = powers.Max();
        double[] clear = [.. powers.Index().Where(one => one.Item > chosen || one.Item == highest).Select(one =>
        {
            var (i, own) = one;
            var (above, similarity) = (own, 1.0);
            foreach (var (power, found) in tried.Reverse())
                if (!double.IsNaN(found[i]) && power < own)
                {
                    if (found[i] < options.Threshold)
                        return above - (above - power) * (similarity - options.Threshold) / (similarity - found[i]);
                    (above, similarity) = (power, found[i]);
                }
            return above;
        }).Order()];
        var interval = Bootstrap.Of(clear.Length, 1, (weights, result) =>
        {
            var (i, reached) = (0, (double)weights[0]);
            while (reached < options.Share * clear.Length - 1e-9)
                reached += weights[++i];
            result[0] = clear[i];
        }, Resamples, options.Seed)[0]!.Value;
        return interval.HasInterval ? (Tenth(Math.Min(interval.Low, chosen)), Tenth(Math.Max(interval.High, chosen))) : (null, null);

        static Magnification Tenth(double power) => new(Math.Round(power, 1));
    }

    public override string ToString() => Reason;
}
