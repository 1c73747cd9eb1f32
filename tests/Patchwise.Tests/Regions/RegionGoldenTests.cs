using System.Text.Json;

namespace Patchwise.Tests.Regions;

/// <summary>Against tables that scikit-image 0.19 made; others of the same script through PATCHWISE_GOLDENS.</summary>
public class RegionGoldenTests
{
    static string Folder { get; } = Repository.Golden("regions");

    static readonly Lazy<JsonDocument> Document = new(() => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "regions.json"))));

    public static TheoryData<string> Masks => new(Document.Value.RootElement.EnumerateObject().Select(mask => mask.Name));

    [Theory, MemberData(nameof(Masks))]
    public void Every_property_of_every_object_equals_the_reference(string name)
    {
        var expected = Document.Value.RootElement.GetProperty(name);
        var mask = Raster.Load(Path.Combine(Folder, name + ".png"));
        Assert.Equal((expected.GetProperty("width").GetInt32(), expected.GetProperty("height").GetInt32()), (mask.Width, mask.Height));
        Assert.Equal(expected.GetProperty("dtype").GetString(), mask.Bits == 8 ? "uint8" : "uint16");

        var table = RegionTable.Measure(mask, name, properties: RegionProperties.All);
        var regions = expected.GetProperty("regions").EnumerateArray().ToList();
        Assert.Equal(regions.Count, table.Count);
        foreach (var (row, region) in table.Zip(regions))
        {
            Assert.Equal((region.GetProperty("label").GetInt32(), region.GetProperty("value").GetInt32()), (row.Label, row.Value));
            Assert.Equal(Numbers("first"), (double[])[row.FirstY, row.FirstX!.Value]);
            Assert.Equal(Numbers("bbox"), (double[])[row.Y0, row.X0, row.Y1, row.X1]);
            Assert.Equal(Number("area"), row.Area);
            Assert.Equal(Number("euler_number"), row.Euler!.Value);
            Near("cy", Numbers("centroid")[0], row.Cy);
            Near("cx", Numbers("centroid")[1], row.Cx);
            Near("perimeter", Number("perimeter"), row.Perimeter);
            Near("eccentricity", Number("eccentricity"), row.Eccentricity);
            Near("major", Number("major_axis_length"), row.Major);
            Near("minor", Number("minor_axis_length"), row.Minor);
            Near("extent", Number("extent"), row.Extent);
            Near("equivalent diameter", Number("equivalent_diameter_area"), row.EquivalentDiameter);
            Near("solidity", Number("solidity"), row.Solidity);
            Near("feret", Number("feret_diameter_max"), row.Feret);
            // An axis has no direction, so angles are compared modulo pi. Between equal variances only the reference's rounding decides on the sign of pi/4.
            var angle = Math.Abs(Number("orientation") - row.Orientation!.Value);
            var tie = Math.Abs(Math.Abs(row.Orientation.Value) - Math.PI / 4) < 1e-12;
            Assert.True(angle < 1e-6 || Math.Abs(angle - Math.PI) < 1e-6 || (tie && Math.Abs(angle - Math.PI / 2) < 1e-6),
                $"orientation of {row.Label}: {row.Orientation}, expected {Number("orientation")}");

            double Number(string property) => region.GetProperty(property).GetDouble();
            double[] Numbers(string property) => [.. region.GetProperty(property).EnumerateArray().Select(value => value.GetDouble())];
            void Near(string what, double wanted, double? found) =>
                Assert.True(Math.Abs(wanted - found!.Value) <= 1e-6 * Math.Abs(wanted) + 1e-9, $"{what} of {row.Label}: {found}, expected {wanted}");
        }
    }
}
