using CsvHelper;

namespace Patchwise;

/// <summary>One line of a region table's CSV file, checked: numbers, whole pixels, and that an object fits into its box and the box into its image.</summary>
sealed class RegionCsvLine(CsvReader csv, string path)
{
    /// <summary>Numbers in px of a mask are whole; a table at another magnification comes back to them by a division.</summary>
    const double RoundingError = 1e-6;

    internal (Region Row, RegionTable.MeasuredImage Image) Read()
    {
        var (name, scale) = (Text("image"), Optional("scale") ?? 1);
        Expect(name != "", "image", "a name");
        Expect(scale > 0, "scale", "a number above 0");
        var box = new Box(Whole("x0", scale), Whole("y0", scale), Whole("x1", scale), Whole("y1", scale));
        Expect(!box.IsEmpty && box is { X0: >= 0, Y0: >= 0 }, "x0", "a box with x0 < x1 and y0 < y1, from 0 on", $"{box}");
        var pixels = Whole("area", scale * scale, long.MaxValue / 2);
        Expect(pixels >= 1 && pixels <= box.Size.Area, "area", $"1 to {box.Size.Area}, the size of the box", $"{pixels} px of the mask");
        Expect(long.TryParse(Text("value"), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1, "value", "a whole number from 1 on");
        var label = Whole("label");
        Expect(label >= 1, "label", "1 or more");
        var (width, height) = (Optional("width") is null ? 0 : Whole("width"), Optional("height") is null ? 0 : Whole("height"));
        Expect((width == 0 && height == 0) || (box.X1 <= width && box.Y1 <= height), "width", $"one that holds the box {box}",
            $"an image of {width} x {height} px");
        foreach (var derived in (string[])["side", "extent", "equivalent_diameter"])
            Number(derived);
        var basics = new RegionBasics(value, pixels, box, Optional("first_x") is null ? null : Whole("first_x"), Number("cx") / scale, Number("cy") / scale);
        var magnification = Optional("magnification");
        Expect(magnification is null or > 0, "magnification", "a number above 0, or nothing");
        var microns = Optional("microns");
        Expect(microns is null or > 0, "microns", "a number above 0, or nothing");
        var side = Optional("stated_side");
        Expect(side is null or > 0, "stated_side", "a number above 0, or nothing");
        return (new(name, label, basics, Shape(scale), scale) { StatedClass = Stated("class"), StatedGroup = Stated("group"), StatedSide = side },
            new(name, width, height, magnification is { } power ? new Magnification(power) : null, 1) { Microns = microns });
    }

    RegionShape? Shape(double scale) => Optional("perimeter") is null
        ? null
        : new(Number("perimeter") / scale, Number("eccentricity"), Number("major") / scale, Number("minor") / scale, Number("orientation"), Number("solidity"),
        Whole("euler"), Number("feret") / scale);

    string? Stated(string column) => Text(column) is { Length: > 0 } text ? text : null;

    string Text(string column) => csv.TryGetField<string>(column, out var text) ? text ?? "" : "";

    double? Optional(string column) => Text(column) == "" ? null : Number(column);

    double Number(string column)
    {
        var isNumber = double.TryParse(Text(column), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number);
        Expect(isNumber, column, "a number");
        return number;
    }

    int Whole(string column, double scale = 1) => (int)Whole(column, scale, int.MaxValue);

    long Whole(string column, double scale, long most)
    {
        var number = Number(column) / scale;
        var whole = Math.Round(number);
        Expect(Math.Abs(number - whole) <= RoundingError * Math.Max(1, Math.Abs(whole)) && Math.Abs(whole) <= most, column,
            scale == 1 ? "a whole number" : string.Create(CultureInfo.InvariantCulture, $"a whole number of px of the mask times the scale {scale}"));
        return (long)whole;
    }

    /// <param name="found">Null: the text of the column.</param>
    internal void Expect(bool isRight, string column, string expected, string? found = null)
    {
        if (!isRight)
            throw new BadInputException($"{path}, line {csv.Parser.RawRow}, column {column}: "
                + $"found {found ?? (Text(column) is { Length: > 0 } text ? $"'{text}'" : "nothing")}, expected {expected}");
    }
}
