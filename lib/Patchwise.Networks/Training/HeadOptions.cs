namespace Patchwise;

/// <summary>How a <see cref="LinearHead"/> is trained and tested.</summary>
public sealed record HeadOptions
{
    /// <summary>For <see cref="LinearHead.CrossValidated"/>; null: leave one out, or of more than 200 patches ten parts.</summary>
    public int? Folds { get; init; }

    /// <summary>Deals the patches to the parts.</summary>
    public int Seed { get; init; }

    /// <summary>Average over the eight flips and rotations; without it a patch takes an eighth of the time.</summary>
    public bool Eight { get; init; } = true;
}
