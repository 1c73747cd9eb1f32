using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Patchwise;

/// <summary>Nearest neighbour: output pixel i is source pixel floor(i * scale), the scale rounded as OpenCV rounds it.</summary>
static class NearestResampling
{
    internal static void Run(Raster source, Raster target, bool alone = false)
    {
        var pixel = source.Channels * (source.Bits / 8);
        var (xs, ys) = (Positions(source.Width, target.Width, pixel), Positions(source.Height, target.Height, 1));
        var blocks = Blocks.Of(xs, pixel, source.Stride);
        Resampling.InBands(target.Height, target.Size.Area, alone, (y0, y1) =>
        {
            for (var y = y0; y < y1; y++)
            {
                var row = target.Data.Slice(y * target.Stride, target.Stride);
                if (y > y0 && ys[y] == ys[y - 1])
                    target.Data.Slice((y - 1) * target.Stride, target.Stride).CopyTo(row);
                else
                    Row(source.Data.Slice(ys[y] * source.Stride, source.Stride), row, xs, pixel, blocks);
            }
        });
    }

    static int[] Positions(int from, int to, int step)
    {
        var positions = new int[to];
        var scale = 1 / ((double)to / from);
        for (var i = 0; i < to; i++)
            positions[i] = Math.Min((int)(i * scale), from - 1) * step;
        return positions;
    }

    static void Row(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<int> xs, int pixel, Blocks blocks)
    {
        var done = blocks.Move(source, target);
        target = target[(done * pixel)..];
        xs = xs[done..];
        switch (pixel)
        {
            case 1: Move<byte>(source, target, xs, 1); break;
            case 2: Move<ushort>(source, target, xs, 2); break;
            case 3: Move<uint>(source, target, xs, 3); break;
            case 4: Move<uint>(source, target, xs, 4); break;
            case 6: Move<ulong>(source, target, xs, 6); break;
            default: Move<ulong>(source, target, xs, 8); break;
        }
    }

    /// <summary>
    /// Moves a pixel as one word. A word longer than the pixel carries bytes of its neighbour, which the next write covers;
    /// at the end of a row, where no room is left for them, the bytes go one by one.
    /// </summary>
    static void Move<TWord>(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<int> xs, int pixel) where TWord : unmanaged
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target[..(xs.Length * pixel)]);
        var words = xs.Length;
        while (words > 0 && (words * pixel - pixel + Unsafe.SizeOf<TWord>() > target.Length || xs[words - 1] + Unsafe.SizeOf<TWord>() > source.Length))
            words--;
        for (var i = 0; i < words; i++)
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, i * pixel), Unsafe.ReadUnaligned<TWord>(ref Unsafe.Add(ref from, xs[i])));
        for (var i = words; i < xs.Length; i++)
            source.Slice(xs[i], pixel).CopyTo(target[(i * pixel)..]);
    }

    /// <summary>
    /// Several pixels in one move, the same in every row: block i takes 64 source bytes from From[i], puts those that Picks[i] names
    /// in order, and writes them from To[i] on. What is written beyond the block's pixels the next block covers.
    /// </summary>
    sealed class Blocks
    {
        readonly List<int> _from = [], _to = [];
        readonly List<Vector512<byte>> _picks = [];
        int _pixels;

        /// <summary>As many whole blocks as fit the row; none where the machine cannot shuffle 64 bytes, or where a block would hold few pixels.</summary>
        internal static Blocks Of(int[] xs, int pixel, int stride)
        {
            var blocks = new Blocks();
            if (!Avx512Vbmi.IsSupported)
                return blocks;
            Span<byte> picks = stackalloc byte[Vector512<byte>.Count];
            for (var i = 0; i < xs.Length && xs[i] + picks.Length <= stride && i * pixel + picks.Length <= xs.Length * pixel; i = blocks._pixels)
            {
                var end = i;
                for (; end < xs.Length && xs[end] + pixel - xs[i] <= picks.Length && (end + 1 - i) * pixel <= picks.Length; end++)
                    for (var k = 0; k < pixel; k++)
                        picks[(end - i) * pixel + k] = (byte)(xs[end] + k - xs[i]);
                if (end - i < 3)
                    break;
                blocks._from.Add(xs[i]);
                blocks._to.Add(i * pixel);
                blocks._picks.Add(Vector512.Create<byte>(picks));
                blocks._pixels = end;
            }
            return blocks;
        }

        /// <summary>Returns the number of pixels written.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        internal int Move(ReadOnlySpan<byte> source, Span<byte> target)
        {
            var from = CollectionsMarshal.AsSpan(_from);
            var to = CollectionsMarshal.AsSpan(_to);
            var picks = CollectionsMarshal.AsSpan(_picks);
            for (var i = 0; i < picks.Length; i++)
                Vector512.ShuffleNative(Vector512.Create(source.Slice(from[i], Vector512<byte>.Count)), picks[i]).CopyTo(target[to[i]..]);
            return _pixels;
        }
    }
}
