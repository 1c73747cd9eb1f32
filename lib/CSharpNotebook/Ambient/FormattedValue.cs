using CSharpNotebook.Display;

namespace Microsoft.DotNet.Interactive.Formatting;

/// <summary>One form of a value, ready to be shown; an array of them is all forms of one value.</summary>
public sealed class FormattedValue(string mimeType, string value)
{
    public string MimeType { get; } = mimeType;

    public string Value { get; } = value;

    /// <summary>The value in the given MIME types, or in those that its type prefers.</summary>
    public static IReadOnlyList<FormattedValue> CreateManyFromObject(object? value, params string[] mimeTypes) =>
        [.. Bundles.Of(value, mimeTypes).Data.Select(form => new FormattedValue(form.Key, form.Value))];

    /// <summary>Null where the value is something else.</summary>
    internal static MimeBundle? Bundle(object? value)
    {
        if ((value as IEnumerable<FormattedValue> ?? (value is FormattedValue one ? [one] : null))?.ToArray() is not { Length: > 0 } forms)
            return null;
        var first = Bundles.Raw(forms[0].Value, forms[0].MimeType).Data;
        return new(first.Concat(forms.Select(form => KeyValuePair.Create(form.MimeType, form.Value))).GroupBy(form => form.Key).ToDictionary(same => same.Key, same => same.Last().Value));
    }
}
