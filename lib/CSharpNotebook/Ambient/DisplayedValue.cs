using CSharpNotebook.Display;
using CSharpNotebook.Scripting;

namespace Microsoft.DotNet.Interactive;

/// <summary>Something that was shown and can be replaced where it stands.</summary>
public sealed class DisplayedValue
{
    readonly string[] _mimeTypes;

    DisplayedValue(string[] mimeTypes) => _mimeTypes = mimeTypes;

    public string DisplayId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Shows another value in the place of this one, in the MIME types that were asked for at first.</summary>
    public void Update(object? updatedValue) => CurrentCell.Required.Update(Bundles.Of(updatedValue, _mimeTypes), DisplayId);

    internal static DisplayedValue Show(object? value, string[] mimeTypes) => Show(Bundles.Of(value, mimeTypes), mimeTypes);

    internal static DisplayedValue Show(MimeBundle bundle, string[] mimeTypes)
    {
        var shown = new DisplayedValue(mimeTypes);
        CurrentCell.Required.Show(bundle, shown.DisplayId);
        return shown;
    }
}
