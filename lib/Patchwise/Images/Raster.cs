using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>What samples are.</summary>
enum NumberKind { Unsigned, Signed, Real }

/// <summary>
/// An image in managed memory, read-only from outside: 8 or 16 bits a sample, 1 (grey, mask), 3 (RGB) or 4 (RGBA, not premultiplied) channels.
/// <code>
///   sample (x, y, c)  =  samples[(y * Width + x) * Channels + c]
///
///   y = 0   R G B R G B R G B ...   one row: Width * Channels samples, no padding
///   y = 1   R G B R G B R G B ...
/// </code>
/// x runs to the right, y down; 16-bit samples are in the machine's byte order.
/// To dispose of an image is never needed: it gives the memory to the next image of the same length at once, which saves half of the time that making large
/// ones in a loop takes. Samples of a disposed image, views taken before included, must not be used.
/// </summary>
public sealed partial class Raster : IDisposable
{
    byte[]? _bytes;

    public int Width { get; }
    public int Height { get; }
    public int Channels { get; }

    /// <summary>Bits a sample, 8 or 16.</summary>
    public int Bits { get; }

    /// <summary>Microns per pixel as the file states them; null where it does not.</summary>
    public Mpp? Mpp { get; internal set; }

    /// <summary>What the samples of a label image are; those of a picture are unsigned.</summary>
    internal NumberKind Numbers { get; init; }

    /// <summary>Whether the pixels are colors of a palette, whose numbers <see cref="Mask.Load"/> gives.</summary>
    internal bool FromPalette { get; init; }

    /// <summary>Whether the file's compression changes values.</summary>
    internal bool Lossy { get; init; }

    /// <summary>What the user of a mask should know of how it is stored.</summary>
    internal string? Remark { get; init; }

    public PixelSize Size => new(Width, Height);
    public Box Bounds => Box.Of(Size);

    /// <summary>
    /// A black raster for the library's own writers to fill through <see cref="Samples8"/> or <see cref="Samples16"/>;
    /// without <paramref name="clear"/> it holds anything, for a writer that sets every sample.
    /// </summary>
    internal Raster(int width, int height, int channels, int bits = 8, bool clear = true)
    {
        if (width < 1 || height < 1)
            throw new BadInputException($"an image of {width} x {height} px: expected at least one pixel each way");
        if (channels is not (1 or 3 or 4))
            throw new BadInputException($"an image with {channels} channels: expected 1 (grey), 3 (RGB) or 4 (RGBA)");
        if (bits is not (8 or 16) && (bits is not (32 or 64) || channels != 1))
            throw new BadInputException($"an image with {bits} bits a sample: expected 8 or 16");
        var length = (Int128)width * height * channels * (bits / 8);
        if (length > Array.MaxLength)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"an image of {width} x {height} px with {channels} channels takes {length:N0} bytes: expected at most {Array.MaxLength:N0}; read a part of "
                    + $"it or a smaller version"));
        (Width, Height, Channels, Bits) = (width, height, channels, bits);
        _bytes = PixelMemory.Take((int)length, clear);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
            PixelMemory.Give(bytes);
    }

    byte[] Bytes => _bytes ?? throw new ObjectDisposedException(nameof(Raster),
        $"an image of {Size} px was used after it was disposed of: read its pixels before, or do not dispose of it");

    /// <summary>Copies interleaved 8-bit samples, row by row from the top.</summary>
    public static Raster FromSamples(int width, int height, int channels, ReadOnlySpan<byte> samples)
    {
        var raster = new Raster(width, height, channels);
        CheckCount(raster, samples.Length);
        samples.CopyTo(raster.Bytes);
        return raster;
    }

    /// <summary>Copies interleaved 16-bit samples, row by row from the top.</summary>
    public static Raster FromSamples(int width, int height, int channels, ReadOnlySpan<ushort> samples)
    {
        var raster = new Raster(width, height, channels, 16);
        CheckCount(raster, samples.Length);
        samples.CopyTo(raster.Samples16);
        return raster;
    }

    /// <summary>All samples of an 8-bit raster in the order drawn above.</summary>
    /// <exception cref="InvalidOperationException">The raster has 16 bits.</exception>
    public ReadOnlySpan<byte> AsBytes() => Samples8;

    /// <summary>All samples of a 16-bit raster in the order drawn above.</summary>
    /// <exception cref="InvalidOperationException">The raster has 8 bits.</exception>
    public ReadOnlySpan<ushort> AsWords() => Samples16;

    /// <summary>The value of channel <paramref name="channel"/> at (x, y): 0..255 or 0..65535.</summary>
    public int this[int x, int y, int channel = 0]
    {
        get
        {
            if ((uint)x >= (uint)Width || (uint)y >= (uint)Height || (uint)channel >= (uint)Channels)
                throw new ArgumentOutOfRangeException(nameof(x), $"sample ({x}, {y}, {channel}) lies outside an image of {Size} px with {Channels} channels");
            var index = (y * (long)Width + x) * Channels + channel;
            return Bits switch { 8 => Bytes[index], 16 => Samples16[(int)index], _ => Samples<int>()[(int)index] };
        }
    }

    internal int Stride => Width * Channels * (Bits / 8);

    internal Span<byte> Data => Bytes;

    internal Memory<byte> Memory => Bytes;

    internal Span<byte> Samples8 =>
        Bits == 8 ? Bytes : throw new InvalidOperationException("this image has 16 bits a sample: use AsWords, or To8Bit first");

    internal Span<ushort> Samples16 =>
        Bits == 16 ? MemoryMarshal.Cast<byte, ushort>(Bytes.AsSpan()) : throw new InvalidOperationException("this image has 8 bits a sample: use AsBytes");

    internal Span<T> Samples<T>() where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes.AsSpan());

    /// <summary>Writes the sample at <paramref name="index"/>, whatever its bits, which hold the value.</summary>
    internal void Store(int index, uint value)
    {
        if (Bits == 8)
            Bytes[index] = (byte)value;
        else if (Bits == 16)
            Samples16[index] = (ushort)value;
        else
            Samples<uint>()[index] = value;
    }

    public override string ToString() => $"Raster {Size} px, {Channels} channel{(Channels == 1 ? "" : "s")}, {Bits} bit"
        + (FromPalette ? ", colors of a palette: a mask's classes are the numbers of its entries, which Mask.Load gives" : "");

    static void CheckCount(Raster raster, int found)
    {
        var expected = raster.Bytes.Length / (raster.Bits / 8);
        if (found != expected)
            throw new BadInputException($"{found} samples for an image of {raster.Size} px with {raster.Channels} channels: expected {expected}");
    }
}
