namespace CSharpNotebook.Tests.Scripting;

public sealed class ScriptSessionTests : IClassFixture<ScriptSessionTests.Shared>
{
    public sealed class Shared : IDisposable
    {
        internal Cells Cells { get; } = new();

        public void Dispose() => Cells.Dispose();
    }

    readonly Cells _cells;

    public ScriptSessionTests(Shared shared) => _cells = shared.Cells;

    [Fact]
    public async Task What_one_cell_declares_the_next_ones_see()
    {
        await _cells.ShowAsync(
            "using System.IO;\nvar x = 20; int Twice(int y) => 2 * y; record Point(int X, int Y);\nclass Box<T>(T item) { public T Item => item; }");
        Assert.Equal([("result", "42")], await _cells.ShowAsync("Twice(x) + new Box<int>(2).Item"));
        Assert.Equal([("result", ".txt")], await _cells.ShowAsync("Path.GetExtension(\"a.txt\")"));
        Assert.Equal([("result", "another")], await _cells.ShowAsync("var x = \"another\"; x"));
    }

    [Theory]
    [InlineData("1 + 1", "2")]
    [InlineData("1.0 / 3", "0.3333333333333333")]
    [InlineData("return 5;", "5")]
    [InlineData("(string)null", "<null>")]
    [InlineData("await Task.FromResult(7)", "7")]
    [InlineData("new[] { 1, 2, 3 }.Select(x => x * x).Sum() // comment", "14")]
    [InlineData("new StringBuilder(\"six imports\").ToString()", "six imports")]
    [InlineData("1234.5.ToString(\"N1\") + new DateTime(2026, 1, 2).ToString()", "1,234.501/02/2026 00:00:00")]
    public async Task The_last_expression_is_the_value(string code, string shown) => Assert.Equal([("result", shown)], await _cells.ShowAsync(code));

    [Theory]
    [InlineData("var nothing = 1;")]
    [InlineData("Task.Yield();")]
    [InlineData("void Call() { }\nCall()")]
    [InlineData("// only a comment")]
    [InlineData("using System.Diagnostics;")]
    public async Task Other_cells_have_no_value(string code) => Assert.Empty(await _cells.ShowAsync(code));

    [Fact]
    public async Task Console_and_displays_come_in_the_order_of_the_code()
    {
        var shown = await _cells.ShowAsync("""
            Console.Write('a'); Console.WriteLine("b {0}", 1);
            Console.Error.WriteLine("oops");
            display("shown"); Console.WriteLine("after");
            Console.Out.Write(new[] { 'x', 'y' });
            "value"
            """);

        Assert.Equal([("stdout", "ab 1\n"), ("stderr", "oops\n"), ("display", "shown"), ("stdout", "after\nxy"), ("result", "value")], shown);
    }

    [Fact]
    public async Task Text_of_a_task_that_outlives_its_cell_stays_with_that_cell()
    {
        using var other = new Cells();
        await _cells.ShowAsync("var go = new TaskCompletionSource(); var late = Task.Run(async () => { await go.Task; Console.Write(\"late\"); });");
        await other.ShowAsync("1");
        Assert.Equal([("stdout", "late")], await _cells.ShowAsync("go.SetResult(); await late;"));
        Assert.Equal([("result", "1")], other.Outputs);
    }

    [Fact]
    public async Task A_cell_may_block_on_its_own_tasks() =>
        Assert.Equal([("result", "5")], await _cells.ShowAsync("async Task<int> Slow() { await Task.Delay(1); return 5; }\nSlow().Result"));

    [Fact]
    public async Task A_cell_that_fails_keeps_what_it_had_assigned()
    {
        await _cells.FailAsync("var kept = 41; throw new Exception();");
        Assert.Equal([("result", "42")], await _cells.ShowAsync("kept + 1"));
    }

    [Fact]
    public async Task A_cell_that_does_not_compile_changes_nothing()
    {
        await _cells.ShowAsync("var same = 1;");
        await _cells.FailAsync("same = 2; undefined();");
        Assert.Equal([("result", "1")], await _cells.ShowAsync("same"));
    }

    [Fact]
    public async Task Reading_the_console_asks_and_ends_where_nobody_answers()
    {
        Assert.Equal([("result", " open,32,111,pen")],
            await _cells.ShowAsync("$\"{Console.ReadLine()},{Console.Read()},{Console.Read()},{Console.ReadLine()}\""));
        using var alone = new Cells { NobodyAnswers = true };
        Assert.Equal([("result", "True -1")], await alone.ShowAsync("$\"{Console.ReadLine() is null} {Console.Read()}\""));
        Assert.Contains("nobody answers", (await alone.FailAsync("input(\"name?\")")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unsafe_code_and_spans_inside_braces_compile() =>
        Assert.Equal([("result", "3")],
        await _cells.ShowAsync("int sum; { Span<int> two = [1, 2]; unsafe { fixed (int* first = two) sum = first[0] + first[1]; } }\nsum"));

    [Fact]
    public async Task Time_is_shown_after_the_cell()
    {
        var shown = await _cells.ShowAsync("#!time\n\"value\"");

        Assert.Equal(["result", "display"], shown.Select(output => output.Kind));
        Assert.Matches(@"^Wall time: [\d.]+ms$", shown[1].Text);
    }

    [Fact]
    public async Task A_cell_may_change_its_language_in_the_middle()
    {
        Assert.Equal([("result", "1"), ("display", "bold"), ("result", "2")], await _cells.ShowAsync("1\n#!html\n<b>bold</b>\n#!csharp\n2"));
        Assert.Equal("<b>bold</b>", _cells.Bundles[1].Data["text/html"]);
        await _cells.ShowAsync("#!markdown\n# Title");
        Assert.Equal("# Title", _cells.Bundles[0].Data["text/markdown"]);
    }

    [Fact]
    public async Task Who_lists_the_variables_by_their_latest_declaration()
    {
        using var fresh = new Cells();
        await fresh.ShowAsync("var b = 1; var a = new List<int> { 1, 2 };");
        await fresh.ShowAsync("var b = \"text\";");
        Assert.Equal([("display", "[ b , a ]")], await fresh.ShowAsync("#!who"));
        Assert.Matches(@"b System.String text a System.Collections.Generic.List<.*> .*1, 2", (await fresh.ShowAsync("#!whos"))[0].Text);
    }

    [Theory]
    [InlineData("await GetInputAsync(\"name?\")", "name? open")]
    [InlineData("input(\"name?\")", "name? open")]
    [InlineData("(await GetPasswordAsync(\"word?\")).GetClearTextPassword()", "word? secret")]
    [InlineData("password(\"word?\").GetClearTextPassword()", "word? secret")]
    [InlineData("password(\"word?\").ToString()", "************")]
    public async Task Input_comes_from_the_host(string code, string shown) => Assert.Equal([("result", shown)], await _cells.ShowAsync(code));

    [Fact]
    public async Task Scripts_are_loaded_from_the_folder_of_the_notebook()
    {
        using var folder = new Folder();
        folder.Write("shared.csx", "int FromFile(int x) => 10 / x;");
        using var cells = new Cells(folder.Path);
        Assert.Equal([("result", "5")], await cells.ShowAsync("#load \"shared.csx\"\nFromFile(2)"));
        var error = await cells.FailAsync("FromFile(0)");
        Assert.Contains(error.Trace, line => line.Contains("shared.csx, line 1, in FromFile", StringComparison.Ordinal));
    }

    /// <summary>Cells that declare nothing are forgotten; these all declare something, in ways that are easily overlooked.</summary>
    [Fact]
    public async Task What_any_cell_declares_is_there_for_the_next()
    {
        using var cells = new Cells();
        foreach (var code in (string[])["Console.Write(0);", "int.TryParse(\"7\", out var parsed)", "if (8 is int matched) { }", "var (left, right) = (9, 10);",
            "using System.Globalization;", "using Short = System.Text.StringBuilder;",
            "using static System.Math;", "enum Color { Red }", "record Point(int X);", "int Twice(int x) => 2 * x;", "delegate int Change(int x);",
                "throw new Exception(\"none\");", "int late = 11; throw new Exception();", "parsed = 12;"])
            await cells.RunAsync(code);
        Assert.Equal(("result", "12 8 19 CultureInfo StringBuilder 4 Red 3 6 Change 11"), (await cells.ShowAsync(
            "$\"{parsed} {matched} {left + right} {nameof(CultureInfo)} {typeof(Short).Name} {Abs(-4)} {Color.Red} {new Point(3).X} {Twice(3)} "
                + "{typeof(Change).Name} {late}\""))[^1]);
    }

    [Fact]
    public async Task A_cell_that_declares_the_same_variables_again_takes_the_place_of_the_one_before()
    {
        using var cells = new Cells();
        await cells.ShowAsync("var x = 1;");
        await cells.ShowAsync("Func<int> first = () => x;");
        foreach (var value in (int[])[2, 3, 4])
            Assert.Equal([("result", $"{value} 1")], await cells.ShowAsync($"var x = {value}; var y = x;\n$\"{{y}} {{first()}}\""));
        await cells.FailAsync("var x = 5; var y = missing;");
        Assert.Equal([("result", "4 4")], await cells.ShowAsync("$\"{x} {y}\""));
        await cells.FailAsync("int y = 6, x = int.Parse(\"six\");");
        Assert.Equal([("result", "0 6 1")], await cells.ShowAsync("$\"{x} {y} {first()}\""));
        Assert.Equal([("display", "[ x , y ]")], await cells.ShowAsync("#!who"));
        await cells.ShowAsync("var z = 7;");
        Assert.Equal([("result", "0 6 7")], await cells.ShowAsync("var z = 7; $\"{x} {y} {z}\""));
    }

    /// <summary>What is made at run time of a cell's types, calls into native libraries, and traces through functions of cells of any kind.</summary>
    [Fact]
    public async Task Cells_that_are_unloaded_later_are_like_others()
    {
        using var cells = new Cells();
        await cells.ShowAsync("using System.Reflection; using System.Runtime.InteropServices; var zero = 0; var one = 1;");
        await cells.ShowAsync(
            "public interface IAnswer { int Answer(); }\npublic class Always : DispatchProxy { protected override object Invoke(MethodInfo method, object[] "
                + "arguments) => 42; }");
        Assert.Equal([("result", "42")], await cells.ShowAsync("DispatchProxy.Create<IAnswer, Always>().Answer()"));
        Assert.Equal([("result", "True")], await cells.ShowAsync("[DllImport(\"libc\")] static extern int getpid();\ngetpid() == Environment.ProcessId"));
        var error = await cells.FailAsync("int Divide(int a)\n{\n    return a / zero;\n}\nDivide(one)");
        Assert.Matches(@"line 3, in Divide:", error.Trace[1]);
        Assert.Matches(@"line 5:", error.Trace[2]);
    }
}
