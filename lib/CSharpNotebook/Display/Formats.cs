using System.Net;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace CSharpNotebook.Display;

/// <summary>What is set in the genuine formatter: everything is shown as a page and as text, and what is one word as text only.</summary>
static partial class Formats
{
    const int PlainFallbackLength = 200;

    static int _registered, _styled;

    internal static void Register()
    {
        if (Interlocked.Exchange(ref _registered, 1) != 0)
            return;
        Formatter.SetPreferredMimeTypesFor(typeof(object), MimeBundle.Html, MimeBundle.Text);
        foreach (var scalar in (Type[])[typeof(string), typeof(bool), typeof(char), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int),
            typeof(uint), typeof(long), typeof(ulong), typeof(nint), typeof(nuint),
            typeof(float), typeof(double), typeof(decimal), typeof(Half), typeof(Int128), typeof(UInt128), typeof(BigInteger), typeof(Complex), typeof(Enum),
            typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(Guid), typeof(Version), typeof(Uri)])
            Formatter.SetPreferredMimeTypesFor(scalar, MimeBundle.Text);
        // These are pages only; their words follow from that.
        foreach (var page in (Type?[])[typeof(Microsoft.AspNetCore.Html.IHtmlContent),
            Type.GetType("Microsoft.DotNet.Interactive.ValueSharing.KernelValues, Microsoft.DotNet.Interactive")])
            if (page is not null)
                Formatter.SetPreferredMimeTypesFor(page, MimeBundle.Html);
        foreach (var picture in (string[])[MimeBundle.Png, MimeBundle.Jpeg])
            Formatter.Register<byte[]>((bytes, to) => to.Write(Convert.ToBase64String(bytes)), picture);
        // An exception reads as it does where it ends a cell.
        Formatter.Register<Exception>((error, to) => to.Write(Trace(error)), MimeBundle.Text);
        Formatter.Register<Exception>((error, to) => to.Write($"<pre>{WebUtility.HtmlEncode(Trace(error))}</pre>"), MimeBundle.Html);
    }

    static string Trace(Exception error) => string.Join('\n', Traces.Of(error, new Dictionary<string, string>()).Trace);

    /// <summary>The forms of a cell's value.</summary>
    internal static FormattedValue[] Of(object? value) => value switch
    {
        FormattedValue one => [one],
        IEnumerable<FormattedValue> forms => [.. forms],
        _ => [.. FormattedValue.CreateManyFromObject(value)],
    };

    /// <summary>The forms that the kernel has made of a value; always with plain text as the last resort.</summary>
    internal static MimeBundle Bundle(DisplayEvent shown)
    {
        var data = new Dictionary<string, string>();
        foreach (var form in shown.FormattedValues)
            data[form.MimeType] = form.MimeType == MimeBundle.Html ? StyledOnce(form.Value) : form.Value;
        if (shown.Value is null && shown is ReturnValueProduced || data.Count == 0)
            data = new() { [MimeBundle.Text] = "<null>" };
        if (shown.Value is byte[] bytes && data.ContainsKey(MimeBundle.Html) && Picture(bytes) is { } picture)
            data = new() { [picture] = Convert.ToBase64String(bytes) };
        if (!data.ContainsKey(MimeBundle.Text))
            data[MimeBundle.Text] = Fallback(data, shown.Value);
        return new(data);
    }

    static string? Picture(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]) ? MimeBundle.Png
        : bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? MimeBundle.Jpeg : null;

    static string Fallback(Dictionary<string, string> data, object? value) =>
        data.GetValueOrDefault("text/csv") ?? (data.TryGetValue(MimeBundle.Html, out var html) ? Words(html)
        : data.ContainsKey(MimeBundle.Script) ? "(script)"
        : data.FirstOrDefault() is var (mimeType, text) && mimeType.StartsWith("text/", StringComparison.Ordinal) ? text
        : string.Create(CultureInfo.InvariantCulture, $"({mimeType}, {(value is byte[] bytes ? bytes.Length : text.Length):N0} bytes)"));

    /// <summary>The words of a piece of HTML, for readers that show none.</summary>
    static string Words(string html)
    {
        var words = Spaces().Replace(WebUtility.HtmlDecode(Tags().Replace(html, " ")), " ").Trim();
        return words.Length == 0 ? "(HTML)" : words.Length <= PlainFallbackLength ? words : words[..PlainFallbackLength].TrimEnd() + " …";
    }

    /// <summary>The formatter adds the same half kilobyte of style to each output; a page needs it once.</summary>
    static string StyledOnce(string html) => !Style().IsMatch(html) || Interlocked.Exchange(ref _styled, 1) == 0 ? html : Style().Replace(html, "");

    [GeneratedRegex(@"<(style|script|svg)\b.*?</\1>|<!--.*?-->|<[^>]*>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"<style>\s*\.dni-code-hint\b.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}

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
