namespace Patchwise;

/// <summary>How a value shows itself in a notebook.</summary>
interface INotebookView
{
    /// <summary>The value as one MIME type (PNG as base64 text), or null where it has no such form.</summary>
    string? ToMime(string mimeType);
}

/// <summary>
/// The convention by which notebook hosts find a type's formatters without a reference to it or from it: they look for an attribute of this
/// name, make its <see cref="FormatterSourceType"/> and ask for <see cref="NotebookFormatters.CreateTypeFormatters"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    public Type FormatterSourceType => formatterSourceType;

    /// <summary>All of these are put into the bundle that the host sends.</summary>
    public string[]? PreferredMimeTypes { get; set; }
}

/// <summary>The formatters of every type here that is an <see cref="INotebookView"/>.</summary>
sealed class NotebookFormatters
{
    internal const string Html = "text/html", Text = "text/plain", Png = "image/png", Plotly = "application/vnd.plotly.v1+json";

    public IEnumerable<object> CreateTypeFormatters() => [new View(Html), new View(Text), new View(Png), new View(Plotly)];

    /// <summary>Called by the host through reflection: the names, the parameter types and the single Format method are the convention's.</summary>
    public sealed class View(string mimeType)
    {
        public string MimeType => mimeType;

        public bool Format(object instance, TextWriter writer)
        {
            if ((instance as INotebookView)?.ToMime(mimeType) is not { } shown)
                return false;
            writer.Write(shown);
            return true;
        }
    }
}
