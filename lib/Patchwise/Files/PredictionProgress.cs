namespace Patchwise;

/// <summary>How far long work on patches is: a prediction, or a signal test.</summary>
/// <param name="Source">The folder, tile or slide whose patches they are.</param>
/// <param name="Done">Patches, those of an earlier run that is resumed included.</param>
/// <param name="Rate">Patches a second since this run began.</param>
public sealed record PredictionProgress(string Source, int Done, int Total, double Rate)
{
    /// <summary>Of a prediction: the share of the time since this run began in which the network had no patches to run, 0..1. Null: not measured.</summary>
    public double? NetworkWaited { get; init; }

    /// <summary>The share of the time in which no patch was read, as enough were waiting for the network.</summary>
    public double? ReadersWaited { get; init; }

    /// <summary>Until the end, at this rate; null where there is none yet.</summary>
    public TimeSpan? Left => Rate > 0 ? TimeSpan.FromSeconds((Total - Done) / Rate) : null;

    /// <summary>Patches, rate and time left, in words.</summary>
    public string Numbers => string.Create(CultureInfo.InvariantCulture,
        $"{Done:N0} of {Total:N0} "
            + $"patches{(Rate > 0 ? string.Create(CultureInfo.InvariantCulture, $", {Rate:N0} a second") : "")}"
            + $"{(Done < Total && Left is { } left ? $", {Text(left)} left" : "")}");

    public override string ToString() => $"{Path.GetFileName(Source)}: {Numbers}";

    static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}:{time.Seconds:00}");
}
