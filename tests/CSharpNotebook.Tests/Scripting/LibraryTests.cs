using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace CSharpNotebook.Tests.Scripting;

/// <summary>A library as notebooks use them: a dll beside its dependency, with types that show themselves by the convention.</summary>
public sealed class LibraryTests : IDisposable
{
    const string Part = "namespace Parts; public static class Part { public static int Answer => 42; }";

    const string Library = """
        using System;
        using System.Collections.Generic;
        using System.IO;
        namespace Shapes;

        [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
        sealed class TypeFormatterSourceAttribute(Type source) : Attribute
        {
            public Type FormatterSourceType => source;
            public string[] PreferredMimeTypes { get; set; }
        }

        sealed class Formatters
        {
            public IEnumerable<object> CreateTypeFormatters() => [new One("image/png"), new One("text/plain"), new One("application/vnd.x+json")];

            public sealed class One(string mimeType)
            {
                public string MimeType => mimeType;
                public bool Format(object instance, TextWriter writer)
                {
                    writer.Write(mimeType == "image/png" ? "iVBORw0KGgo="
                        : mimeType == "text/plain" ? "a square of " + ((Square)instance).Side : "{\"side\":1}");
                    return true;
                }
            }
        }

        [TypeFormatterSource(typeof(Formatters), PreferredMimeTypes = new[] { "image/png", "text/plain", "application/vnd.x+json" })]
        public sealed record Square(int Side)
        {
            public static int Answer() => Parts.Part.Answer;
            public static string Where => typeof(Square).Assembly.Location;
        }
        """;

    readonly Folder _folder = new();

    public LibraryTests()
    {
        Directory.CreateDirectory(_folder.At("lib"));
        Directory.CreateDirectory(_folder.At("notebooks"));
        var part = Compile("Parts", Part, []);
        Compile("Shapes", Library, [MetadataReference.CreateFromFile(part)]);
    }

    [Fact]
    public async Task A_library_is_found_relative_to_the_notebook_with_its_dependency_and_shows_itself()
    {
        using var cells = new Cells(_folder.At("notebooks"));
        var shown = await cells.ShowAsync("#r \"../lib/Shapes.dll\"\nusing Shapes;\nConsole.Write(Square.Answer());\nnew Square(3)");

        Assert.Equal([("stdout", "42"), ("result", "a square of 3")], shown);
        Assert.Equal(["application/vnd.x+json", "image/png", "text/plain"], cells.Bundles[0].Data.Keys.Order());
        Assert.Equal([("result", _folder.At("lib/Shapes.dll"))], await cells.ShowAsync("Square.Where"));
        await cells.ShowAsync("new[] { new Square(1) }");
        Assert.DoesNotContain("<th>Side</th>", cells.Bundles[0].Data["text/html"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_names_of_later_cells_stay_clear_after_a_reference()
    {
        using var cells = new Cells(_folder.At("notebooks"));
        await cells.ShowAsync("display(1);");
        await cells.ShowAsync("#r \"../lib/Shapes.dll\"\nusing Shapes;\nvar square = new Square(1);");
        await cells.ShowAsync("display(square); square.Display(); HTML(\"x\")");
    }

    /// <summary>A library for notebooks is compiled against the same packages, without bringing them.</summary>
    [Fact]
    public async Task A_library_that_is_made_for_the_kernel_meets_the_one_that_runs_it()
    {
        const string Code = """
            using Microsoft.DotNet.Interactive;
            using Microsoft.DotNet.Interactive.Formatting;
            namespace Noted;
            public sealed record Note(string Text);
            public static class Notes
            {
                static Notes() => Formatter.Register<Note>((note, to) => to.Write("note: " + note.Text), "text/plain");
                public static bool IsInCell => KernelInvocationContext.Current is not null;
                public static bool CanStop => KernelInvocationContext.Current!.CancellationToken.CanBeCanceled;
                public static DisplayedValue Show(object value) => KernelInvocationContext.Current!.Display(value);
                public static Note New(string text) => new(text);
                extension(string text) { public Note Noted => new(text); }
            }
            """;
        Compile("Noted", Code, [.. ((System.Type[])[typeof(Microsoft.DotNet.Interactive.Kernel), typeof(Microsoft.DotNet.Interactive.Formatting.Formatter)])
            .Select(type => MetadataReference.CreateFromFile(type.Assembly.Location))]);
        using var cells = new Cells(_folder.At("notebooks"));
        Assert.Equal([("result", "True True")], await cells.ShowAsync("#r \"../lib/Noted.dll\"\nusing Noted;\n$\"{Notes.IsInCell} {Notes.CanStop}\""));
        Assert.Equal([("display", "note: a"), ("update", "note: b")], await cells.ShowAsync("Notes.Show(Notes.New(\"a\")).Update(Notes.New(\"b\"));"));
        Assert.Equal([("result", "note: c")], await cells.ShowAsync("\"c\".Noted"));
    }

    static IEnumerable<MetadataReference> Platform =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(path => Path.GetDirectoryName(path) == Path.GetDirectoryName(typeof(object).Assembly.Location))
        .Select(path => MetadataReference.CreateFromFile(path));

    string Compile(string name, string code, MetadataReference[] more)
    {
        var path = _folder.At($"lib/{name}.dll");
        var made = CSharpCompilation.Create(name, [CSharpSyntaxTree.ParseText(code)], [.. Platform, .. more], new(OutputKind.DynamicallyLinkedLibrary))
            .Emit(path);
        Assert.True(made.Success, string.Join('\n', made.Diagnostics));
        return path;
    }

    public void Dispose() => _folder.Dispose();
}
