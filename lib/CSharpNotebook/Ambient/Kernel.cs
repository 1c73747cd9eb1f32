using CSharpNotebook.Display;
using CSharpNotebook.Scripting;
using Microsoft.AspNetCore.Html;

namespace Microsoft.DotNet.Interactive;

/// <summary>
/// What a cell may call without a prefix. Namespace and names are those of .NET Interactive, so that a notebook runs in either.
/// </summary>
public static class Kernel
{
#pragma warning disable IDE1006, CA1707 // The spelling is .NET Interactive's.
    /// <summary>Shows a value now, in the given MIME types or in those that its type prefers.</summary>
    public static DisplayedValue display(object? value, params string[] mimeTypes) => DisplayedValue.Show(value, mimeTypes);
#pragma warning restore IDE1006, CA1707

    /// <summary>Text that is HTML already and is shown as it is.</summary>
    public static IHtmlContent HTML(string content) => new HtmlString(content);

    /// <summary>Adds a style sheet to the page.</summary>
    public static void CSS(string content) => DisplayedValue.Show(Bundles.Raw($"<style>{content}</style>", MimeBundle.Html), [MimeBundle.Html]);

    /// <summary>Runs a script in the page, where the reader's front end allows scripts.</summary>
    public static void Javascript(string scriptContent) => DisplayedValue.Show(Bundles.Raw(scriptContent, MimeBundle.Script), [MimeBundle.Script]);

    /// <summary>Takes away what the cell has shown so far.</summary>
    /// <param name="wait">Not before it shows the next thing, so that nothing flickers.</param>
    public static void ClearOutput(bool wait = false) => CurrentCell.Required.Clear(wait);

    /// <summary>Asks the reader for a line of text.</summary>
    /// <exception cref="NotSupportedException">The notebook runs by itself, with nobody to ask.</exception>
    public static Task<string> GetInputAsync(string prompt = "", string typeHint = "text") =>
        CurrentCell.Required.AskAsync(prompt, secret: typeHint == "password");

    /// <summary>Asks the reader for a line that is not shown while it is typed.</summary>
    /// <exception cref="NotSupportedException">The notebook runs by itself, with nobody to ask.</exception>
    public static async Task<PasswordString> GetPasswordAsync(string prompt = "") => new(await CurrentCell.Required.AskAsync(prompt, secret: true).ConfigureAwait(false));

#pragma warning disable IDE1006, CA1707
    /// <summary><see cref="GetInputAsync"/> for those who wait.</summary>
    public static string input(string prompt = "") => GetInputAsync(prompt).GetAwaiter().GetResult();

    /// <summary><see cref="GetPasswordAsync"/> for those who wait.</summary>
    public static PasswordString password(string prompt = "") => GetPasswordAsync(prompt).GetAwaiter().GetResult();
#pragma warning restore IDE1006, CA1707
}
