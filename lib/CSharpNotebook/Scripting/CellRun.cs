using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.CSharp;

namespace CSharpNotebook.Scripting;

/// <summary>A cell while it runs.</summary>
sealed class CellRun(string path, string code)
{
    /// <summary>Its name in traces: <c>Cell [3]</c>.</summary>
    internal string Path { get; } = path;

    internal string Code { get; } = code;

    /// <summary>Of the C# that ran last.</summary>
    internal Compilation? Compilation { get; set; }

    /// <summary>It was stopped and given up, for it did not end.</summary>
    internal bool GivenUp { get; set; }

    /// <summary>And it holds a thread.</summary>
    internal bool StillRunning { get; set; }

    /// <summary>A piece of the cell, behind as many empty lines as stand above it there, so that the lines in traces are those of the cell.</summary>
    internal string InPlace(string piece) => Code.IndexOf(piece, StringComparison.Ordinal) is > 0 and var at
        ? new string('\n', Code.AsSpan(0, at).Count('\n')) + piece : piece;
}

/// <summary>The middleware by which C# that the kernel runs can be stopped, and has lines in traces.</summary>
sealed partial class ScriptSession
{
    internal static readonly CSharpParseOptions Script = new(LanguageVersion.Latest, DocumentationMode.None, SourceCodeKind.Script);

    async Task RunAsync(CSharpKernel csharp, SubmitCode submission, CellRun run, KernelInvocationContext context, KernelPipelineContinuation next)
    {
        ConsoleCapture.Install();
        Inside.UseFolder(csharp, _folder);
        Inside.Options(csharp) = Inside.Options(csharp).WithFilePath(run.Path);
        var (plain, stop) = (run.InPlace(submission.Code), CurrentCell.Stop);
        // Other kernels may have set variables.
        if (csharp.ScriptState != _last)
            (_before, _last, _replaceable) = (_last, csharp.ScriptState, null);
        // A cell that declares anew all that the last one has, as when it is run again, takes its place: a session does not grow with each run.
        var from = _replaceable?.IsSubsetOf(Variables(plain)) ?? false ? _before : _last;
        Inside.SetState(csharp, from);
        var stoppable = Instrumented.Of(plain);
        var compilation = Compilation(csharp, stoppable);
        // What is told of errors is told of the code as it was written.
        if (stoppable != plain && compilation.GetDiagnostics(stop).Any(error => error.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error))
            (stoppable, compilation) = (plain, Compilation(csharp, plain));
        run.Compilation = compilation;
        var made = new SubmitCode(stoppable, submission.TargetKernelName);
        made.SetParent(submission);

        // This ends the command at once, and with it the token of the kernel's context; what is shown from now on is lost.
        await using var failing = stop.Register(() => context.Fail(context.Command, new OperationCanceledException("The cell was stopped.", stop)));
        using var work = new Stoppable(stop);
        var (ended, stillRunning, _) = await work.RunAsync(async () =>
        {
            await next(made, context);
            // What was given up, and ended later, knows nothing of the cells since.
            if (run.GivenUp)
                Inside.SetState(csharp, _last);
            return true;
        }).ConfigureAwait(false);
        run.GivenUp |= !ended;
        run.StillRunning |= !ended && stillRunning;
        if (ended)
        {
            // References pass on from cell to cell. Named again in each, they would be kept by each.
            Inside.Options(csharp) = Inside.Options(csharp).WithReferences(Array.Empty<MetadataReference>());
            // A cell that declares nothing is none that later ones could tell from none; one that is kept makes all after it slower and larger.
            if (csharp.ScriptState != from && Declared(compilation) is { } declared)
                (_before, _last, _replaceable) = (from, csharp.ScriptState, declared.Names);
        }
        Inside.SetState(csharp, _last);
    }

    /// <param name="Names">Of variables, where it has nothing else that later cells could use.</param>
    sealed record Declarations(HashSet<string>? Names);

    /// <summary>Null where there is nothing.</summary>
    static Declarations? Declared(Compilation compilation)
    {
        var root = (CompilationUnitSyntax)compilation.SyntaxTrees.Last().GetRoot();
        var members = compilation.ScriptClass!.GetMembers().Where(member => member.CanBeReferencedByName).ToArray();
        var others = compilation.SyntaxTrees.Skip(1).Any() || root.Usings.Count > 0 || root.Externs.Count > 0 || root.GetReferenceDirectives().Count > 0
            || root.GetLoadDirectives().Count > 0;
        return !others && members.Length == 0 ? null : new(others || !Array.TrueForAll(members, member => member is IFieldSymbol) ? null
            : [.. members.Select(member => member.Name)]);
    }

    /// <summary>Names of variables that the code declares as statements of their own.</summary>
    static IEnumerable<string> Variables(string code) => SyntaxFactory.ParseCompilationUnit(code, options: Script).Members.OfType<FieldDeclarationSyntax>()
        .SelectMany(field => field.Declaration.Variables).Select(variable => variable.Identifier.ValueText);

    static Compilation Compilation(CSharpKernel csharp, string code) => csharp.ScriptState.Script.ContinueWith(code, Inside.Options(csharp)).GetCompilation();

    static bool IsExpression(string code) => !Nesting.IsTooDeep(code)
        && SyntaxFactory.ParseCompilationUnit(code,
        options: Script) is
        {
            Members: [GlobalStatementSyntax { Statement: ExpressionStatementSyntax { SemicolonToken.IsMissing: true } }], Usings.Count: 0,
            Externs.Count: 0
        };
}
