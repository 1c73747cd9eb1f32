using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CSharpNotebook.Display;

namespace CSharpNotebook.Language;

/// <summary>Help on a name as it grows, in three forms at once: for terminals, for pages, and as Markdown.</summary>
sealed partial class HelpText
{
    readonly StringBuilder _text = new(), _html = new(), _markdown = new();

    internal bool IsEmpty => _text.Length == 0;

    internal MimeBundle ToBundle() => new(new Dictionary<string, string>
    {
        [MimeBundle.Text] = _text.ToString().TrimEnd(),
        [MimeBundle.Html] = $"<div>{_html}</div>",
        [MimeBundle.Markdown] = _markdown.ToString().TrimEnd(),
    });

    internal void Signature(string signature) => Code(signature);

    internal void Code(string code)
    {
        _text.Append(code).Append('\n');
        _html.Append("<pre>").Append(WebUtility.HtmlEncode(code)).Append("</pre>");
        _markdown.Append("```csharp\n").Append(code).Append("\n```\n");
    }

    internal void Heading(string words)
    {
        _text.Append('\n').Append(words).Append(":\n");
        _html.Append("<p><i>").Append(WebUtility.HtmlEncode(words)).Append(":</i></p>");
        _markdown.Append("\n*").Append(words).Append(":*\n\n");
    }

    internal void Paragraph(string words)
    {
        _text.Append("    ").Append(words.ReplaceLineEndings("\n    ")).Append('\n');
        _html.Append("<p>").Append(WebUtility.HtmlEncode(words).ReplaceLineEndings("<br/>")).Append("</p>");
        _markdown.Append('\n').Append(Escaped(words)).Append("\n\n");
    }

    internal void Pair(string name, string words, bool isHere = false)
    {
        _text.Append(isHere ? "  > " : "    ").Append(name).Append(": ").Append(words.ReplaceLineEndings(" ")).Append('\n');
        _html.Append(isHere ? "<p>&#9656; <b>" : "<p><b>").Append(WebUtility.HtmlEncode(name)).Append("</b>: ").Append(WebUtility.HtmlEncode(words)).Append("</p>");
        _markdown.Append(isHere ? "- ▸ **" : "- **").Append(Escaped(name)).Append("**: ").Append(Escaped(words.ReplaceLineEndings(" "))).Append('\n');
    }

    /// <param name="at">The parameter whose argument is being written.</param>
    internal void Documentation(XElement written, string? at)
    {
        if (written.Element("summary") is { } summary && Words(summary) is { Length: > 0 } about)
            Paragraph(about);
        foreach (var parameter in written.Elements("typeparam").Concat(written.Elements("param")))
            if (Words(parameter) is { Length: > 0 } words)
                Pair((string?)parameter.Attribute("name") ?? "", words, (string?)parameter.Attribute("name") == at);
        if (written.Element("returns") is { } returns && Words(returns) is { Length: > 0 } result)
            Pair("returns", result);
        foreach (var thrown in written.Elements("exception"))
            Pair($"throws {Name(thrown)}", Words(thrown));
    }

    /// <summary>The text of a piece of documentation, with references by their short names.</summary>
    internal static string Words(XElement element)
    {
        var words = new StringBuilder();
        foreach (var node in element.Nodes())
            words.Append(node switch
            {
                XText text => Spaces().Replace(text.Value, " "),
                XElement { Name.LocalName: "see" or "seealso" or "paramref" or "typeparamref" } reference => reference.Value.Length > 0 ? reference.Value : Name(reference),
                XElement { Name.LocalName: "para" or "item" or "br" } block => "\n" + Words(block),
                XElement { Name.LocalName: "code" } code => "\n" + code.Value.Trim('\n'),
                XElement inner => Words(inner),
                _ => "",
            });
        return Breaks().Replace(words.ToString(), "\n").Trim();
    }

    static string Name(XElement reference) => (string?)reference.Attribute("name") ?? (string?)reference.Attribute("langword") ?? (string?)reference.Attribute("href")
        ?? (reference.Attribute("cref")?.Value is { } id ? Short(id) : "");

    /// <summary>T:System.Int32 is Int32, M:System.String.Join(System.Object[]) is String.Join.</summary>
    static string Short(string id)
    {
        var isType = id is ['T' or 'N' or '!', ':', ..];
        var parts = Arity().Replace(id[(id.IndexOf(':') + 1)..].Split('(')[0], "").Replace("#ctor", "new", StringComparison.Ordinal).Split('.');
        return string.Join('.', parts[^Math.Min(parts.Length, isType ? 1 : 2)..]);
    }

    static string Escaped(string words) => Special().Replace(words, @"\$0");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@" *\n\s*")]
    private static partial Regex Breaks();

    [GeneratedRegex(@"`+\d+")]
    private static partial Regex Arity();

    [GeneratedRegex(@"[\\`*_\[\]<>|]")]
    private static partial Regex Special();
}
