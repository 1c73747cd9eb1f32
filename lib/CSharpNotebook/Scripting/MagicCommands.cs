using System.Runtime.InteropServices;
using CSharpNotebook.Display;
using Markdig;
using Microsoft.CodeAnalysis.CSharp;

namespace CSharpNotebook.Scripting;

/// <summary>What the commands show that do not run C#.</summary>
static class MagicCommands
{
    internal static string Version { get; } = typeof(MagicCommands).Assembly.GetName().Version!.ToString(3);

    internal static MimeBundle Markdown(string text) =>
        MimeBundle.Of(MimeBundle.Html, Markdig.Markdown.ToHtml(text, new MarkdownPipelineBuilder().UseAdvancedExtensions().Build()), text);

    internal static MimeBundle Who(IEnumerable<Variable> variables) => MimeBundle.Plain(string.Join('\n', variables.Select(variable => variable.Name)));

    internal static MimeBundle Whos(IEnumerable<Variable> variables) =>
        Bundles.Of(variables.Select(variable => new { variable.Name, Type = TypeName(variable.Type), Value = ShortValue.Of(variable.Value) }).ToArray());

    internal static MimeBundle List() => MimeBundle.Plain(string.Join('\n', Segment.Magics.Select(magic => $"#!{magic.Key,-12}{magic.Value}")));

    internal static MimeBundle About() =>
        MimeBundle.Plain($"csnb {Version}, C# {LanguageVersion.CSharp14.ToDisplayString()}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}");

    static string TypeName(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(TypeName))}>"
        : type.IsArray ? TypeName(type.GetElementType()!) + "[]" : type.Name;

}
