using System.Net;
using System.Text.RegularExpressions;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Events;

namespace CSharpNotebook.Language;

/// <summary>Help on a name and on the call around it, in three forms at once: for terminals, for pages, and as Markdown.</summary>
static partial class HelpText
{
    const int MostOverloads = 20;

    /// <param name="name">The kernel's words on the name: its signature, and after <c>&gt;</c> what is written of it. Null where it knows nothing.</param>
    /// <param name="value">Of the variable with this name.</param>
    /// <returns>Null where there is nothing to say.</returns>
    internal static MimeBundle? Of(string? name, string? value, SignatureHelpProduced? call)
    {
        List<(bool IsCode, string Text)> parts = [];
        if (name is { Length: > 0 })
        {
            var words = name.ReplaceLineEndings("\n").Split("\n> ", 2);
            parts.Add((true, words[0].Trim()));
            if (words.Length > 1)
                parts.Add((false, words[1].Trim()));
            if (value is not null)
                parts.Add((false, $"value: {value}"));
        }
        if (call?.Signatures is { Count: > 0 } all)
        {
            var meant = all[Math.Clamp(call.ActiveSignatureIndex, 0, all.Count - 1)];
            if (parts.Count > 0)
                parts.Add((false, "in a call of"));
            parts.Add((true, meant.Label));
            Add(parts, meant, call.ActiveParameterIndex);
            parts.AddRange(all.Where(other => other != meant).Take(MostOverloads).Select(other => (true, other.Label)));
        }
        if (parts.Count == 0)
            return null;
        return new(new Dictionary<string, string>
        {
            [MimeBundle.Text] = string.Join('\n', parts.Select(part => part.IsCode ? part.Text : "    " + part.Text.ReplaceLineEndings("\n    "))),
            [MimeBundle.Html] =
                $"<div>{string.Concat(parts.Select(part => part.IsCode
                    ? $"<pre>{WebUtility.HtmlEncode(part.Text)}</pre>" : $"<p>{WebUtility.HtmlEncode(part.Text).ReplaceLineEndings("<br/>")}</p>"))}</div>",
            [MimeBundle.Markdown] = string.Join('\n', parts.Select(part => part.IsCode ? $"```csharp\n{part.Text}\n```"
                : $"\n{Special().Replace(part.Text, @"\$0")}\n")),
        });
    }

    static void Add(List<(bool, string)> parts, SignatureInformation call, int at)
    {
        if (call.Documentation.Value is { Length: > 0 } about)
            parts.Add((false, about));
        if (at >= 0 && call.Parameters.Count > 0)
            parts.Add((false, $"argument: {call.Parameters[Math.Min(at, call.Parameters.Count - 1)].Label}"));
    }

    [GeneratedRegex(@"[\\`*_\[\]<>|]")]
    private static partial Regex Special();
}
