using System.Globalization;
using CsvHelper;

namespace Patchwise;

/// <summary>One line of a region table's CSV file, checked: numbers, whole pixels, and that an object fits into its box and the box into its image.</summary>
sealed class RegionCsvLine(CsvReader csv, string path)
{
    /// <summary>Numbers in px of a mask are whole; a table at another magnification comes back to them by a division.</summary>
    const double RoundingError = 1e-6;

    internal (Region Row, RegionTable.MeasuredImage Image) Read()
    {
        var name = Text("image");
        if (name == "")
            throw Wrong("image", "nothing", "a name");
        var scale = Optional("scale") ?? 1;
        if (scale <= 0)
            throw Wrong("scale", Text("scale"), "a number above 0");
        var box = new Box(Whole("x0", scale), Whole("y0", scale), Whole("x1", scale), Whole("y1", scale));
        if (box.IsEmpty || box.X0 < 0 || box.Y0 < 0)
            throw Wrong("x0", box.ToString(), "a box with x0 < x1 and y0 < y1, from 0 on");
        var pixels = Whole("area", scale * scale);
        if (pixels < 1 || pixels > box.Size.Area)
            throw Wrong("area", $"{pixels} px of the mask", $"1 to {box.Size.Area}, the size of the box");
        if (!long.TryParse(Text("value"), NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value < 1)
            throw Wrong("value", $"'{Text("value")}'", "a whole number from 1 on");
        var label = Whole("label");
        if (label < 1)
            throw Wrong("label", $"{label}", "1 or more");
        var (width, height) = (Optional("width") is null ? 0 : Whole("width"), Optional("height") is null ? 0 : Whole("height"));
        if ((width != 0 || height != 0) && (box.X1 > width || box.Y1 > height))
            throw Wrong("width", $"an image of {width} x {height} px", $"one that holds the box {box}");
        foreach (var derived in (string[])["side", "extent", "equivalent_diameter"])
            Number(derived);
        var basics = new RegionBasics(value, pixels, box, Optional("first_x") is null ? null : Whole("first_x"), Number("cx") / scale, Number("cy") / scale);
        var magnification = Optional("magnification");
        if (magnification <= 0)
            throw Wrong("magnification", Text("magnification"), "a number above 0, or nothing");
        var side = Optional("stated_side");
        if (side <= 0)
            throw Wrong("stated_side", Text("stated_side"), "a number above 0, or nothing");
        return (new(name, label, basics, Shape(scale), scale) { StatedClass = Stated("class"), StatedGroup = Stated("group"), StatedSide = side },
            new(name, width, height, magnification is { } power ? new Magnification(power) : null, 1));
    }

    RegionShape? Shape(double scale) => Optional("perimeter") is null
        ? null
        : new(Number("perimeter") / scale, Number("eccentricity"), Number("major") / scale, Number("minor") / scale, Number("orientation"), Number("solidity"),
        Whole("euler"), Number("feret") / scale);

    string? Stated(string column) => Text(column) is { Length: > 0 } text ? text : null;

    string Text(string column) => csv.TryGetField<string>(column, out var text) ? text ?? "" : "";

    double? Optional(string column) => Text(column) == "" ? null : Number(column);

    double Number(string column) =>
        double.TryParse(Text(column), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw Wrong(column, Text(column) is { Length: > 0 } text ? $"'{text}'" : "nothing", "a number");

    int Whole(string column, double scale = 1)
    {
        var number = Number(column) / scale;
        var whole = Math.Round(number);
        return Math.Abs(number - whole) <= RoundingError * Math.Max(1, Math.Abs(whole)) && Math.Abs(whole) <= int.MaxValue
            ? (int)whole
            : throw Wrong(column, $"'{Text(column)}'", scale == 1 ? "a whole number"
            : string.Create(CultureInfo.InvariantCulture, $"a whole number of px of the mask times the scale {scale}"));
    }

    internal BadInputException Wrong(string column, string found, string expected) =>
        new($"{path}, line {csv.Parser.RawRow}, column {column}: found {found}, expected {expected}");
}
