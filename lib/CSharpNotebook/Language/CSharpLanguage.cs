using System.Runtime.InteropServices;
using CSharpNotebook.Display;
using CSharpNotebook.Kernel;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Language;

/// <summary>C# for a kernel: cells run in one session; what is asked about unfinished code is answered from all that ran before it.</summary>
/// <param name="folder">Relative paths start here: the notebook's folder.</param>
sealed class CSharpLanguage(string folder) : IKernelLanguage
{
    readonly ScriptSession _session = new(folder);

    public LanguageDescription Description { get; } = new("C#", "14.0", "text/x-csharp", ".cs", "csharp", "text/x-csharp", "csnb", MagicCommands.Version,
        $"csnb {MagicCommands.Version}: C# 14, {RuntimeInformation.FrameworkDescription}. #!lsmagic lists the commands.",
        [
            ("C# language", "https://learn.microsoft.com/dotnet/csharp/"),
            (".NET libraries", "https://learn.microsoft.com/dotnet/api/"),
        ]);

    public Task<CellResult> RunAsync(string code, int number, ICellHost host, CancellationToken stop) => _session.RunAsync(code, number, host, stop);

    public Task<ExpressionResult> EvaluateAsync(string expression, ICellHost host, CancellationToken stop) => _session.EvaluateAsync(expression, host, stop);

    public Completions Complete(string code, int position) => Completer.At(_session, code, position);

    public MimeBundle? Inspect(string code, int position, int detail) => Inspector.At(_session, code, position, detail);

    public Completeness IsComplete(string code) => Unfinished.Of(code);

    public void Dispose() { }
}
