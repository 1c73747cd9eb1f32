namespace Patchwise;

/// <summary>What <see cref="SizeTest.CutOff(ImageSet, CutOffOptions, CancellationToken)"/> shows.</summary>
public sealed record CutOffOptions
{
    /// <summary>Decides which objects are shown.</summary>
    public int Seed { get; init; } = 7;

    /// <summary>Of each size, where there are so many.</summary>
    public int Examples { get; init; } = 5;

    /// <summary>Px around the patch, at the table's frame.</summary>
    public int Padding { get; init; } = 64;

    /// <summary>Blackens all but the object itself, which else is outlined; null: of images with masks it does, of others it does not.</summary>
    public bool? Mask { get; init; }

    public ResizeMethod Method { get; init; } = ResizeMethod.Area;

    /// <exception cref="BadInputException">One of them is out of range.</exception>
    internal void Check()
    {
        if (Examples is < 1 or > 100)
            throw new BadInputException($"{Examples} examples: expected 1 to 100");
        if (Padding is < 0 or > 10_000)
            throw new BadInputException($"padding {Padding} px: expected 0 to 10000");
        Method.Check();
    }
}
