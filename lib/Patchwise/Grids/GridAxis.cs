namespace Patchwise;

/// <summary>Where patches begin along one axis: at 0, stride, 2 stride ..., the last at <paramref name="Last"/>.</summary>
readonly record struct GridAxis(int Count, int Stride, int Last)
{
    internal int this[int index] => index == Count - 1 ? Last : index * Stride;

    internal static GridAxis Of(int length, int patch, int stride, EdgePolicy edge, GridRule rule)
    {
        var whole = length < patch ? 0 : (length - patch) / stride + 1;
        return edge switch
        {
            EdgePolicy.Whole => Even(whole),
            EdgePolicy.ShiftBack when whole == 0 => Even(1),
            EdgePolicy.ShiftBack => (whole - 1L) * stride + patch < length ? new(whole + 1, stride, length - patch) : Even(whole),
            _ when rule == GridRule.Toolbox14 => Even(RoundedUp(RoundedUp(length, patch) * patch, stride)),
            _ => Even(RoundedUp(length, stride)),
        };

        GridAxis Even(long count) => (count - 1) * stride <= int.MaxValue - patch ? new((int)count, stride, (int)((count - 1) * stride))
            : throw new BadInputException(
                $"patches of {patch} px every {stride} px over {length} px: too many or too far out to be numbered; ask for a coarser resolution or a larger "
                    + $"stride");
    }

    static long RoundedUp(long value, long step) => (value + step - 1) / step;
}
