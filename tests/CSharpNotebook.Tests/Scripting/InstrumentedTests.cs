using CSharpNotebook.Scripting;

namespace CSharpNotebook.Tests.Scripting;

public class InstrumentedTests
{
    const string Pass = "global::CSharpNotebook.StopPoint.Pass();", Enter = "global::CSharpNotebook.StopPoint.Enter();";

    [Theory]
    [InlineData("while (a) { b(); } // c", "while (a) {P b(); } // c")]
    [InlineData("while (a) b(); // c", "while (a) {Pb();} // c")]
    [InlineData("while (true);", "while (true){P;}")]
    [InlineData("for (;;) foreach (var x in y) do z(); while (x);", "for (;;) {Pforeach (var x in y) {Pdo {Pz();} while (x);}}")]
    [InlineData("if (a) while (b) c(); else d();", "if (a) while (b) {Pc();} else d();")]
    [InlineData("int F(int x) => x + 1;", "int F(int x) {Ereturn  x + 1;}")]
    [InlineData("async Task F() => await G(); void H() => throw null;", "async Task F() {E await G();} void H() {E throw null;}")]
    [InlineData("int F() { int G() => 1; return G(); }", "int F() {E int G() {Ereturn  1;} return G(); }")]
    [InlineData("y.Where(x => x < 0).Select(x => F(x)).Where(x => { return x; })",
        "y.Where(x => {Preturn x < 0;}).Select(x => F(x)).Where(x => {P return x; })")]
    [InlineData("Func<int, Func<int, int>> f = x => y => x + y;", "Func<int, Func<int, int>> f = x => {Preturn y => {Preturn x + y;};};")]
    [InlineData("int F() => y.Sum(x => x * 2);", "int F() {Ereturn  y.Sum(x => {Preturn x * 2;});}")]
    [InlineData("while (true {", "while (true {")]
    public void Loops_functions_and_lambdas_get_a_stop_point_on_their_line(string code, string expected) =>
        Assert.Equal(expected, Instrumented.Of(code).Replace(Pass, "P", StringComparison.Ordinal).Replace(Enter, "E", StringComparison.Ordinal));

    [Fact]
    public async Task A_lambda_that_must_be_an_expression_runs_as_it_was_written()
    {
        using var cells = new Cells();
        Assert.Equal([("result", "[ 2, 3 ]")], await cells.ShowAsync("new[] { 1, 2, 3 }.AsQueryable().Where(x => x > 1).ToArray()"));
    }

    [Fact]
    public async Task Functions_of_all_kinds_still_do_what_they_say()
    {
        using var cells = new Cells();
        Assert.Equal([("result", "1 2 3 4 5 6 7 8")], await cells.ShowAsync("""
            int[] numbers = [1, 2];
            ref int First() => ref numbers[0];
            async Task<int> Two() => await Task.FromResult(2);
            async Task Nothing() => await Task.Yield();
            async IAsyncEnumerable<int> Three() { await Nothing(); yield return 3; }
            int Four(int x) => x switch { 4 => 4, _ => throw new Exception() };
            static T Same<T>(T x) => x;
            (int, int) Pair() => (6, 7);
            public static int Eight(this string x) => x.Length;
            Func<Task<int>> five = async () => await Task.FromResult(5);
            List<int> all = [First(), await Two()];
            await foreach (var x in Three()) all.Add(x);
            all.Add(Four(4)); all.Add(Same(await five())); all.AddRange([Pair().Item1, Pair().Item2, "12345678".Eight()]);
            string.Join(' ', all)
            """));
    }
}
