namespace CSharpNotebook.Tests.Scripting;

public sealed class CellErrorTests : IClassFixture<ScriptSessionTests.Shared>
{
    readonly Cells _cells;

    public CellErrorTests(ScriptSessionTests.Shared shared) => _cells = shared.Cells;

    [Fact]
    public async Task A_compile_error_marks_its_place_in_the_source_line()
    {
        var error = await _cells.FailAsync("var fine = 1;\n\tvar x = nowhere + 1;");

        Assert.Equal("CompilationErrorException", error.Name);
        Assert.Matches(@"^Cell \[\d+\], line 2: error CS0103: The name 'nowhere' does not exist", error.Message);
        Assert.Equal(["    \tvar x = nowhere + 1;", "    \t        ^^^^^^^"], error.Trace.Skip(1));
    }

    [Fact]
    public async Task Errors_after_loops_and_functions_are_placed_in_the_code_as_written()
    {
        var error = await _cells.FailAsync("for (int i = 0; i < 3; i++) for (int j = 0; j < 3; j++) nowhere(i, j);");
        Assert.Equal("    " + new string(' ', "for (int i = 0; i < 3; i++) for (int j = 0; j < 3; j++) ".Length) + "^^^^^^^", error.Trace[2]);
    }

    [Theory]
    [InlineData("namespace A { class B { } }", "cannot declare a namespace")]
    [InlineData("namespace A;\nclass B { }", "cannot declare a namespace")]
    [InlineData("static class E { public static int Twice(this int x) => 2 * x; }", "at the top level")]
    [InlineData("static class E { extension(int x) { public int Twice => 2 * x; } }", "at the top level")]
    [InlineData("using var x = new System.IO.MemoryStream();", "no 'using var' at the top level")]
    [InlineData("using System.IO.MemoryStream x = new();", "no 'using var' at the top level")]
    [InlineData("Span<int> two = stackalloc int[2];", "cannot be a span")]
    [InlineData("throw new Exception(\"x\")", "A statement ends in a semicolon")]
    [InlineData("for (int i = 0; i < 3; i++) Console.Write(i);\nvar x = 1", "A statement ends in a semicolon")]
    [InlineData("await using var x = new System.IO.MemoryStream();", "no 'using var' at the top level")]
    [InlineData("file class A { }", "leave out the word 'file'")]
    [InlineData("var x = 1;\n#r \"a.dll\"", "Move #r to the first lines")]
    [InlineData("#r \"a.dll\"", "starts at the notebook's folder")]
    [InlineData("#load \"a.csx\"", "starts at the notebook's folder")]
    [InlineData("File.Exists(\"x\")", "add using System.IO;")]
    [InlineData("Stopwatch.StartNew()", "add using System.Diagnostics;")]
    [InlineData("new ConcurrentDictionary<int, int>()", "add using System.Collections.Concurrent;")]
    public async Task What_a_script_does_not_allow_comes_with_what_to_write_instead(string code, string advice)
    {
        var error = await _cells.FailAsync(code);
        Assert.Contains(error.Trace, line => line.Contains(advice, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_exception_is_traced_through_the_cells_and_nothing_else()
    {
        await _cells.ShowAsync("using System.IO;\n\nint Divide(int a, int b)\n{\n    return a / b;\n}");
        var error = await _cells.FailAsync("int zero = 0;\nvar all = new[] { 1 }.Select(x => Divide(x, zero))\n    .ToArray();");

        Assert.Equal(("DivideByZeroException", "Attempted to divide by zero."), (error.Name, error.Message));
        Assert.Equal("DivideByZeroException: Attempted to divide by zero.", error.Trace[0]);
        Assert.Matches(@"^   at Cell \[\d+\], line 5, in Divide:  return a / b;$", error.Trace[1]);
        Assert.Matches(@"^   at Cell \[\d+\], line 2:  var all = ", error.Trace[2]);
        Assert.All(error.Trace.Skip(1), line => Assert.StartsWith("   at Cell [", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Async_functions_and_causes_are_named()
    {
        var error = await _cells.FailAsync("""
            async Task Deep(int x) { await Task.Yield(); if (x == 0) throw new InvalidOperationException("outer", new ArgumentException("inner"));
                await Deep(x - 1); }
            await Deep(2);
            """);

        Assert.Equal("InvalidOperationException: outer", error.Trace[0]);
        Assert.Matches(@"line 1, in Deep:", error.Trace[1]);
        Assert.Matches(@"line 3:  await Deep\(2\);", error.Trace[^2]);
        Assert.Equal("caused by ArgumentException: inner", error.Trace[^1]);
    }

    [Fact]
    public async Task Lambdas_iterators_and_finalisers_of_cells_are_named_by_what_they_stand_in()
    {
        var error = await _cells.FailAsync("""
            IEnumerable<int> Numbers()
            {
                yield return 1;
                throw new FormatException("bad");
            }
            class Reader { public int Length => Numbers2().Count(); IEnumerable<int> Numbers2() { yield return int.Parse("x"); } }
            Func<int> lambda = () =>
                Numbers().Sum();
            lambda()
            """);

        Assert.Equal("FormatException: bad", error.Trace[0]);
        Assert.Matches(@"^   at Cell \[\d+\], line 4, in Numbers:", error.Trace[1]);
        Assert.Matches(@"^   at Cell \[\d+\], line 8:", error.Trace[2]);
        Assert.Matches(@"^   at Cell \[\d+\], line 9:", error.Trace[3]);
        Assert.Contains((await _cells.FailAsync("new Reader().Length")).Trace, line => line.Contains("line 6, in Numbers2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Several_errors_are_all_told_and_a_single_one_is_itself()
    {
        var error = await _cells.FailAsync(
            "void Fail(int i) => throw new ArgumentException($\"no {i}\");\nvar all = Enumerable.Range(0, 2).Select(i => Task.Run(() => "
                + "Fail(i))).ToArray();\nTask.WaitAll(all);");
        Assert.Equal("AggregateException", error.Name);
        Assert.Contains("1 of 2: ArgumentException: no 0", error.Trace);
        Assert.Contains("2 of 2: ArgumentException: no 1", error.Trace);
        Assert.Contains(error.Trace, line => line.Contains("line 1, in Fail", StringComparison.Ordinal));

        Assert.Equal("ArgumentException", (await _cells.FailAsync("Task.Run(() => Fail(2)).Wait();")).Name);
        Assert.Equal("OddException", (await _cells.FailAsync("class OddException<T> : Exception { }\nthrow new OddException<int>();")).Name);
    }

    [Fact]
    public async Task A_value_that_cannot_be_shown_fails_its_cell() =>
        Assert.Equal("NotSupportedException",
        (await _cells.FailAsync("IEnumerable<int> Broken() { yield return 1; throw new NotSupportedException(); }\nBroken()")).Name);

    [Theory]
    [InlineData("#!fsharp\nlet x = 1", "Unknown magic command '#!fsharp'")]
    [InlineData("#!pwsh\nls", "Languages here: csharp, ")]
    [InlineData("#!share --name x", "Missing required parameter '--from'")]
    public async Task A_line_that_is_not_understood_is_refused(string code, string message) =>
        Assert.Contains(message, (await _cells.FailAsync(code)).Message, StringComparison.Ordinal);
}
