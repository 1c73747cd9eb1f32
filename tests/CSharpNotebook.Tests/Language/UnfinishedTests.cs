using CSharpNotebook.Kernel;
using CSharpNotebook.Language;

namespace CSharpNotebook.Tests.Language;

public sealed class UnfinishedTests
{
    [Theory]
    [InlineData("1 + 1")]
    [InlineData("var x = 1;")]
    [InlineData("if (true) { }")]
    [InlineData("for (int i = 0; i < 3; i++) Console.WriteLine(i);")]
    [InlineData("\"text\"")]
    [InlineData("// comment")]
    [InlineData("/* comment */")]
    [InlineData("")]
    [InlineData("#!time\n1 + 1")]
    [InlineData("#!html\n<b>{(</b>")]
    [InlineData("#!who")]
    [InlineData("#r \"x.dll\"")]
    [InlineData("#r \"nuget: X, 1.0.0\"\nusing X;")]
    [InlineData("numbers\n    .Where(x => x > 1)\n    .ToArray()")]
    [InlineData("#region a\nvar x = 1;\n#endregion")]
    [InlineData("var raw = \"\"\"\n    text\n    \"\"\";")]
    [InlineData("await Task.Delay(1)")]
    public void Whole_code_runs(string code) => Assert.Equal(new Completeness(CompletenessStatus.Complete), Unfinished.Of(code));

    [Theory]
    [InlineData("1 +", 4)]
    [InlineData("if (true) {", 4)]
    [InlineData("if (true) {\n    for (;;) {", 8)]
    [InlineData("if (true) {\n    go();", 4)]
    [InlineData("if (true)", 4)]
    [InlineData("void F()\n{", 4)]
    [InlineData("void F()\n{\n    if (a)\n    {\n        b();\n    }", 4)]
    [InlineData("foo(", 4)]
    [InlineData("foo(1,\n    2", 4)]
    [InlineData("var list = new List<int> {", 4)]
    [InlineData("numbers.", 4)]
    [InlineData("numbers\n    .Where(x => x > 1).", 8)]
    [InlineData("var x =", 4)]
    [InlineData("int F(int x) =>", 4)]
    [InlineData("/* comment", 0)]
    [InlineData("var text = @\"one", 0)]
    [InlineData("var raw = \"\"\"\n  one", 0)]
    [InlineData("#if true\nvar x = 1;", 0)]
    [InlineData("#region a\nvar x = 1;", 0)]
    [InlineData("#!time\nfor (;;) {", 4)]
    [InlineData("class A", 4)]
    [InlineData("[Obsolete]", 0)]
    public void Code_that_goes_on_gets_another_line(string code, int indent) =>
        Assert.Equal(new Completeness(CompletenessStatus.Incomplete, new(' ', indent)), Unfinished.Of(code));

    [Theory]
    [InlineData("}")]
    [InlineData("int x = ;")]
    [InlineData("var text = \"one")]
    [InlineData("1 + + ;")]
    [InlineData("foo(]")]
    public void Wrong_code_is_invalid(string code) => Assert.Equal(CompletenessStatus.Invalid, Unfinished.Of(code).Status);

    [Fact]
    public void A_command_that_is_not_known_is_invalid()
    {
        using var session = new CSharpNotebook.Scripting.ScriptSession();
        Assert.Equal(CompletenessStatus.Invalid, session.IsComplete("#!nothing\n1").Status);
        foreach (var known in (string[])["#!time", "#!set --name x --value 1", "#!import \"a.dib\"", "#!js\ngo(", "#!whos"])
            Assert.Equal(CompletenessStatus.Complete, session.IsComplete(known).Status);
    }
}
