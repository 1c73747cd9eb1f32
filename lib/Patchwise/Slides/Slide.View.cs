using System.Text.Json;
using System.Text.Json.Nodes;

namespace Patchwise;

public sealed partial class Slide
{
    const string NotStated = "not stated";

    /// <summary>What is known of the slide, in a screenful; <see cref="Properties"/> has the rest.</summary>
    public TextTable ToTable() => new(["", ""],
    [
        ["file", Path],
        ["format", Vendor],
        ["size", $"{Size} px"
            + (Mpp is { } mpp ? FormattableString.Invariant($", {Size.Width * mpp.X / 1000:0.##} x {Size.Height * mpp.Y / 1000:0.##} mm") : "")],
        ["resolution", Mpp is null ? NotStated : $"{Mpp} ({MppFrom})"],
        ["objective", Magnification is null ? NotStated : $"{Magnification} ({MagnificationFrom})"],
        .. Notes.Select(note => (string[])["note", note]),
        .. Levels.Select((level, i) => (string[])[$"level {i}",
            FormattableString.Invariant(
                $"{level.Size} px, 1/{level.Downsample:0.####}")
                + (Mpp is { } m ? $", {new Mpp(m.X * level.Downsample, m.Y * level.Downsample)}" : "")]),
        ["scanned part", Bounds?.ToString() ?? NotStated],
        ["background", Background ?? NotStated],
        ["further images", AssociatedNames.Count > 0 ? string.Join(", ", AssociatedNames) : "none"],
        ["properties", FormattableString.Invariant($"{Properties.Count}")],
    ]);

    /// <summary>All that is known of the slide, for programs.</summary>
    public string ToJson() => new JsonObject
    {
        ["file"] = Path,
        ["vendor"] = Vendor,
        ["width"] = Size.Width,
        ["height"] = Size.Height,
        ["mpp"] = Mpp is { } mpp ? new JsonArray(mpp.X, mpp.Y) : null,
        ["mpp_from"] = Mpp is null ? null : MppFrom,
        ["magnification"] = Magnification?.Power,
        ["magnification_from"] = Magnification is null ? null : MagnificationFrom,
        ["notes"] = new JsonArray([.. Notes.Select(note => JsonValue.Create(note))]),
        ["background"] = Background,
        ["bounds"] = Bounds is { } box ? new JsonArray(box.X0, box.Y0, box.X1, box.Y1) : null,
        ["levels"] =
            new JsonArray([.. Levels.Select(level => new JsonObject { ["width"] = level.Size.Width, ["height"] = level.Size.Height,
            ["downsample"] = level.Downsample })]),
        ["associated_images"] = new JsonArray([.. AssociatedNames.Select(name => JsonValue.Create(name))]),
        ["properties"] = new JsonObject(Properties.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public override string ToString() =>
        $"Slide {System.IO.Path.GetFileName(Path)}: {Vendor}, {Size} px, {Levels.Count} level{(Levels.Count == 1 ? "" : "s")}, "
        + $"{Mpp?.ToString() ?? "resolution not stated"}, {Magnification?.ToString() ?? "objective not stated"}";

    /// <summary>The same as a screenful of text.</summary>
    public string Describe() => ToTable().ToString();
}
