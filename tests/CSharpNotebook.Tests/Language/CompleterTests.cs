
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
    [InlineData("var inner = 1; { var innermost = 2; inn|", "inner variable, innermost variable")]
    [InlineData("void F(int parameter) { para|", "parameter variable")]
    [InlineData("stor|", "stored variable")]
    [InlineData("storedF|", "storedFunction function")]
    [InlineData("Store|", "Stored class")]
    [InlineData("new StringBui|", "StringBuilder class")]
    [InlineData("IEnumerable<Tim|", "TimeOnly struct, Timeout class, TimeoutException class, TimeProvider class, Timer class")]
    [InlineData("int loo = 1; whil|", "while keyword")]
    public async Task Names_come_from_this_cell_from_earlier_ones_and_from_the_imports(string code, string expected)
    {
        await notebook.OnceAsync("using System.Threading;\nvar stored = 1; int storedFunction(int x) => x; record Stored(int Number, string Word = \"\") { public int Extra { get; set; } }");
        var found = notebook.Complete(code);
        Assert.StartsWith(expected, found, StringComparison.Ordinal);
    }
}
