using CSharpNotebook.Scripting;

namespace CSharpNotebook.Kernel;

/// <summary>
/// All that the protocol needs of a language. One cell runs at a time; completion, inspection and the check for completeness may be asked for while it runs.
/// Positions count UTF-16 units of the code; the protocol converts them from and to code points.
/// </summary>
interface IKernelLanguage : IDisposable
{
    LanguageDescription Description { get; }

    /// <summary>Runs one cell; what it shows goes to <paramref name="host"/>, its failure is in the result and never thrown.</summary>
    /// <param name="stop">Asks the cell to end: an interrupt.</param>
    Task<CellResult> RunAsync(string code, int number, ICellHost host, CancellationToken stop);

    /// <summary>The value of one expression, as user_expressions of execute_request ask for it.</summary>
    Task<ExpressionResult> EvaluateAsync(string expression, ICellHost host, CancellationToken stop);

    Completions Complete(string code, int position);

    /// <summary>Null where nothing is known of what stands there.</summary>
    /// <param name="detail">0 or 1, as in inspect_request.</param>
    Display.MimeBundle? Inspect(string code, int position, int detail);

    Completeness IsComplete(string code);
}

/// <summary>As kernel_info_reply tells it.</summary>
sealed record LanguageDescription(string Name, string Version, string MimeType, string FileExtension, string PygmentsLexer, string CodeMirrorMode,
    string Implementation, string ImplementationVersion, string Banner,
    IReadOnlyList<(string Text, string Url)> HelpLinks);

/// <param name="Value">Null where it failed.</param>
sealed record ExpressionResult(Display.MimeBundle? Value, CellError? Error);

/// <summary>What may replace the code from <paramref name="Start"/> to <paramref name="End"/>.</summary>
sealed record Completions(int Start, int End, IReadOnlyList<Completion> Items);

/// <param name="Kind">
/// As Jupyter clients name them: method, property, field, class, struct, interface, enum, module (a namespace), variable, keyword, path, event, function.
/// </param>
/// <param name="Signature">For people; may be empty.</param>
sealed record Completion(string Text, string Kind, string Signature = "");

enum CompletenessStatus { Complete, Incomplete, Invalid, Unknown }

/// <param name="Indent">For the next line of incomplete code.</param>
sealed record Completeness(CompletenessStatus Status, string Indent = "");
