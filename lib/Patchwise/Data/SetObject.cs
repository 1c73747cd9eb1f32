namespace Patchwise;

/// <summary>How <see cref="ImageSet.OpenObjects"/> reads a table of objects.</summary>
/// <param name="File">A CSV file, where it does not lie in the folder of images or is not the only one there.</param>
/// <param name="Side">Of the square that each object is taken for, px of its image: for tables of centres, which must have it.</param>
/// <param name="ClassColumn">Null: class.</param>
/// <param name="GroupColumn">What may not be both learned from and tested on, such as the patient. Null: group, or where there is none the image.</param>
public readonly record struct ObjectReading(string? File = null, double? Side = null, string? ClassColumn = null, string? GroupColumn = null);

/// <summary>An object as a line of a table has it, px of its image.</summary>
/// <param name="Image">Name in its set.</param>
/// <param name="Box">The part that lies inside the image.</param>
/// <param name="X">Of its centre, counted from 0 in the middle of the first pixel.</param>
/// <param name="Group">Null: its image.</param>
/// <param name="Side">Of the square that is stated for a centre; null where its box was measured.</param>
sealed record SetObject(string Image, Box Box, double X, double Y, string Class, string? Group, double? Side);
