using System.Diagnostics;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.CSharp;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace CSharpNotebook.Scripting;

/// <summary>What is asked about unfinished code, by the kernel's own commands. The kernel answers between cells.</summary>
sealed partial class ScriptSession
{
    /// <summary>An editor that asks while a long cell runs is not kept waiting; where none runs, the first answer takes its time on a busy machine.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20), IdlePatience = TimeSpan.FromMinutes(2);

    static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    const int LongestValue = 80;

    public Completions Complete(string code, int position) => Segment.IsTooDeep(code) ? new(position, position, [])
        : Completer.Of(code, position, Ask<CompletionsProduced>(new RequestCompletions(code, At(code, position)))?.Completions ?? []);

    public MimeBundle? Inspect(string code, int position)
    {
        if (Segment.IsTooDeep(code))
            return null;
        var hover = Ask<HoverTextProduced>(new RequestHoverText(code, At(code, position)));
        // The kernel does not see a call that is not closed.
        var call = Call(code, position) ?? Call(code.Insert(position, ")"), position);
        return HelpText.Of(hover?.Content.FirstOrDefault()?.Value, Completer.WordAt(code, position) is { Length: > 0 } word ? ValueOf(word) : null, call);
    }

    SignatureHelpProduced? Call(string code, int position) =>
        Ask<SignatureHelpProduced>(new RequestSignatureHelp(code, At(code, position))) is { Signatures.Count: > 0 } found ? found : null;

    public Completeness IsComplete(string code)
    {
        var known = Kernels.Commands(_kernels.GetAwaiter().GetResult().Root).ToHashSet();
        return Segment.MagicsOf(code).All(known.Contains) ? Unfinished.Of(code) : new(CompletenessStatus.Invalid);
    }

    readonly Lazy<Task> _editor;

    /// <summary>The editor is told of cells when it is asked, and not before they are answered.</summary>
    async Task UpdateEditorAsync(CSharpKernel csharp)
    {
        await _editor.Value.ConfigureAwait(false);
        while (_unedited.TryDequeue(out var script))
            await Inside.EditAsync(csharp, script).ConfigureAwait(false);
    }

    T? Ask<T>(KernelCommand question) where T : KernelEvent
    {
        try
        {
            var asked = Task.Run(async () => (await (await _kernels.ConfigureAwait(false)).Root.SendAsync(question).ConfigureAwait(false)).Events.OfType<T>()
                .LastOrDefault());
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < (Volatile.Read(ref _cells) > 0 ? Patience : IdlePatience);)
                if (asked.Wait(Moment))
                    return asked.Result;
            return null;
        }
        // Half a cell can bring the compiler's services to fail; then nothing is known.
        catch (Exception)
        {
            return null;
        }
    }

    static LinePosition At(string code, int position)
    {
        var start = position == 0 ? 0 : code.LastIndexOf('\n', position - 1) + 1;
        return new(code.AsSpan(0, start).Count('\n'), position - start);
    }

    /// <summary>The value of a variable in one line; null where there is none, or where only running code of the notebook would tell.</summary>
    string? ValueOf(string name)
    {
        if (_kernels.Result.CSharp.ScriptState.Variables.LastOrDefault(each => each.Name == name) is not { } variable || !IsPlain(variable.Value))
            return null;
        var text = variable.Value.ToDisplayString(MimeBundle.Text).ReplaceLineEndings(" ");
        return text.Length <= LongestValue ? text : text[..(LongestValue - 1)] + "…";
    }

    static bool IsPlain(object? value) => value is null or string or IFormattable || value.GetType().IsPrimitive
        || value is Array array && array.GetType().GetElementType() is { } item && (item.IsPrimitive || item == typeof(string));
}
