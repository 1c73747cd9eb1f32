using CSharpNotebook.Runner;

namespace CSharpNotebook.Tests.Runner;

public sealed class ParameterTests : IDisposable
{
    const string Declaring = """
        parameters|// parameters
        var images = "dsb";         // an id or a folder
        double? magnification = 40; // of the images
        var trials = new[] { 30.0, 20 };
        // how many
        int count = 3, seed = 7;
        long big = 1; float small = 1; decimal exact = 1; bool flag = true; byte level = 1; char letter = 'a'; string? maybe = null;
        DayOfWeek day = DayOfWeek.Monday; List<string> names = ["a"]; IReadOnlyList<int> sizes = [512, 256]; int?[] holes = [1, null];
        Dictionary<string, double> table = new(); Version version = new(1, 0);
        Mine mine = Mine.First; // declared above
        """;

    readonly Folder _folder = new();

    NotebookFile Notebook(params string[] cells) => NotebookFile.Load(_folder.Notebook("n.ipynb", cells));

    NotebookFile Declared() => Notebook("md:# Title", "#r \"nuget: Some.Package, 1.0.0\"\n#!time\nusing System.IO;\nenum Mine { First, Second }",
        Declaring, "1");

    [Fact]
    public void Parameters_are_read_with_type_default_and_comment()
    {
        var parameters = Parameter.Read(Declared());

        Assert.Equal(
            ["string images = \"dsb\" // an id or a folder", "double? magnification = 40 // of the images", "double[] trials = new[] { 30.0, 20 } // ",
                "int count = 3 // how many", "int seed = 7 // how many"],
            parameters.Take(5).Select(parameter => $"{parameter.TypeName} {parameter.Name} = {parameter.Default} // {parameter.Help}"));
        Assert.Equal(("Mine", "declared above"), (parameters[^1].TypeName, parameters[^1].Help));
        Assert.Equal(["DayOfWeek", "List<string>", "IReadOnlyList<int>", "int?[]", "Dictionary<string, double>", "Version"],
            parameters.SkipLast(1).TakeLast(6).Select(parameter => parameter.TypeName));
    }

    [Theory]
    [InlineData("var x = nothing;")]
    [InlineData("#r \"missing.dll\"")]
    [InlineData("class {")]
    public void Parameters_are_read_below_a_cell_with_errors_too(string above)
    {
        var parameters = Parameter.Read(Notebook("enum Mine { First }", above, "parameters|int count = 3; // how many\nMine mine = Mine.First;"));
        Assert.Equal(["int count = 3 // how many", "Mine mine = Mine.First // "],
            parameters.Select(parameter => $"{parameter.TypeName} {parameter.Name} = {parameter.Default} // {parameter.Help}"));
    }

    [Theory]
    [InlineData("images=a \"b\" = c", "string images = \"a \\\"b\\\" = c\";")]
    [InlineData("images=null", "string images = \"null\";")]
    [InlineData("maybe=null", "string? maybe = null;")]
    [InlineData("magnification=20", "double? magnification = 20.0;")]
    [InlineData("magnification=null", "double? magnification = null;")]
    [InlineData("magnification=-2.5e-3", "double? magnification = -0.0025;")]
    [InlineData("trials=30, 20,10", "double[] trials = [30.0, 20.0, 10.0];")]
    [InlineData("trials=[30,20]", "double[] trials = [30.0, 20.0];")]
    [InlineData("trials=", "double[] trials = [];")]
    [InlineData("seed=-5", "int seed = -5;")]
    [InlineData("big=9223372036854775807", "long big = 9223372036854775807L;")]
    [InlineData("small=0.5", "float small = 0.5f;")]
    [InlineData("exact=0.10", "decimal exact = 0.10m;")]
    [InlineData("flag=FALSE", "bool flag = false;")]
    [InlineData("level=255", "byte level = 255;")]
    [InlineData("letter='", "char letter = '\\'';")]
    [InlineData("day=friday", "DayOfWeek day = System.DayOfWeek.Friday;")]
    [InlineData("names=a,b c", "List<string> names = [\"a\", \"b c\"];")]
    [InlineData("names=[\"a,b\"]", "List<string> names = [\"a,b\"];")]
    [InlineData("sizes=64", "IReadOnlyList<int> sizes = [64];")]
    [InlineData("holes=1,null", "int?[] holes = [1, null];")]
    [InlineData("mine=second", "Mine mine = Mine.Second;")]
    public void A_value_from_the_command_line_becomes_typed_code(string assignment, string code)
    {
        var notebook = Declared();
        Injection.Apply(notebook, null, [assignment]);
        Assert.Equal("// Parameters\n" + code, notebook.Cells[3].Source);
        Assert.True(notebook.Cells[3].HasTag("injected-parameters"));
    }

    [Theory]
    [InlineData("sed=1", "no parameter 'sed'; did you mean 'seed'?; it has string images, double? magnification, double[] trials, int count, int seed")]
    [InlineData("seed=1.5", "seed=1.5 does not fit int seed: '1.5' is not a whole number from -2147483648 to 2147483647; it has")]
    [InlineData("seed=3000000000", "is not a whole number from")]
    [InlineData("seed=", "is not a whole number")]
    [InlineData("seed=null", "is not a whole number")]
    [InlineData("level=256", "from 0 to 255")]
    [InlineData("magnification=20x", "'20x' is not a number, with a point for decimals")]
    [InlineData("magnification=1e999", "is not a number")]
    [InlineData("magnification=NaN", "is not a number")]
    [InlineData("magnification=2,5", "is not a number")]
    [InlineData("table={\"a\": 1}", "values of this type cannot be given from outside")]
    [InlineData("trials=30;20", "'30;20' is not a number")]
    [InlineData("trials=[30,", "it is not JSON")]
    [InlineData("trials=[\"30\"]", "\"30\" is not of this type")]
    [InlineData("flag=yes", "'yes' is not true or false")]
    [InlineData("letter=ab", "one character")]
    [InlineData("day=someday", "is not one of Sunday, Monday")]
    [InlineData("version=1.0", "values of this type cannot be given from outside")]
    [InlineData("seed", "expected NAME=VALUE")]
    public void A_value_that_does_not_fit_is_refused(string assignment, string message)
    {
        var notebook = Declared();
        var error = Assert.Throws<BadInputException>(() => Injection.Apply(notebook, null, [assignment]));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_gives_values_and_the_command_line_goes_before_it()
    {
        var notebook = Declared();
        var file = _folder.Write("p.json", """{"magnification": null, "seed": 1, "flag": false, "trials": [1, 2.5], "images": "x", "day": "Friday"}""");

        var given = Injection.Apply(notebook, file, ["seed=2", "seed=3"]);

        Assert.Equal(
            "// Parameters\nstring images = \"x\";\ndouble? magnification = null;\ndouble[] trials = [1.0, 2.5];\nint seed = 3;\nbool flag = "
                + "false;\nDayOfWeek day = System.DayOfWeek.Friday;", notebook.Cells[3].Source);
        Assert.Equal("""{"magnification":null,"seed":3,"flag":false,"trials":[1,2.5],"images":"x","day":"Friday"}""", given.ToJsonString());
    }

    [Theory]
    [InlineData("""{"seed": "1"}""", "\"1\" is not of this type")]
    [InlineData("""{"seed": null}""", "it cannot be null")]
    [InlineData("""{"images": 1}""", "1 is not of this type")]
    [InlineData("""{"trials": 1}""", "a list is expected")]
    [InlineData("""{"other": 1}""", "no parameter 'other'")]
    [InlineData("[1]", "expected a JSON object")]
    [InlineData("{", "could not be read as parameters")]
    public void A_file_is_read_strictly(string json, string message)
    {
        var notebook = Declared();
        var error = Assert.Throws<BadInputException>(() => Injection.Apply(notebook, _folder.Write("p.json", json), []));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_injected_cell_stands_behind_the_parameters_or_replaces_an_earlier_one()
    {
        var notebook = Notebook("parameters|int a = 1;", "md:text", "injected-parameters|// Parameters\nint a = 2;", "a");
        Injection.Apply(notebook, null, ["a=3"]);
        Assert.Equal(["int a = 1;", "text", "// Parameters\nint a = 3;", "a"], notebook.Cells.Select(cell => cell.Source));

        notebook = Notebook("parameters|int a = 1;", "md:text", "a");
        Injection.Apply(notebook, null, []);
        Assert.Equal(3, notebook.Cells.Count);
    }

    [Fact]
    public void A_notebook_without_parameters_refuses_any()
    {
        var notebook = Notebook("int a = 1;");
        var error = Assert.Throws<BadInputException>(() => Injection.Apply(notebook, null, ["a=3"]));
        Assert.Contains("no code cell is tagged 'parameters'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a=1"), InlineData("a=9.5"), InlineData("b=0"), InlineData("b=999"), InlineData("c=0.001"), InlineData("d=0.5,1"), InlineData("e=-3")]
    [InlineData("a=null"), InlineData("f=99"), InlineData("g=html"), InlineData("g=svg"), InlineData("h=null"), InlineData("h=b"), InlineData("i=c")]
    public void A_value_within_what_the_comment_says_is_taken(string assignment) => Injection.Apply(Limited, null, [assignment]);

    [Theory]
    [InlineData("a=0.9", "-p a=0.9: expected 1 to 9.5 (first [1 to 9.5])")]
    [InlineData("a=10", "expected 1 to 9.5")]
    [InlineData("b=-1", "expected at least 0")]
    [InlineData("c=0", "expected above 0")]
    [InlineData("d=0.5,0", "expected above 0 to 1")]
    [InlineData("d=[1.5]", "expected above 0 to 1")]
    [InlineData("e=-4", "expected -3 to -1")]
    [InlineData("g=bmp", "-p g=bmp: expected html, png or svg (kind [html, png or svg])")]
    [InlineData("h=c", "expected a or b")]
    public void A_value_beyond_what_the_comment_says_is_refused(string assignment, string message) => Assert.Contains(message,
        Assert.Throws<BadInputException>(() => Injection.Apply(Limited, null, [assignment])).Message, StringComparison.Ordinal);

    NotebookFile Limited => Notebook("parameters|double? a = 2; // first [1 to 9.5]\nlong b = 1; // [at least 0]\nfloat c = 1; // [above 0]\n"
        + "double[] d = [1]; // [above 0 to 1] each\nint e = -2; // [-3 to -1]\nint f = 1; // [see 1 to 2]\n"
        + "var g = \"png\"; // kind [html, png or svg]\nstring? h = null; // [a or b]\nvar i = \"x\"; // [one of a or b]");

    [Theory]
    [InlineData("Magnifcation", "did you mean 'magnification'?")]
    [InlineData("trial", "did you mean 'trials'?")]
    [InlineData("contrast", "no parameter 'contrast'; it has")]
    public void An_unknown_name_is_answered_with_the_nearest_where_one_is_near(string name, string message) => Assert.Contains(message,
        Assert.Throws<BadInputException>(() => Injection.Apply(Declared(), null, [$"{name}=1"])).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
