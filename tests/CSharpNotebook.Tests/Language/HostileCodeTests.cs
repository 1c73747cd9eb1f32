using CSharpNotebook.Kernel;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Tests.Language;

/// <summary>Editors ask about code in every state of being written.</summary>
public sealed class HostileCodeTests
{
    const string Code = """"
        #!time
        #r "nuget: X, 1.0.0"
        using static System.Math; using A = System.Int32;
        /// <summary>x</summary>
        record struct P<T>(T X, int Y = 1) where T : struct { public static P<T> operator +(P<T> a, P<T> b) => a with { Y = b?.Y ?? 2 }; }
        public static int Twice(this int x) => x switch { > 1 and < 3 => 2, _ => throw new("a") };
        var (a, b) = (1, $"{1:N2} {{ }} {@"x" + "y"}"); label: goto label;
        var q = from x in new[] { 1, 2 } where x > 1 orderby x select new { x, z = x?.ToString()[..^1] };
        unsafe { int* p = stackalloc int[3]; p->ToString(); } await foreach (ref readonly var e in f!.g(ref a, out var c, name: [..d])) { }
        #if DEBUG
        class C : Exception { [Obsolete("x")] event Action E { add { } remove { } } ~C() { } this[int i] => base.Data; }
        #endif
        """raw""" + '\u0041' + @"open
        """";

    [Fact]
    public void Whatever_is_half_written_is_answered()
    {
        using var language = new ScriptSession(Path.GetTempPath());
        var random = new Random(7);
        for (var i = 0; i < 60; i++)
        {
            // The beginning of the code, sometimes with a piece taken out of it.
            var code = Code[..random.Next(Code.Length + 1)];
            if (i % 3 == 0 && code.Length > 20)
                code = code.Remove(random.Next(code.Length - 10), random.Next(1, 10));
            var position = i % 2 == 0 ? code.Length : random.Next(code.Length + 1);
            var found = language.Complete(code, position);
            Assert.InRange(found.Start, 0, position);
            Assert.InRange(found.End, position, code.Length);
            Assert.Equal(found.Items.Count, found.Items.DistinctBy(item => item.Text).Count());
            language.Inspect(code, position);
            language.IsComplete(code);
        }
    }

    [Theory]
    [InlineData("\0\u2028\uD800")]
    [InlineData("((((((((((((((((((((((((((((((((((((((((")]
    [InlineData("\r\r\n#!\r#r \"")]
    [InlineData("#!html\r\n<b>\r\n#!c#\r\nCon")]
    public void Odd_characters_are_answered(string code)
    {
        using var language = new ScriptSession(Path.GetTempPath());
        for (var position = 0; position <= code.Length; position++)
        {
            language.Complete(code, position);
            language.Inspect(code, position);
        }
        language.IsComplete(code);
    }

    [Theory, InlineData("if"), InlineData("Consol"), InlineData("x = "), InlineData("/* \" */ ")]
    public async Task Brackets_without_end_are_refused_before_the_compiler_is_busy_with_them(string before)
    {
        using var language = new ScriptSession(Path.GetTempPath());
        using var host = new Cells();
        var code = before + new string('[', 30_000);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        language.Complete(code, code.Length);
        Assert.Null(language.Inspect(code, before.Length + 5));
        Assert.Equal(CompletenessStatus.Invalid, language.IsComplete(code).Status);
        var ran = await language.RunAsync(code, 1, host.Output(), default);
        Assert.Contains("more than 100 square brackets", ran.Error?.Message, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task Brackets_in_texts_are_no_nesting()
    {
        using var language = new ScriptSession(Path.GetTempPath());
        using var host = new Cells();
        var ran = await language.RunAsync($"var text = \"{new string('[', 30_000)}\"; // {new string('[', 300)}\ntext.Length", 1, host.Output(), default);
        Assert.Equal(CellStatus.Done, ran.Status);
    }
}
