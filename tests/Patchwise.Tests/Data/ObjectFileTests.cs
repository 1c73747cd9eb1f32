using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Patchwise.Tests;

/// <summary>Tables of objects as people write them, and what they meet where one cannot be understood.</summary>
public sealed class ObjectFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public ObjectFileTests()
    {
        foreach (var name in (string[])["a.png", "b.png", "sub/c.png"])
            _folder.Write(name, new Raster(100, 80, 3).ToPng());
    }

    public void Dispose() => _folder.Dispose();

    RegionTable Read(string text, ObjectReading? reading = null, Encoding? encoding = null) => RegionTable.Measure(Open(text, reading, encoding));

    ImageSet Open(string text, ObjectReading? reading = null, Encoding? encoding = null)
    {
        encoding ??= new UTF8Encoding(false);
        _folder.Write("cells.csv", [.. encoding.GetPreamble(), .. encoding.GetBytes(text)]);
        return ImageSet.OpenObjectsWith(null, _folder.Path, reading ?? new(Side: 20));
    }

    static readonly (string, double, double, string, string)[] Two = [("a", 30, 40, "red", "a"), ("b", 50.5, 20, "blue", "b")];

    static (string, double, double, string, string)[] Told(RegionTable table) => [.. table.Select(row => (row.Image, row.Cx, row.Cy, row.Class, row.Group))];

    public static TheoryData<string> Written =>
    [
        "image,x,y,class\na.png,30,40,red\nb.png,50.5,20,blue\n",
        "image,x,y,class\r\na.png,30,40,red\r\nb.png,50.5,20,blue\r\n",
        "image;x;y;class\na.png;30;40;red\nb.png;50.5;20;blue",
        "image\tx\ty\tclass\na.png\t30\t40\tred\nb.png\t50.5\t20\tblue\n",
        "Class,Y, X ,Image,note\n red ,40,30, a.png,\"a, b\"\nblue,2e1,50.50,b.png,\n\n\n",
        "image,x,y,class\na,30,40,red\nb,50.5,20,blue",
        "image,x,y,class,x0\n\"a.png\",30,40,red,\n./b.png,50.5,20,blue,5",
        "\n\nimage,x,y,class\n\na.png,30,40,red\n\nb.png,50.5,20,blue",
        "\r\n image ; x;y;class\r\na.png;30;40;red\r\nb.png;50.5;20;blue",
    ];

    [Theory]
    [MemberData(nameof(Written))]
    public void However_it_is_written_the_objects_are_the_same(string text)
    {
        foreach (var encoding in (Encoding[])[new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode])
            Assert.Equal(Two, Told(Read(text, encoding: encoding)));
    }

    [Theory]
    [InlineData("Image\tName\tClassification\tCentroid X px\tCentroid Y px\na.png\t\tred\t30.5\t40.5\nb.png\t\tblue\t51\t20.5\n")]
    [InlineData("Image\tClassification\tCentroid X µm\tCentroid Y µm\na.png\tred\t15.25\t20.25\nb.png\tblue\t25.5\t10.25\n")]
    [InlineData("Image,Class,Centroid X μm,Centroid Y μm,Nucleus: Area\na.png,red,15.25,20.25,1\nb.png,blue,25.5,10.25,\n")]
    public void Tables_of_measurements_from_qupath_are_read(string text)
    {
        _folder.Write("cells.csv", text);
        Assert.Equal(Two, Told(RegionTable.Measure(ImageSet.OpenObjectsWith(null, _folder.Path, new(Side: 20), mpp: 0.5))));
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { "", "is empty: expected a line of names, such as image,x,y,class" },
        { "image,x,y,class\n", "holds no object: expected a line for each" },
        { "{\"images\": [\n]}", "is JSON: expected a table as CSV" },
        { "[{\"image\": \"a\"}]", "is JSON: expected a table as CSV" },
        { "image,x,y,class\na,1,2,r\"ed", "line 2: a quotation mark inside of a cell" },
        { "Image\tClassification\tCentroid X µm\tCentroid Y µm\na.png\tred\t30\t40", "Centroid Y µm are microns, and how many a pixel of" },
        { "Image\tClassification\tCentroid X µm\tCentroid Y px\na.png\tred\t30\t40", "no column 'x'" },
        { "img,x,y,class\na,1,2,red", "no column 'image' (found img, x, y, class)" },
        { "image,x,y,clas\na,1,2,red", "no column 'class' (found image, x, y, clas); did you mean 'clas'?" },
        { "image,x,y,class,Class\na,1,2,red,red", "has the column 'class' more than once" },
        { "image,x,class\na,1,red", "no column 'y'" },
        { "image,x,y,width,height,class\na,1,2,3,4,red", "whether x and y are a corner or the centre is not known" },
        { "image,x,y,class\na,1,2,red\na,three,2,red", "line 3, column x: found 'three'; expected a number of px" },
        { "image,x,y,class\na,1,2,red\na,NaN,2,red", "line 3, column x: found 'NaN'" },
        { "image,x,y,class\na,1,1e300,red", "line 2, column y: found '1e300'" },
        { "image;x;y;class\na;30,5;2;red", "line 2, column x: found '30,5'; expected a number of px, with a decimal point" },
        { "image,x,y,class\na,30,5,2,red", "line 2: 5 cells, but 4 columns (image, x, y, class): expected a cell each; numbers have a decimal point" },
        { "image,x,y,class\na,30,5", "line 2: 3 cells, but 4 columns" },
        { "image,x,y,class\na,1,2,red\na,100,2,red", "line 3, columns x and y: the centre (100, 2) lies outside its image a of 100 x 80 px" },
        { "image,x,y,class\na,1,-1,red", "line 2, columns x and y: the centre (1, -1) lies outside its image a" },
        { "image,x,y,class\na,1,2,red\nd.png,1,2,red", "line 3: no image 'd.png'" },
        { "image,x,y,class\nA.png,1,2,red", "line 2: no image 'A.png'" },
        { "image,x,y,class\nother/a.png,1,2,red", "line 2: no image 'other/a.png'" },
        { "image,x,y,class\n,1,2,red", "line 2, column image: found nothing" },
        { "image,x,y,class\na,1,2,red\na,5,2,NA", "line 3, column class: found 'NA'; expected a value in every line" },
        { "image,x,y,class\na,0.1,0.25,red\na,1,0,red\nb,0.5,0.5,red", "all of x, y lie from 0 to 1, as shares of the image's sides do: expected px" },
        { "image,x,y,class\na,1,2,red\na,5,2,  ", "line 3, column class: found nothing; expected a value in every line" },
        { "image,x,y,class\na,1,2,Red cell\n\na,5,2,red_cell",
            "line 4, column class: found 'red_cell', but 'Red cell' in line 2; expected one spelling of a class" },
        { "image,x,y,class,group\na,1,2,red,P1\nb,5,2,red,p 1", "line 3, column group: found 'p 1', but 'P1' in line 2; expected one spelling of a group" },
        { "image,x,y,class,group\na,1,2,red,", "line 2, column group: found nothing" },
        { "image,x,y,class\na,1,2,red\na,1,3,red\na.png,1,2.0,blue", "line 4: the object of line 2 again (blue at 1, 2 in a.png)" },
        { "image,x,y,class\na,1,2,\"red\nb,1,2,red", "line " },
        { "image,x,y,class,scale\na,1,2,red,1\na,3,4,red,0.5", "line 3, column scale: found '0.5'; expected 1, px of the images" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_cannot_be_understood_is_refused_with_its_place(string text, string expected)
    {
        var message = Assert.Throws<BadInputException>(() => Read(text)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("cells.csv", message, StringComparison.Ordinal);
    }

    /// <summary>A sign between digits, or behind the last letter, is no way of writing.</summary>
    [Theory]
    [InlineData("1-11", "11-1")]
    [InlineData("P1_12", "P11_2")]
    [InlineData("1 12", "11 2")]
    [InlineData("HER2-", "HER2")]
    [InlineData("HER2-", "HER2+")]
    public void Names_that_a_sign_tells_apart_are_two(string one, string other)
    {
        var read = Read($"image,x,y,class,group\na,1,2,{one},{one}\nb,5,2,{other},{other}");
        Assert.Equal([one, other], read.Select(row => row.Class));
    }

    [Fact]
    public void A_name_that_is_nearly_that_of_an_image_is_guessed() => Assert.Contains("did you mean 'sub/c.png'?",
        Assert.Throws<BadInputException>(() => Read("image,x,y,class\nsub/d.png,1,2,red")).Message, StringComparison.Ordinal);

    [Fact]
    public void An_image_that_is_there_twice_is_not_guessed()
    {
        _folder.Write("sub/a.png", new Raster(100, 80, 3).ToPng());
        Assert.Contains("line 2: 'a.png' may be a.png or sub/a.png: expected the path below",
            Assert.Throws<BadInputException>(() => Read("image,x,y,class\na.png,1,2,red")).Message, StringComparison.Ordinal);
        Assert.Equal(["sub/a"], Read("image,x,y,class\nsub/a.png,1,2,red\n").Select(row => row.Image).Select(name => name is "a" ? "sub/a" : name));
    }

    [Fact]
    public void Another_encoding_than_utf8_is_refused_as_it_would_lose_letters() => Assert.Contains("save it as CSV UTF-8",
        Assert.Throws<BadInputException>(() => Read("image,x,y,class\na,1,2,rötlich", encoding: Encoding.Latin1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Centres_have_the_stated_side_at_the_border_too()
    {
        var table = Read("image,x,y,class\na,30,40,red\na,2,3,red", new(Side: 20));
        Assert.All(table, row => Assert.Equal((true, 20.0, 20.0), (row.IsCentre, row.Side, row.CentredSide)));
        Assert.Equal([new Box(20, 30, 40, 50), new Box(0, 0, 12, 13)], table.Select(row => row.SourceBox));
        Assert.Single(table.AwayFromEdge());
        Assert.Contains("state the side of the square", Assert.Throws<BadInputException>(() => Read("image,x,y,class\na,1,2,red", new())).Message,
            StringComparison.Ordinal);
        Assert.Contains("side: 0.5 px", Assert.Throws<BadInputException>(() => Read("image,x,y,class\na,1,2,red", new(Side: 0.5))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Boxes_are_as_stated_and_take_no_side()
    {
        const string Boxes = "image,x0,y0,x1,y1,class\na,10,20,30,50,red\nb,0,0,100,80,blue\n";
        var table = Read(Boxes, new());
        Assert.Equal([new Box(10, 20, 30, 50), new Box(0, 0, 100, 80)], table.Select(row => row.SourceBox));
        Assert.Equal([(19.5, 34.5), (49.5, 39.5)], table.Select(row => (row.Cx, row.Cy)));
        Assert.Equal([(30.0, 30.0), (100.0, 100.0)], table.Select(row => (row.Side, row.CentredSide)));
        Assert.DoesNotContain(table, row => row.IsCentre);
        foreach (var (text, expected) in new[] { (Boxes.Replace("30,50", "101,50"), "line 2: the box (10, 20)-(101, 50) reaches over its image a"),
            (Boxes.Replace("30,50", "10,50"), "line 2: the box (10, 20)-(10, 50) is empty") })
            Assert.Contains(expected, Assert.Throws<BadInputException>(() => Read(text, new())).Message, StringComparison.Ordinal);
        // Of shares with six decimals, as YOLO writes them, times the image's sides.
        Assert.Equal([new Box(10, 20, 100, 50), new Box(0, 0, 100, 80)],
            Read("image,x0,y0,x1,y1,class\na,9.99995,20.00004,100.00003,50,red\nb,-0.00001,0,100,80.00005,blue\n", new()).Select(row => row.SourceBox));
        Assert.Contains("no side is to be stated", Assert.Throws<BadInputException>(() => Read(Boxes, new(Side: 20))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_and_groups_may_have_columns_of_other_names()
    {
        const string Text = "image,x,y,label,patient\na,1,2,red,P1\nb,1,2,blue,P1\n";
        var table = Read(Text, new(Side: 9, ClassColumn: "Label", GroupColumn: "patient"));
        Assert.Equal([("red", "P1"), ("blue", "P1")], table.Select(row => (row.Class, row.Group)));
        Assert.Contains("classColumn: \"class\"", Assert.Throws<BadInputException>(() => Read(Text, new(Side: 9))).Message, StringComparison.Ordinal);
        Assert.Contains("no column 'patent'", Assert.Throws<BadInputException>(
            () => Read(Text, new(Side: 9, ClassColumn: "label", GroupColumn: "patent"))).Message, StringComparison.Ordinal);
        var set = Open(Text, new(Side: 9, ClassColumn: "label"));
        Assert.Contains("groupColumn: \"patient\"", set.ToString(), StringComparison.Ordinal);
        Assert.Contains("groupColumn: \"patient\"", RegionTable.Measure(set).Notes[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_objects_or_that_cannot_be_read_are_left_out_and_told()
    {
        _folder.Write("b.png", [1, 2, 3]);
        var set = Open("image,x,y,class\na,1,2,red\nb,1,2,red\na,9,9,blue\n");
        Assert.Equal(["a"], set.Images.Select(image => image.Name));
        Assert.Equal(2, RegionTable.Measure(set).Count);
        Assert.Equal([("b.png", true), ("sub/c.png", true)], set.Report.Problems.Select(problem => (problem.File, problem.Excluded)).Order());
        Assert.Contains("no mask", Assert.Throws<BadInputException>(() => set.Images[0].LoadMask()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_is_found_in_the_folder_or_named()
    {
        Read("image,x,y,class\na,1,2,red\n");
        _folder.Write("other.csv", "image,x,y,class\nb,1,2,red\n");
        string Message(ObjectReading reading) =>
            Assert.Throws<BadInputException>(() => ImageSet.OpenObjectsWith(null, _folder.Path, reading)).Message;
        Assert.Contains("2 tables: cells.csv, other.csv; expected one", Message(new(Side: 9)), StringComparison.Ordinal);
        Assert.Contains("no.csv is not there", Message(new("no.csv", 9)), StringComparison.Ordinal);
        foreach (var name in (string[])["other.csv", _folder.At("other.csv")])
            Assert.Equal("b", ImageSet.OpenObjectsWith(null, _folder.Path, new(name, 9)).Images[0].Name);
    }

    /// <summary>Whatever the text, it is read or refused; nothing else is thrown.</summary>
    [Fact]
    public void Odd_text_is_read_or_refused() => Prop.ForAll(
        Gen.ArrayOf(Gen.Elements("image", "x", "y", "class", "a", "1", "2.5", "red", ",", ";", "\t", "\n", "\"", "\r\n", " ", "\0", "-1", "é"))
            .Select(string.Concat)
            .ToArbitrary(), text =>
        {
            try
            {
                return Read("image,x,y,class\na,1,2,red\n" + text).Count > 0;
            }
            catch (BadInputException error)
            {
                return error.Message.Contains("cells.csv", StringComparison.Ordinal);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_table_written_and_read_again_keeps_classes_groups_and_sides()
    {
        var table = Read("image,x,y,class,group\na,30,40,red,P1\nb,2,3,blue,P2\n");
        table.SaveCsv(_folder.At("regions.csv"));
        var again = RegionTable.LoadCsv(_folder.At("regions.csv"));
        Assert.Equal(table.Select(row => (row.Class, row.Group, row.IsCentre, row.Side, row.SourceBox, row.Value)),
            again.Select(row => (row.Class, row.Group, row.IsCentre, row.Side, row.SourceBox, row.Value)));
    }

    [Fact]
    public void The_embedded_cells_are_2343_centres_of_eight_classes_in_50_images_at_100x()
    {
        var set = ImageSet.OpenObjects("chula-rbc-12", new(Side: 64));
        var cells = RegionTable.Measure(set);
        Assert.Equal((50, 100.0, "MIT"), (set.Images.Count, set.Magnification!.Value.Power, set.Licence));
        Assert.Empty(set.Report.Problems);
        Assert.Equal(2343, cells.Count);
        Assert.Equal("Burr 124, Normal 750, Ovalocyte 313, Schistocyte 213, Spherocyte 193, Stomatocyte 340, Target 299, Teardrop 111",
            string.Join(", ", cells.ByValue().Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Class} {group.Regions.Count}"))));
        Assert.Contains("2,343 centres of 8 classes, each image a group", set.ToString(), StringComparison.Ordinal);
        Assert.Contains("expected images with masks", Assert.Throws<BadInputException>(() => ImageSet.Open("chula-rbc-12")).Message, StringComparison.Ordinal);
        Assert.Contains("expected images with objects", Assert.Throws<BadInputException>(() => ImageSet.OpenObjects("dsb2018-nuclei")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_clarity_and_size_tests_take_centres_and_say_that_sides_are_stated()
    {
        var set = ImageSet.OpenObjects("chula-rbc-12", new(Side: 64));
        var cells = RegionTable.Measure(set).AwayFromEdge();
        var sizes = SizeTest.Of(cells);
        Assert.Equal(64, sizes.Suggestion.Size);
        Assert.Contains(sizes.Notes, note => note.Contains("centres with a side that was stated, not measured", StringComparison.Ordinal));
        Assert.Equal(8, sizes.ByValue.Count);
        Assert.Contains("Teardrop", sizes.ByValue.ToString(), StringComparison.Ordinal);
        Assert.Single(SizeTest.Of(cells, [48]).CutOff(set, new() { Examples = 1 }).Rows);
        var clarity = ClarityTest.Of(set, cells, new() { Sample = 12, Trials = [100, 50, 25] });
        Assert.Contains(clarity.Notes, note => note.Contains("measured over their whole boxes", StringComparison.Ordinal));
        Assert.Single(cells.Examples(set, 1, 7, CancellationToken.None).Rows);
    }
}
