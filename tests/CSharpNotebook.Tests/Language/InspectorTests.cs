namespace CSharpNotebook.Tests.Language;

public sealed class InspectorTests(Notebook notebook) : IClassFixture<Notebook>
{
    [Theory]
    [InlineData("Math.Ma|x(1, 2)", "int Math.Max(int val1, int val2) (+ 12 overloads)", "Returns the larger")]
    [InlineData("\"abc\".Sub|string(1, 2)", "string string.Substring(int startIndex, int length) (+ 1 overload)", "Retrieves a substring")]
    [InlineData("\"abc\".Sub|string", "string string.Substring(int startIndex) (+ 1 overload)", "")]
    [InlineData("new[] { 1 }.Whe|re(x => x > 1)", "(extension) IEnumerable<int> IEnumerable<int>.Where<int>(Func<int, bool> predicate)", "Filters a sequence")]
    [InlineData("Dict|ionary<string, int> x;", "class System.Collections.Generic.Dictionary<", "Represents a collection of keys and values")]
    [InlineData("DayOfWe|ek.Friday", "enum System.DayOfWeek", "Specifies the day")]
    [InlineData("in|t x;", "readonly struct System.Int32\n", "")]
    [InlineData("var loc|al = 1.5;", "(field) double local", "")]
    [InlineData("void F(Version giv|en) { }", "(parameter) Version given", "")]
    [InlineData("System.Tex|t.Json", "namespace System.Text", "")]
    [InlineData("Math.P|I", "(constant) const double Math.PI = 3.14", "")]
    [InlineData("#!wh|o", "Display the names", "variables")]
    public void A_name_has_its_signature_and_what_else_it_may_mean(string code, string signature, string more)
    {
        var text = notebook.Inspect(code)!;
        Assert.StartsWith(signature, text, StringComparison.Ordinal);
        Assert.Contains(more, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"abc\".Substring(|", "startIndex")]
    [InlineData("\"abc\".Substring(1, |", "length")]
    [InlineData("\"abc\".Substring(1, |)", "length")]
    [InlineData("\"abc\".Substring(Math.Max(1, 2), |)", "length")]
    public void In_a_call_the_parameter_is_marked_whose_argument_is_written(string code, string parameter) =>
        Assert.Contains(notebook.Inspect(code)!.Split('\n'),
        line => line.StartsWith("    argument: ", StringComparison.Ordinal) && line.Contains(parameter, StringComparison.Ordinal));

    [Theory]
    [InlineData("// comm|ent")]
    [InlineData("|")]
    [InlineData("nowhe|re")]
    [InlineData("if| (true) { }")]
    public void Nothing_is_said_where_nothing_is_known(string code) => Assert.Null(notebook.Inspect(code));

    [Fact]
    public async Task What_cells_declare_is_told_with_comment_and_value()
    {
        await notebook.OnceAsync("""
            /// <summary>Twice <paramref name="x"/>, as <see cref="System.Int32"/>.</summary>
            /// <param name="x">A number.</param>
            /// <returns>Two of it.</returns>
            /// <exception cref="OverflowException">Too large.</exception>
            int Twice(int x)
            {
                while (x < 0) x++;
                return 2 * x;
            }
            var measured = new[] { 1, 2, 3 };
            var lazy = Enumerable.Range(0, 3).Where(x => x > 0);
            """);

        Assert.Equal("int Twice(int x)\n    Twice x, as int.", notebook.Inspect("Twi|ce(1)"));
        Assert.Contains("A number.", notebook.Inspect("Twice(|)"), StringComparison.Ordinal);
        Assert.Equal("(field) int[] measured\n    value: [ 1, 2, 3 ]", notebook.Inspect("meas|ured"));
        Assert.DoesNotContain("value", notebook.Inspect("la|zy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_library_is_documented_by_the_file_beside_it()
    {
        await notebook.OnceAsync($"#r \"{AppContext.BaseDirectory}Patchwise.dll\"");
        var text = notebook.Inspect("Patchwise.ImageSet set = null; Patchwise.RegionTable.Meas|ure(set)")!;
        Assert.Contains("The tables of all masks of a set, measured in parallel, or what", text, StringComparison.Ordinal);
    }

    [Fact]
    public void All_three_forms_say_the_same()
    {
        var bundle = notebook.InspectBundle("\"a\".PadLe|ft(3)")!;
        Assert.Equal(["text/html", "text/markdown", "text/plain"], bundle.Data.Keys.Order());
        Assert.All(bundle.Data.Values, form => Assert.Contains("string.PadLeft(int totalWidth)", form, StringComparison.Ordinal));
    }

    [Fact]
    public void The_documentation_of_dotnet_is_read_where_the_sdk_holds_it()
    {
        var pack = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..", "packs",
            "Microsoft.NETCore.App.Ref"));
        Assert.Equal(Directory.Exists(pack), notebook.Inspect("\"a\".PadLe|ft(3)")!.Contains("right-aligns", StringComparison.Ordinal));
        Assert.Equal(Directory.Exists(pack), notebook.Inspect("new List<int>().Ad|d(3)")!.Contains("Adds an object to the end of the",
            StringComparison.Ordinal));
        Assert.Equal(Directory.Exists(pack), notebook.Inspect("new[] { 1 }.Selec|t(x => x)")!.Contains("Projects each element of a sequence",
            StringComparison.Ordinal));
        Assert.Equal(Directory.Exists(pack), notebook.Inspect("new StringBuilder().ToStr|ing()")!.Contains("Converts the value", StringComparison.Ordinal));
    }
}
