using System.Numerics;

namespace Patchwise;

/// <summary>
/// A label image: a number a pixel, 0 is background, connected pixels of one number are an object. Every mask of the library comes through here, so that
/// what cannot be labels is noticed: colors, the in-between values of lossy files and soft edges, fractions.
/// </summary>
public sealed class Mask
{
    const int Object = 255;

    /// <summary>The label of each code; null: codes are labels.</summary>
    readonly long[]? _labels;

    /// <summary>One channel of 8, 16 or 32 bits; 0 is background.</summary>
    internal Raster Codes { get; }

    public PixelSize Size => Codes.Size;

    /// <summary>What was done to the numbers of the file, or is odd about them, in whole sentences for the user.</summary>
    public IReadOnlyList<string> Notes { get; }

    Mask(Raster codes, long[]? labels, IEnumerable<string?> notes) => (Codes, _labels, Notes) = (codes, labels, [.. notes.OfType<string>()]);

    internal Mask With(Raster labels) => new(labels, null, Notes);

    /// <summary>The label at (x, y).</summary>
    public long this[int x, int y] => LabelOf(Codes[x, y]);

    /// <summary>The labels as an image of one channel, to be shown or saved.</summary>
    /// <exception cref="BadInputException">There are labels above 65,535, which an image does not hold.</exception>
    public Raster Pixels => Codes.Bits <= 16 ? Codes : throw new BadInputException("this mask holds labels above 65,535: expected those of at most 16 bits");

    internal long LabelOf(int code) => _labels is null ? code : _labels[code];

    /// <summary>
    /// Reads a mask: PNG, TIFF, BMP, JPEG 2000, WebP and JPEG images, and NumPy arrays (.npy). Of a palette the numbers of its entries are the labels. Whole
    /// numbers of 8 to 64 bits are, also stored as reals; negative ones are background. A mask that is black and white but for in-between values is cut half
    /// way, with a note; its objects are 255.
    /// </summary>
    /// <param name="threshold">What is above it is an object, 255, whatever the numbers are.</param>
    /// <param name="page">Of a file of several, from 0.</param>
    /// <param name="channel">Of an image of several that differ, from 0.</param>
    /// <exception cref="BadInputException">As for <see cref="Raster.Load(string, long, int?, int?)"/>, or the numbers can be no labels.</exception>
    public static Mask Load(string path, double? threshold = null, int? page = null, int? channel = null, long maxPixels = Raster.DefaultPixelLimit) =>
        Of(Raster.Load(path, new Reading(maxPixels, page, channel, Stored: true)), threshold, path);

    internal static PixelSize ReadSize(string path) => Raster.ReadInfo(path, new(long.MaxValue, Stored: true)).Size;

    /// <summary>The samples of an image as labels, of which those of several channels must be equal.</summary>
    /// <param name="name">Stands for the image in messages.</param>
    /// <exception cref="BadInputException">The numbers can be no labels, or the image was read from a file with a palette: its colors are none.</exception>
    public static Mask Of(Raster pixels, double? threshold = null, string name = "the mask")
    {
        if (pixels.FromPalette)
            throw new BadInputException($"{name} is an image of the colors of a palette: expected their numbers; read it with Mask.Load(path)");
        if (threshold is { } given && !double.IsFinite(given))
            throw new BadInputException($"{name}: a threshold of {given}: expected a number");
        var one = OneChannel(pixels, name);
        var read = (one.Numbers, one.Bits) switch
        {
            (NumberKind.Unsigned, 8) => Small<byte>(one, threshold, name),
            (NumberKind.Unsigned, 16) => Small<ushort>(one, threshold, name),
            (NumberKind.Unsigned, 32) => Wide<uint>(one, threshold, name),
            (NumberKind.Unsigned, _) => Wide<ulong>(one, threshold, name),
            (NumberKind.Signed, 8) => Wide<sbyte>(one, threshold, name),
            (NumberKind.Signed, 16) => Wide<short>(one, threshold, name),
            (NumberKind.Signed, 32) => Wide<int>(one, threshold, name),
            (NumberKind.Signed, _) => Wide<long>(one, threshold, name),
            (_, 16) => Wide<Half>(one, threshold, name),
            (_, 32) => Wide<float>(one, threshold, name),
            _ => Wide<double>(one, threshold, name),
        };
        return new(read.Codes, read._labels, ((string?[])[pixels.Remark, .. read.Notes]).OfType<string>().Select(note => $"{name}: {note}"));
    }

    /// <summary>As <see cref="Of"/>.</summary>
    public static implicit operator Mask(Raster pixels) => Of(pixels);

    /// <summary>Channel 0 where all colors are equal, and what is transparent is background anyway.</summary>
    static Raster OneChannel(Raster pixels, string name)
    {
        if (pixels.Channels == 1)
            return pixels;
        return pixels.Bits == 8 ? Checked<byte>() : Checked<ushort>();

        Raster Checked<T>() where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        {
            // Lossy formats keep three equal colors nearly equal.
            var (tolerance, opacity, empty) = (pixels.Lossy ? 16 : 0, false, true);
            for (var rest = pixels.Samples<T>(); !rest.IsEmpty; rest = rest[pixels.Channels..])
            {
                var (r, g, b) = (int.CreateTruncating(rest[0]), int.CreateTruncating(rest[1]), int.CreateTruncating(rest[2]));
                if (Math.Abs(r - g) > tolerance || Math.Abs(g - b) > tolerance)
                    throw new BadInputException($"{name} is in color, and colors are no labels: expected one number a pixel; save the classes as grey "
                        + "or with a palette, or choose one of its channels (channel: 0, on the command line --channel)");
                empty &= r == 0;
                if (pixels.Channels < 4 || rest[3] == T.MaxValue)
                    continue;
                opacity = true;
                if (r > tolerance)
                    throw Opaque();
            }
            return opacity && empty ? throw Opaque() : pixels.Channel(0);
        }

        BadInputException Opaque() => new($"{name} has an opacity that says something else than its colors: expected one number a pixel; choose "
            + "a channel (channel: 0 for red, 3 for opacity, on the command line --channel)");
    }

    static Mask Small<T>(Raster pixels, double? threshold, string name) where T : unmanaged, IBinaryInteger<T>
    {
        if (threshold is { } given)
            return Cut<T>(pixels, given);
        var levels = MaskLevels.Of<T>(pixels);
        return levels.Cut is { } half ? Cut<T>(pixels, half, levels.Note) : levels.AreLabels ? new(pixels, null, [levels.Note])
            : throw new BadInputException($"{name}: {levels.Note}: {MaskLevels.Cure}");
    }

    static Mask Cut<T>(Raster pixels, double threshold, string? note = null) where T : unmanaged, INumber<T>
    {
        var cut = new Raster(pixels.Width, pixels.Height, 1) { Mpp = pixels.Mpp };
        var from = pixels.Samples<T>();
        var to = cut.Samples8;
        for (var i = 0; i < to.Length; i++)
            to[i] = double.CreateTruncating(from[i]) > threshold ? (byte)Object : (byte)0;
        return new(cut, null, [note]);
    }

    /// <summary>Numbers that a picture does not hold: they are counted first.</summary>
    static Mask Wide<T>(Raster pixels, double? threshold, string name) where T : unmanaged, INumber<T>
    {
        if (threshold is { } given)
            return Cut<T>(pixels, given);
        var samples = pixels.Samples<T>();
        var (least, most, whole, negative, zero) = (T.Zero, T.Zero, true, 0, 0);
        foreach (var sample in samples)
        {
            whole &= T.IsInteger(sample);
            least = T.Min(least, sample);
            most = T.Max(most, sample);
            negative += sample < T.Zero ? 1 : 0;
            zero += sample == T.Zero ? 1 : 0;
        }
        if (!whole)
            return Fractions(pixels, samples, double.CreateTruncating(least), double.CreateTruncating(most), name);
        if (negative > 0 && most == T.Zero)
            throw new BadInputException($"{name}: all its numbers are 0 or negative, down to {least}: expected 0 for background and labels above it; "
                + "save it as unsigned numbers");
        var note = negative == 0 ? null : Invariant($"{negative:N0} pixels of negative numbers are background")
            + (zero == 0 ? "" : Invariant($", and so are {zero:N0} of 0: where a negative number is the background and 0 an object, add 1 to all"));
        var labels = double.CreateTruncating(most) <= int.MaxValue ? null : Labels(samples, name);
        var number = labels is null ? int.CreateTruncating(most) : labels.Length;
        var codes = new Raster(pixels.Width, pixels.Height, 1, number <= byte.MaxValue ? 8 : number <= ushort.MaxValue ? 16 : 32) { Mpp = pixels.Mpp };
        for (var i = 0; i < samples.Length; i++)
        {
            var code = samples[i] <= T.Zero ? 0 : labels is null ? int.CreateTruncating(samples[i])
                : Array.BinarySearch(labels, long.CreateTruncating(samples[i]));
            codes.Store(i, (uint)code);
        }
        var mask = labels is not null ? new Mask(codes, labels, [])
            : codes.Bits switch { 8 => Small<byte>(codes, null, name), 16 => Small<ushort>(codes, null, name), _ => Small<int>(codes, null, name) };
        return new(mask.Codes, mask._labels, [note, .. mask.Notes]);
    }

    /// <summary>All labels in rising order, behind background.</summary>
    static long[] Labels<T>(ReadOnlySpan<T> samples, string name) where T : unmanaged, INumber<T>
    {
        var labels = new HashSet<long> { 0 };
        foreach (var sample in samples)
            if (sample > T.Zero && !labels.Contains(long.CreateSaturating(sample)))
                labels.Add(long.CreateSaturating(sample) is < long.MaxValue and var label ? label
                    : throw new BadInputException($"{name}: a label of {sample}: expected labels below 2^63; number the objects anew"));
        return [.. labels.Order()];
    }

    /// <summary>Fractions between two values that nearly all pixels have, as soft edges leave them, are cut half way; others are no labels.</summary>
    static Mask Fractions<T>(Raster pixels, ReadOnlySpan<T> samples, double least, double most, string name) where T : unmanaged, INumber<T>
    {
        if (double.IsFinite(least) && double.IsFinite(most) && most > least)
        {
            var scaled = new Raster(pixels.Width, pixels.Height, 1);
            for (var i = 0; i < samples.Length; i++)
                scaled.Data[i] = T.IsNaN(samples[i]) ? (byte)0 : (byte)Math.Round((double.CreateTruncating(samples[i]) - least) / (most - least) * 255);
            if (MaskLevels.Of<byte>(scaled, mustCut: true).Cut is { } half)
            {
                var threshold = least + half / 255 * (most - least);
                return Cut<T>(pixels, threshold, FormattableString.Invariant(
                    $"fractions, nearly all near two values, as soft edges leave them: what is above {threshold:0.###} is an object"));
            }
        }
        throw new BadInputException($"{name}: holds fractions or no numbers, which can be no labels: {MaskLevels.Cure}");
    }
}
