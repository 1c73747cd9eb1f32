using CSharpNotebook.Scripting;

namespace CSharpNotebook.Tests.Scripting;

public class SegmentTests
{
    [Fact]
    public void Code_after_a_magic_command_keeps_its_line_numbers()
    {
        var segments = Segment.Split("#!time\nvar x = 1;\n#!html\n<b>x</b>\n#!c#\nx");

        Assert.Equal(["time", "csharp", "html", "csharp"], segments.Select(segment => segment.Kind));
        Assert.Equal(["", "\nvar x = 1;", "<b>x</b>", "\n\n\n\n\nx"], segments.Select(segment => segment.Text));
    }

    [Fact]
    public void An_unknown_magic_command_is_named_with_its_line_and_the_known_ones()
    {
        var error = Assert.Throws<NotebookException>(() => Segment.Split("1\n#!fsharp\nlet x = 1"));

        Assert.StartsWith("#!fsharp in line 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("#!markdown", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#!/usr/bin/env x")]
    [InlineData("  #!time")]
    [InlineData("#r \"x.dll\"")]
    public void Other_lines_with_a_hash_are_code(string line) => Assert.Equal(["csharp"], Segment.Split(line).Select(segment => segment.Kind));
}
