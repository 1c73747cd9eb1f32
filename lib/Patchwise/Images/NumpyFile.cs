using System.Text.RegularExpressions;

namespace Patchwise;

/// <summary>Label images as numpy.save writes them, versions 1 to 3: numbers of any width, in C or Fortran order.</summary>
static partial class NumpyFile
{
    const int MostChannels = 8;

    /// <param name="Pages">Images along the first axis, or the last one if they lie there.</param>
    /// <param name="Last">The images lie along the last axis, pixel by pixel, as channels do.</param>
    readonly record struct Layout(int Width, int Height, int Pages, char Kind, int Bytes, bool BigEndian, bool Fortran, bool Last, int At, string Shape)
    {
        internal long PageBytes => (long)Width * Height * Bytes;
    }

    internal static ImageInfo ReadInfo(ReadOnlySpan<byte> file, string name)
    {
        var layout = Read(file, name);
        return new(new(layout.Width, layout.Height), 1, 8 * layout.Bytes, ImageFormat.Png) { Pages = layout.Pages };
    }

    internal static Raster Decode(ReadOnlySpan<byte> file, string name, Reading how)
    {
        var layout = Read(file, name);
        ReadInfo(file, name).CheckPixels(name, how.MaxPixels);
        if (layout.Pages > 1 && how.Page is null || (uint)(how.Page ?? 0) >= (uint)layout.Pages)
            throw new BadInputException($"{name}: a NumPy array {layout.Shape}: choose one of the images along its {(layout.Last ? "last" : "first")} axis "
                + $"(page: 0, on the command line --page); pages count from 0 to {layout.Pages - 1}");
        if (layout.At + layout.Pages * layout.PageBytes > file.Length)
            throw new BadInputException($"{name}: a NumPy array {layout.Shape} that is cut short after {file.Length} bytes: get the file again");
        // In Fortran order columns follow one another: the array is read as if it lay on its side.
        var (width, height) = layout.Fortran ? (layout.Height, layout.Width) : (layout.Width, layout.Height);
        var raster = new Raster(width, height, 1, layout.Bytes * 8)
        {
            Numbers = layout.Kind switch { 'i' => NumberKind.Signed, 'f' => NumberKind.Real, _ => NumberKind.Unsigned },
        };
        var (page, bytes) = (how.Page ?? 0, layout.Bytes);
        if (layout.Last)
            for (var i = 0; i < width * height; i++)
                file.Slice(layout.At + (i * layout.Pages + page) * bytes, bytes).CopyTo(raster.Data[(i * bytes)..]);
        else
            file.Slice((int)(layout.At + page * layout.PageBytes), (int)layout.PageBytes).CopyTo(raster.Data);
        if (layout.BigEndian)
            for (var i = 0; i < raster.Data.Length; i += bytes)
                raster.Data.Slice(i, bytes).Reverse();
        return layout.Fortran ? Orientation.Apply(raster, 5) : raster;
    }

    static Layout Read(ReadOnlySpan<byte> file, string name)
    {
        BadInputException Refuse(string found, string cure) => new($"{name}: a NumPy array {found}: {cure}");
        // Magic, version, and a length of 2 bytes, from version 2 on of 4, before a Python dictionary.
        var start = file.Length > 12 && file[6] > 1 ? 12 : 10;
        var length = file.Length < start ? 0 : start == 10 ? BitConverter.ToUInt16(file[8..]) : BitConverter.ToUInt32(file[8..]);
        if (length == 0 || length > file.Length - start || file[6] is < 1 or > 3)
            throw Refuse("that is damaged or cut short", "get the file again");
        var header = Header().Match(Encoding.UTF8.GetString(file.Slice(start, (int)length)));
        if (!header.Success)
            throw Refuse("of structures or Python objects", "expected numbers; save the labels alone, such as numpy.save(path, data['masks'])");
        var (kind, bytes) = (header.Groups["kind"].Value[0], header.Groups["bytes"].Value[0] - '0');
        if (kind is not ('b' or 'u' or 'i' or 'f') || bytes is not (1 or 2 or 4 or 8) || (kind == 'f' && bytes == 1))
            throw Refuse($"of type {kind}{bytes}", "expected whole or real numbers of 8 to 64 bits");
        int[] shape = [.. Number().Matches(header.Groups["shape"].Value).Select(side =>
            int.TryParse(side.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue)];
        var (fortran, shown) = (header.Groups["fortran"].Value == "True", $"of shape ({string.Join(", ", shape)})");
        // Sides of 1 say nothing, unless there are no others.
        int[] sides = [.. shape.Where((side, i) => side != 1 || shape.Length == 2)];
        if (sides.Length == 1)
            sides = [1, sides[0]];
        if (shape.Length < 2 || sides.Length is < 2 or > 3 || sides.Contains(0) || (sides.Length == 3 && fortran))
            throw Refuse(shown, "expected (height, width), or (pages, height, width) or (height, width, channels) in C order");
        // No image is so narrow: the last axis holds a pixel's channels, such as the numbers and the classes of nuclei.
        var last = sides is [> MostChannels, > MostChannels, <= MostChannels];
        var (width, height, pages) = last ? (sides[1], sides[0], sides[2]) : (sides[^1], sides[^2], sides.Length == 3 ? sides[0] : 1);
        return new(width, height, pages, kind, bytes, header.Groups["order"].Value == ">" && bytes > 1, fortran, last, start + (int)length, shown);
    }

    [GeneratedRegex(@"'descr':\s*'(?<order>[<>|=])(?<kind>[a-zA-Z])(?<bytes>\d)'.*'fortran_order':\s*(?<fortran>True|False).*"
        + @"'shape':\s*\((?<shape>[\d\s,]*)\)")]
    private static partial Regex Header();
    [GeneratedRegex(@"\d+")] private static partial Regex Number();
}
