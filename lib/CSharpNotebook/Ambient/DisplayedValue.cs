using CSharpNotebook.Display;
using CSharpNotebook.Scripting;

namespace Microsoft.DotNet.Interactive;

/// <summary>Something that was shown and can be replaced where it stands.</summary>
public sealed class DisplayedValue
{
    readonly ICellHost _host;
    readonly string[] _mimeTypes;

    DisplayedValue(ICellHost host, string[] mimeTypes) => (_host, _mimeTypes) = (host, mimeTypes);

    public string DisplayId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Shows another value in the place of this one, in the MIME types that were asked for at first.</summary>
    public void Update(object? updatedValue) => _host.Update(Bundles.Of(updatedValue, _mimeTypes), DisplayId);

    internal static DisplayedValue Show(object? value, string[] mimeTypes) => Show(Bundles.Of(value, mimeTypes), mimeTypes);

    internal static DisplayedValue Show(MimeBundle bundle, string[] mimeTypes)
    {
        var shown = new DisplayedValue(CurrentCell.Required, mimeTypes);
        shown._host.Show(bundle, shown.DisplayId);
        return shown;
    }
}
