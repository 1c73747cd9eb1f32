using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Scripting;

namespace CSharpNotebook.Scripting;

/// <summary>
/// A cell in the chain of those whose names count. The compiler makes a class of each; its object holds the variables and finds the objects of
/// earlier cells in an array, each at the place of its cell.
/// </summary>
sealed class Submission
{
    readonly object?[] _objects;
    /// <summary>Held, for without it the assembly would count as one that nobody uses.</summary>
    AssemblyLoadContext? _context;

    Submission(Submission? before, Script<object> script, int place)
    {
        (Before, Script, Place) = (before, script, place);
        _objects = new object?[place + 1];
        before?._objects.CopyTo(_objects, 0);
    }

    internal Submission? Before { get; }

    internal Script<object> Script { get; }

    internal Compilation Compilation => Script.GetCompilation();

    /// <summary>In the array of objects. The first is of no cell; a cell without code has the place of the one before it.</summary>
    int Place { get; }

    /// <summary>Null before it is loaded, and where there is no code.</summary>
    internal Assembly? Assembly { get; private set; }

    /// <summary>An empty cell before all others.</summary>
    internal static Submission First(Script<object> script) => new(null, script, 0);

    /// <summary>The next cell, compiled and loaded; null where there are errors.</summary>
    internal static (Submission? Made, ImmutableArray<Diagnostic> Found) Compile(Submission before, Script<object> script, CellLoader loader, CancellationToken stop)
    {
        var compilation = script.GetCompilation();
        var hasCode = compilation.SyntaxTrees.Any(tree => ((CompilationUnitSyntax)tree.GetRoot(stop)).Members.Count > 0);
        var made = new Submission(before, script, before.Place + (hasCode ? 1 : 0));
        using MemoryStream code = new(), symbols = new();
        var found = hasCode ? compilation.Emit(code, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb), cancellationToken: stop).Diagnostics
            : compilation.GetDiagnostics(stop);
        if (found.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error))
            return (null, found);
        loader.Know(compilation);
        if (hasCode)
            (made._context, made.Assembly) = loader.Load(code, symbols, lasts: compilation.ScriptClass!.GetMembers().Any(member => member.CanBeReferencedByName && member is not IFieldSymbol));
        return (made, found);
    }

    /// <summary>Runs the cell, once; the value of its last expression.</summary>
    internal Task<object?> RunAsync()
    {
        if (Assembly is null)
            return Task.FromResult<object?>(null);
        var entry = Compilation.GetEntryPoint(CancellationToken.None)!;
        return Assembly.GetType(entry.ContainingType.MetadataName, throwOnError: true)!
            .GetMethod(entry.MetadataName, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!
            .CreateDelegate<Func<object?[], Task<object?>>>()(_objects);
    }

    /// <summary>The variables of this cell and of those before it, the latest first.</summary>
    internal IEnumerable<Variable> Variables
    {
        get
        {
            for (var place = Place; place > 0; place--)
                if (_objects[place] is { } cell)
                    foreach (var found in cell.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
                        if (char.IsLetter(found.Name[0]) || found.Name[0] == '_')
                            yield return new(found.Name, found.FieldType, found.GetValue(cell));
        }
    }
}

/// <summary>What a cell has declared as a variable, and its value now.</summary>
sealed record Variable(string Name, Type Type, object? Value);
