using System.Collections.ObjectModel;

namespace Patchwise;

/// <summary>What one patch costs a network.</summary>
/// <param name="Size">Side of the patch, px.</param>
/// <param name="MultiplyAdds">Of its convolutions and linear layers: what the time grows with.</param>
/// <param name="Values">
/// Numbers that its layers give, each layer counted once, those that work in place not at all: training keeps them all, so a patch takes at least these.
/// </param>
public sealed record PatchCost(int Size, long MultiplyAdds, long Values)
{
    /// <summary>Of <see cref="Values"/> in float32.</summary>
    public long Bytes => 4 * Values;
}

/// <summary>What patches of several sizes cost a network, smallest first.</summary>
public sealed class PatchCosts : ReadOnlyCollection<PatchCost>, ITabular
{
    /// <summary>Memory that patches are counted into, bytes: a small GPU's.</summary>
    const double Memory = 8e9;

    /// <summary>Of the network.</summary>
    public string Name { get; }

    PatchCosts(string name, IEnumerable<PatchCost> rows) : base([.. rows]) => Name = name;

    internal static PatchCosts Of(string name, Network network, IReadOnlyList<int> sizes)
    {
        if (sizes.Count == 0)
            throw new BadInputException("no patch sizes: expected at least one, such as [64, 128, 256]");
        if (sizes.Any(size => size is < 1 or > 8192))
            throw new BadInputException($"a patch size of {sizes.First(size => size is < 1 or > 8192)} px: expected 1 to 8192");
        if (network.FixedSide is { } side && sizes.Any(size => size != side))
            throw new BadInputException($"{name} takes patches of {side} px only, not of {sizes.First(size => size != side)}");
        if (sizes.Any(size => !network.Takes(size)))
            throw new BadInputException($"{name} takes no patches of {sizes.First(size => !network.Takes(size))} px: expected larger ones");
        return new(name, sizes.Distinct().Order().Select(size => new PatchCost(size, network.Operations(size), network.Values(size))));
    }

    public TextTable ToTable() => new(
        ["patch (px)", "pixels, relative", "multiply-adds (millions)", "memory to train, at least (MB)", "patches in 8 GB, at most"],
        [.. this.Select(row => (string[])[$"{row.Size}", Number(Math.Pow(row.Size / (double)this[0].Size, 2)), Number(row.MultiplyAdds / 1e6),
            Number(row.Bytes / 1e6), Number(Math.Floor(Memory / row.Bytes))])], $"What one patch costs {Name}", [.. Enumerable.Repeat(true, 5)]);

    static string Number(double value) => value.ToString(value < 10 ? "0.#" : "#,0", CultureInfo.InvariantCulture);

    public override string ToString() => ToTable().ToString();
}
