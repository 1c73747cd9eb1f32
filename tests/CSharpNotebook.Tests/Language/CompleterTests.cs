
namespace CSharpNotebook.Tests.Language;

public sealed class CompleterTests(Notebook notebook) : IClassFixture<Notebook>
{
    [Theory]
    [InlineData("Console.Wri|", "Write method, WriteLine method")]
    [InlineData("Console.Wri|\nvar x = 1;", "Write method, WriteLine method")]
    [InlineData("var text = \"\"; text.Substr|", "Substring method")]
    [InlineData("\"abc\".Len|", "Length property")]
    [InlineData("new[] { 1 }.Sele|", "Select method, SelectMany method")]
    [InlineData("new[] { 1 }.Where(one => one.CompareT|", "CompareTo method")]
    [InlineData("int? some = 1; some?.CompareT|", "CompareTo method")]
    [InlineData("System.Threadi|", "Threading module")]
    [InlineData("System.IO.MemoryStr|", "MemoryStream class")]
    [InlineData("global::Syst|", "System module")]
    [InlineData("using System.Diag|", "Diagnostics module")]
    [InlineData("DayOfWeek.Fri|", "Friday field")]
    [InlineData("Math.PI.ToStr|", "ToString method")]
    [InlineData("class A { int _own; void F() { this._o|", "_own field")]
    [InlineData("$\"{DateTime.Tod|}\"", "Today property")]
    [InlineData("Environment.TickC|", "TickCount property, TickCount64 property")]
    [InlineData("AppDomain.CurrentDomain.ProcessEx|", "ProcessExit event")]
    public void Members_follow_a_dot(string code, string expected) => Assert.Equal(expected, notebook.Complete(code));

    [Theory]
    [InlineData("var inner = 1; { var innermost = 2; inn|", "inner field, innermost variable")]
    [InlineData("void F(int parameter) { para|", "parameter variable")]
    [InlineData("stor|", "stored field")]
    [InlineData("storedF|", "storedFunction method")]
    [InlineData("Store|", "Stored class")]
    [InlineData("new StringBui|", "StringBuilder class")]
    [InlineData("IEnumerable<Tim|", "TimeOnly struct")]
    [InlineData("int loo = 1; whil|", "while keyword")]
    public async Task Names_come_from_this_cell_from_earlier_ones_and_from_the_imports(string code, string expected)
    {
        await notebook.OnceAsync(
            "using System.Threading;\nvar stored = 1; int storedFunction(int x) => x; record Stored(int Number, string Word = \"\") { public int Extra { "
                + "get; set; } }");
        var found = notebook.Complete(code);
        Assert.StartsWith(expected, found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("using static System.Math;\nSqr|", "Sqrt method")]
    [InlineData("using Text = System.Text.StringBuilder;\nTex|", "Text class")]
    [InlineData("using System.Text.RegularExpressions;\nRege|", "Regex class, RegexCompilationInfo class")]
    [InlineData("Syste|", "System module")]
    [InlineData("class A { protected int one; } class B : A { void F() { on|", "one field")]
    [InlineData("class A<TItem> { void F(TIt|", "TItem class")]
    [InlineData("disp|", "display method")]
    [InlineData("foreach (var item in new[] { 1 }) { ite|", "item variable")]
    [InlineData("int.TryParse(\"1\", out var parsed); pars|", "parsed field")]
    [InlineData("new[] { 1 }.Select(single => sing|", "single variable, Single struct")]
    public void Imports_nested_types_and_locals_are_in_scope(string code, string expected) =>
        Assert.StartsWith(expected, notebook.Complete(code), StringComparison.Ordinal);

    [Fact]
    public void What_a_block_declared_is_gone_after_it() => Assert.Equal("", notebook.Complete("{ var hidden = 1; }\nhidd|"));

    [Theory]
    [InlineData("new UriBuilder { Ho|", "Host property")]
    [InlineData("new UriBuilder { Host = \"a\", |",
        "Fragment property, Password property, Path property, Port property, Query property, Scheme property, Uri property, UserName property")]
    [InlineData("record R(int Number); var r = new R(1) with { Num|", "Number property")]
    [InlineData("\"a\".PadLeft(total|", "totalWidth variable, TotalOrderIeee754Comparer struct")]
    public void Initialisers_offer_what_can_be_set_and_calls_their_parameters(string code, string expected) => Assert.Equal(expected, notebook.Complete(code));

    [Theory]
    [InlineData("// Con|")]
    [InlineData("/* Con|")]
    [InlineData("\"Con|")]
    [InlineData("\"Con|\"")]
    [InlineData("$\"Con|\"")]
    [InlineData("1.5|")]
    [InlineData("#!html\nCon|")]
    [InlineData("nowhere.Con|")]
    [InlineData("Console.Write().|")]
    public void Nothing_is_offered_in_texts_and_where_nothing_is_known(string code) => Assert.Equal("", notebook.Complete(code));

    [Fact]
    public void Overloads_are_one_item_and_what_is_not_for_people_none()
    {
        Assert.Equal("Substring", Assert.Single(notebook.Items("\"a\".Substr|")).Text);
        Assert.DoesNotContain("op_", notebook.Complete("decimal.|"), StringComparison.Ordinal);
        Assert.DoesNotContain("get_", notebook.Complete("\"a\".|"), StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_complete_at_the_start_of_a_line()
    {
        Assert.Equal("#!time method", notebook.Complete("#!ti|"));
        Assert.Equal("#!markdown method", notebook.Complete("1\n#!ma|"));
    }
}
