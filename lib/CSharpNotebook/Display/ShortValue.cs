using System.Collections;

namespace CSharpNotebook.Display;

/// <summary>A value in one line.</summary>
static class ShortValue
{
    const int Longest = 80;

    internal static string Of(object? value)
    {
        var text = Bundles.Of(value, [MimeBundle.Text]).Data[MimeBundle.Text].ReplaceLineEndings(" ");
        return text.Length <= Longest ? text : text[..(Longest - 1)] + "…";
    }

    /// <summary>A sequence that is made while it is read may never end, and code of the notebook may take long or change something.</summary>
    internal static bool IsSafe(object? value) => value is null || Bundles.IsScalar(value.GetType())
        || (value is IList or IDictionary && (value.GetType().IsArray ? value.GetType().GetElementType() : value.GetType().GetGenericArguments().LastOrDefault()) is { } item && Bundles.IsScalar(item));
}
