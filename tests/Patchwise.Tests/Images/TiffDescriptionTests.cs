namespace Patchwise.Tests;

public class TiffDescriptionTests
{
    [Theory]
    [InlineData("<OME><Pixels PhysicalSizeX=\"0.25\" PhysicalSizeY=\"0.5\"/></OME>", 0.25, 0.5)]
    [InlineData("<OME><Pixels PhysicalSizeX=\"250\" PhysicalSizeXUnit=\"nm\" PhysicalSizeY=\"0.5\" PhysicalSizeYUnit=\"\u00B5m\"/></OME>", 0.25, 0.5)]
    [InlineData("<OME><Pixels PhysicalSizeX=\"0.00025\" PhysicalSizeXUnit=\"mm\" PhysicalSizeY=\"0.0005\" PhysicalSizeYUnit=\"mm\"/></OME>", 0.25, 0.5)]
    [InlineData("<OME><Pixels PhysicalSizeX=\"0.25\" PhysicalSizeXUnit=\"pixel\" PhysicalSizeY=\"0.5\" PhysicalSizeYUnit=\"pixel\"/></OME>", null, null)]
    [InlineData("ImageJ=1.53t\nunit=micron\n", 0.25, 0.5)]
    [InlineData("ImageJ=1.53t\nunit=nm\n", null, null)] // a quarter of a nanometre is no pixel of a slide
    [InlineData("ImageJ=1.53t\nunit=inch\n", null, null)]
    [InlineData("ImageJ=1.53t\nloop=false\n", null, null)]
    public void Units_of_length_are_taken_to_microns(string description, double? x, double? y)
    {
        var mpp = TiffDescription.Read(description, 4, 2).Mpp;
        Assert.Equal((x, y), (mpp is { } one ? Math.Round(one.X, 9) : null, mpp is { } other ? Math.Round(other.Y, 9) : null));
    }

    [Fact]
    public void Pixels_in_millimetres_of_ImageJ_are_microns() =>
        Assert.Equal(0.25, TiffDescription.Read("ImageJ=1.53t\nunit=mm\n", 4000, 4000).Mpp!.Value.X, 1e-9);
}
