namespace CSharpNotebook.Kernel;

/// <summary>
/// What the protocol needs of a language. One cell runs at a time; completion, inspection and the check for completeness may be asked for while it runs.
/// Positions count UTF-16 units of the code; the protocol converts them from and to code points.
/// </summary>
interface IKernelLanguage : IDisposable
{
    /// <summary>Runs one cell; what it shows goes to <paramref name="output"/>, its failure is in the result and never thrown.</summary>
    /// <param name="stop">Asks the cell to end: an interrupt.</param>
    Task<CellResult> RunAsync(string code, int number, CellOutput output, CancellationToken stop);

    Completions Complete(string code, int position);

    /// <summary>Null where nothing is known of what stands there.</summary>
    MimeBundle? Inspect(string code, int position);

    Completeness IsComplete(string code);
}

/// <summary>What may replace the code from <paramref name="Start"/> to <paramref name="End"/>.</summary>
sealed record Completions(int Start, int End, IReadOnlyList<Completion> Items);

/// <param name="Kind">As Jupyter clients name them: method, property, field, class, struct, interface, enum, module (a namespace), variable, keyword...</param>
/// <param name="Signature">For people; may be empty.</param>
sealed record Completion(string Text, string Kind, string Signature = "");

enum CompletenessStatus { Complete, Incomplete, Invalid }

/// <param name="Indent">For the next line of incomplete code.</param>
sealed record Completeness(CompletenessStatus Status, string Indent = "");
