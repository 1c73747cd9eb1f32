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
        "y.Where(x => {Ereturn x < 0;}).Select(x => F(x)).Where(x => {E return x; })")]
    [InlineData("Func<int, Func<int, int>> f = x => y => x + y;", "Func<int, Func<int, int>> f = x => {Ereturn y => {Ereturn x + y;};};")]
    [InlineData("int F() => y.Sum(x => x * 2);", "int F() {Ereturn  y.Sum(x => {Ereturn x * 2;});}")]
    [InlineData("class C { int P => 1; int Q { get => 2; set { } } int R { get; init; } C() : base() { } C(int x) => y = x; int this[int i] => i; }",
        "class C { int P {get{Ereturn  1;}} int Q { get {Ereturn  2;} set {E } } int R { get; init; } C() : base() {E } C(int x) {E y = x;} "
            + "int this[int i] {get{Ereturn  i;}} }")]
    [InlineData("struct S { public static S operator +(S a, S b) => a; public static implicit operator int(S a) { return 1; } int P => throw null; }",
        "struct S { public static S operator +(S a, S b) {Ereturn  a;} public static implicit operator int(S a) {E return 1; } int P {get{E throw null;}} }")]
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
    public void Without_lambdas_loops_and_functions_keep_their_stop_points() => Assert.Equal("while (a) {Py.Where(x => x > 1);} int F() {Ereturn  1;}",
        Instrumented.Of("while (a) y.Where(x => x > 1); int F() => 1;", lambdas: false)
            .Replace(Pass, "P", StringComparison.Ordinal).Replace(Enter, "E", StringComparison.Ordinal));

    [Theory]
    [InlineData("class A { public int P => P + 1; } new A().P"), InlineData("class A { public int P { get { return P; } } } new A().P")]
    [InlineData("class A { public A() { new A(); } } new A()"), InlineData("class A { public int this[int i] => this[i + 1]; } new A()[0]")]
    [InlineData("class A { public static A operator +(A a, A b) => a + b; } new A() + new A()")]
    [InlineData("Func<int, int> f = null; f = n => 1 + f(n); f(0)"), InlineData("Func<int, int> f = null; f = n => { return f(n); }; f(0)")]
    public async Task Endless_recursion_is_an_error_of_the_cell(string code)
    {
        using var cells = new Cells();
        Assert.Equal("InsufficientExecutionStackException", (await cells.RunAsync(code)).Error!.Name);
        Assert.Equal([("result", "3")], await cells.ShowAsync("1 + 2"));
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
