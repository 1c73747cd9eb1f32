using System.Collections;

namespace Patchwise;

/// <summary>A place of a grid.</summary>
/// <param name="Index">Number in the grid, from 0.</param>
/// <param name="Box">In px at the grid's resolution; it may reach over the slide's edge.</param>
/// <param name="Level0">The same in px of level 0.</param>
public readonly record struct GridPatch(int Index, Box Box, Box Level0);

/// <summary>
/// Where patches lie on a slide: row by row, x first. Boxes are reckoned when asked for, so that a grid of millions takes 4 bytes each with a mask and nothing
/// without.
/// </summary>
public sealed class PatchGrid : IReadOnlyList<GridPatch>, ITabular
{
    /// <summary>The places that the mask left, numbered row by row; null: all.</summary>
    readonly int[]? _kept;

    /// <summary>The slide at the grid's resolution.</summary>
    public SlideFrame Frame { get; }

    /// <summary>Of a patch, in px at the resolution.</summary>
    public PixelSize Size { get; }

    /// <summary>From one patch to the next, in px at the resolution.</summary>
    public PixelSize Stride { get; }

    /// <summary>Patches in a row, before the mask.</summary>
    public int Columns { get; }

    /// <summary>Rows, before the mask.</summary>
    public int Rows { get; }

    public int Count { get; }

    PatchGrid(SlideFrame frame, PixelSize size, PixelSize stride, GridOptions options)
    {
        if (size.Width < 1 || size.Height < 1)
            throw new BadInputException($"patches of {size} px: expected at least 1 px each way");
        if (stride.Width < 1 || stride.Height < 1)
            throw new BadInputException($"a stride of {stride} px: expected at least 1 px each way");
        if (!(options.MinTissue is >= 0 and <= 1))
            throw new BadInputException(FormattableString.Invariant($"a tissue share of {options.MinTissue}: expected 0 (any) to 1"));
        (Frame, Size, Stride) = (frame, size, stride);
        Columns = CountOf(frame.Size.Width, size.Width, stride.Width, options);
        Rows = CountOf(frame.Size.Height, size.Height, stride.Height, options);
        if ((long)Columns * Rows is var all && all > options.MaxPatches)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"a grid of {Columns} x {Rows} patches, {all:N0} in all, above the limit of {options.MaxPatches:N0}: "
                + $"take a larger stride or a coarser resolution{(all <= int.MaxValue ? $", or raise the limit (MaxPatches = {all})" : "")}"));
        if (options.Mask is { } mask)
        {
            frame.Slide.CheckCovers(mask.Pixels.Size);
            _kept = [.. ParallelEnumerable.Range(0, Rows).AsOrdered().SelectMany(row => Enumerable.Range(row * Columns, Columns)
                .Where(place => mask.Holds(BoxAt(place), frame.Size, options.MinTissue, options.Rule)))];
        }
        Count = _kept?.Length ?? Columns * Rows;
    }

    static int CountOf(int length, int patch, int stride, GridOptions options)
    {
        var count = options.Edge == EdgePolicy.Whole ? (length < patch ? 0 : (length - patch) / stride + 1L)
            : RoundedUp(options.Rule == GridRule.Toolbox14 ? RoundedUp(length, patch) * patch : length, stride);
        return (count - 1) * stride <= int.MaxValue - patch ? (int)count : throw new BadInputException($"patches of {patch} px every {stride} px over {length} "
            + "px: too many or too far out to be numbered; ask for a coarser resolution or a larger stride");

        static long RoundedUp(long value, long step) => (value + step - 1) / step;
    }

    /// <summary>Square patches over a slide.</summary>
    /// <param name="size">Side of a patch in px at the resolution.</param>
    /// <param name="options">Null: all patches that begin on the slide, side by side.</param>
    /// <exception cref="BadInputException">
    /// A size, stride or share out of range, a grid above the limit, or a resolution that the slide cannot be read at.
    /// </exception>
    public static PatchGrid Over(Slide slide, int size, Resolution at, GridOptions? options = null) =>
        Over(slide.At(at), new(size, size), options?.Stride is { } stride ? new(stride, stride) : null, options);

    /// <summary>As the other, of patches that need not be square.</summary>
    internal static PatchGrid Over(SlideFrame frame, PixelSize size, PixelSize? stride = null, GridOptions? options = null) =>
        new(frame, size, stride ?? size, options ?? new());

    /// <exception cref="BadInputException">It was made over a slide of another size.</exception>
    public void CheckIsOver(Slide slide)
    {
        if (slide.At(Frame.Resolution) is var own && (own.Size, own.Level0, own.Level) != (Frame.Size, Frame.Level0, Frame.Level))
            throw new BadInputException($"a grid over {Frame} on {slide.Path}, which is {own}: expected a grid made for this slide (PatchGrid.Over)");
    }

    public GridPatch this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var box = BoxAt(_kept is null ? index : _kept[index]);
            return new(index, box, Frame.ToLevel0(box));
        }
    }

    Box BoxAt(int place) => Box.Of(Size).Shift(place % Columns * Stride.Width, place / Columns * Stride.Height);

    public IEnumerator<GridPatch> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Count:N0} patches of {Size} px, stride "
            + $"{Stride}{(_kept is null ? "" : FormattableString.Invariant($", of {(long)Columns * Rows:N0} before the mask"))}"
        + $", over {Frame.Size} px at {Frame.Resolution}");

    const int Shown = 20;

    public TextTable ToTable() => TextTable.Of(ToString(), ["patch", "x0", "y0", "x1", "y1", "level-0 x0", "level-0 y0", "level-0 x1", "level-0 y1"],
        [.. this.Take(Shown).Select(patch => (object?[])[patch.Index, patch.Box.X0, patch.Box.Y0, patch.Box.X1, patch.Box.Y1, patch.Level0.X0, patch.Level0.Y0,
            patch.Level0.X1, patch.Level0.Y1])],
        Count);
}
