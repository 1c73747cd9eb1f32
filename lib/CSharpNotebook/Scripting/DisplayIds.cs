using System.Runtime.CompilerServices;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace CSharpNotebook.Scripting;

/// <summary>
/// Which display an update belongs to. <c>Display()</c> of the package shows one object and gives its caller another, with an id of its own, so that
/// updates by it would land nowhere. What goes from the one to the other, and on to each update, are the texts of the MIME types: here each display
/// gets its own copies of these.
/// </summary>
static class DisplayIds
{
    static readonly ConditionalWeakTable<string, string> Known = [];

    internal static string Of(DisplayedValueProduced shown)
    {
        var id = shown.ValueId ?? Guid.NewGuid().ToString("N");
        foreach (var form in shown.FormattedValues)
            Known.AddOrUpdate(MimeType(form) = new string(form.MimeType.AsSpan()), id);
        return id;
    }

    internal static string Of(DisplayedValueUpdated updated) =>
        updated.FormattedValues.FirstOrDefault() is { } form && Known.TryGetValue(form.MimeType, out var id) ? id : updated.ValueId;

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<MimeType>k__BackingField")]
    static extern ref string MimeType(FormattedValue form);
}
