namespace CSharpNotebook.Kernel;

/// <summary>Positions on the wire count Unicode code points; in .NET's strings a code point is one or two units.</summary>
static class CodePoints
{
    /// <summary>Positions before the start or behind the end count as these.</summary>
    internal static int ToUtf16(string text, int position)
    {
        var at = 0;
        for (; position > 0 && at < text.Length; position--)
            at += char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
        return at;
    }

    internal static int FromUtf16(string text, int position)
    {
        var count = 0;
        for (var at = 0; at < Math.Min(position, text.Length); at++)
            if (!(char.IsLowSurrogate(text[at]) && at > 0 && char.IsHighSurrogate(text[at - 1])))
                count++;
        return count;
    }
}
