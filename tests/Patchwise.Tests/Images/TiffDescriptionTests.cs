namespace Patchwise.Tests;

public class TiffDescriptionTests
{
    [Theory]
    [InlineData("<OME><Pixels PhysicalSizeX=\"0.25\" PhysicalSizeY=\"0.5\"/></OME>", 0.25, 0.5)]
    [InlineData("<OME><Pixels PhysicalSizeX=\"250\" PhysicalSizeXUnit=\"nm\" PhysicalSizeY=\"0.5\" PhysicalSizeYUnit=\"\u00B5m\"/></OME>", 0.25, 0.5)]
    [InlineData("<OME><Pixels PhysicalSizeX=\"0.00025\" PhysicalSizeXUnit=\"mm\" PhysicalSizeY=\"0.0005\" PhysicalSizeYUnit=\"mm\"/></OME>", 0.25, 0.5)]
    [InlineData("<OME><Pixels PhysicalSizeX=\"0.25\" PhysicalSizeXUnit=\"pixel\" PhysicalSizeY=\"0.5\" PhysicalSizeYUnit=\"pixel\"/></OME>", null, null)]
    [InlineData("ImageJ=1.53t\nunit=micron\n", 0.25, 0.5)]
    [InlineData("ImageJ=1.53t\nunit=microns\n", 0.25, 0.5)]
    [InlineData("ImageJ=1.53t\nunit=micrometer\n", 0.25, 0.5)]
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

    const string Aperio = "Aperio Image Library v11.2.1\r\n46920x33014 [0,100 46000x32914] (256x256) JPEG/RGB Q=30|AppMag = 20|MPP = 0.4990";

    [Theory]
    [InlineData(Aperio, 46000, 32914, null)]
    [InlineData(Aperio, 46920, 33014, null)]
    [InlineData(Aperio, 2220, 2967, null)] // a part that somebody cut out
    [InlineData(Aperio, 256, 256, null)]
    [InlineData(Aperio, 23000, 16457, "46000 x 32914 px, and it has 23000 x 16457, as a copy made 2 times smaller")]
    [InlineData(Aperio, 11500, 8228, "as a copy made 4 times smaller")]
    [InlineData(Aperio, 92000, 65828, "as a copy made 2 times larger")]
    [InlineData("Aperio Image Library v11.2.1\r\n46000x32914 -> 1024x732 - |AppMag = 20|MPP = 0.4990", 1024, 732, "as a copy made 44.9")]
    [InlineData("<OME><Pixels PhysicalSizeX=\"0.25\" SizeC=\"3\" SizeX=\"800\" SizeY=\"600\" PhysicalSizeY=\"0.25\"/></OME>", 400, 300, "2 times smaller")]
    [InlineData("<OME><Pixels SizeX=\"100\" SizeY=\"75\"/><Pixels SizeY=\"300\" SizeX=\"400\"/></OME>", 400, 300, null)]
    [InlineData("ImageJ=1.53t\nunit=micron\n", 400, 300, null)]
    public void A_smaller_copy_with_the_description_of_the_larger_is_told(string description, int width, int height, string? told)
    {
        var odd = TiffDescription.OddSize(description, new(width, height));
        if (told is null)
            Assert.Null(odd);
        else
            Assert.Contains(told, odd, StringComparison.Ordinal);
    }

    [Fact]
    public void Slides_images_and_sets_tell_it_unless_the_scale_is_given()
    {
        using var folder = new TemporaryFolder();
        var image = ImageFiles.Slope(400, 300, 3);
        var description = Aperio.Replace("46000x32914", "800x600", StringComparison.Ordinal);
        var slide = folder.Write("set/a.tif", TiffMaker.Tiles(image, new(128, 128), description: description));
        folder.Write("set/a_mask.png", new Raster(400, 300, 1).ToPng());
        foreach (var path in (string[])[slide, folder.Write("plain.tif", TiffMaker.Tiles(image, new(400, 304), description: description))])
        {
            using var stated = Slide.Open(path);
            Assert.Equal(0.499, stated.Mpp!.Value.X, 1e-9);
            Assert.Contains("its description is of 800 x 600 px", Assert.Single(stated.Notes), StringComparison.Ordinal);
            using var given = Slide.Open(path, mpp: 0.998, magnification: 10);
            Assert.Empty(given.Notes);
        }
        Assert.Contains(ImageSet.Open(folder.At("set")).Report.Problems, problem => problem.What.Contains("800 x 600", StringComparison.Ordinal));
        Assert.DoesNotContain(ImageSet.Open(folder.At("set"), magnification: 10, mpp: 0.998).Report.Problems,
            problem => problem.What.Contains("800 x 600", StringComparison.Ordinal));
    }
}
