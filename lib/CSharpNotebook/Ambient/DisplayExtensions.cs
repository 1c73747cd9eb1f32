using CSharpNotebook.Display;
using Microsoft.DotNet.Interactive;

namespace System;

/// <summary>Display as a suffix; in this namespace every cell has it without a using, as in .NET Interactive.</summary>
public static class DisplayExtensions
{
    /// <summary>Shows the value now, in the given MIME types or in those that its type prefers.</summary>
    public static DisplayedValue Display(this object? value, params string[] mimeTypes) => DisplayedValue.Show(value, mimeTypes);

    /// <summary>Shows a text that is of this MIME type already.</summary>
    public static DisplayedValue DisplayAs(this string value, string mimeType) => DisplayedValue.Show(Bundles.Raw(value, mimeType), [mimeType]);

    /// <summary>Shows every element as a row and every property as a column.</summary>
    public static DisplayedValue DisplayTable<T>(this IEnumerable<T> source) => DisplayedValue.Show(new RecordTable.Rows(source), []);
}
