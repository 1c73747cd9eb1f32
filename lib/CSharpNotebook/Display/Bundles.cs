using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using CSharpNotebook.Scripting;
using Microsoft.AspNetCore.Html;
using Microsoft.DotNet.Interactive.Formatting;

namespace CSharpNotebook.Display;

/// <summary>Makes bundles through the formatter of .NET Interactive, so that types which know how to show themselves there do so here.</summary>
static partial class Bundles
{
    const int PlainFallbackLength = 200;

    /// <summary>The value in the given forms, or in those that its type prefers; always with plain text as the last resort.</summary>
    internal static MimeBundle Of(object? value, params IReadOnlyList<string> mimeTypes)
    {
        if (mimeTypes.Count == 0)
        {
            if (FormattedValue.Bundle(value) is { } ready)
                return ready;
            if (value is Exception error && IsDefault(value.GetType()))
                return Of(error);
            if (RecordTable.Of(value) is { } table)
                return table;
            value = value is RecordTable.Rows rows ? rows.Items : value;
            mimeTypes = Preferred(value);
        }
        var data = new Dictionary<string, string>();
        foreach (var mimeType in mimeTypes)
            data[mimeType] = Format(value, mimeType);
        if (!data.ContainsKey(MimeBundle.Text))
            data[MimeBundle.Text] = Fallback(value, data);
        return new(data);
    }

    /// <summary>A finished text of one type, as <c>"…".DisplayAs(mime)</c> gives it.</summary>
    internal static MimeBundle Raw(string text, string mimeType)
    {
        var data = new Dictionary<string, string> { [mimeType] = text };
        if (mimeType != MimeBundle.Text)
            data[MimeBundle.Text] = Fallback(text, data);
        return new(data);
    }

    static IReadOnlyList<string> Preferred(object? value) => value switch
    {
        null or string => [MimeBundle.Text],
        byte[] bytes when IsPng(bytes) => [MimeBundle.Png],
        byte[] bytes when IsJpeg(bytes) => [MimeBundle.Jpeg],
        _ when IsScalar(value.GetType()) && IsDefault(value.GetType()) => [MimeBundle.Text],
        _ => [.. Formatter.GetPreferredMimeTypesFor(value.GetType())],
    };

    /// <summary>A type with one short text, where a table or a tree would only be in the way.</summary>
    internal static bool IsScalar(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal)
        || type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(DateOnly) || type == typeof(TimeOnly)
        || type == typeof(TimeSpan) || type == typeof(Guid) || type == typeof(Int128) || type == typeof(UInt128) || type == typeof(Half)
        || type == typeof(System.Numerics.BigInteger) || type == typeof(System.Numerics.Complex) || type == typeof(Version) || type == typeof(Uri);

    static bool IsDefault(Type type) => !Formatter.RegisteredFormatters(false).Any(own => own.Type == type);

    static bool IsPng(byte[] bytes) => bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);

    static bool IsJpeg(byte[] bytes) => bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <summary>An exception reads as it does where it ends a cell.</summary>
    static MimeBundle Of(Exception error)
    {
        var trace = string.Join('\n', Traces.Of(error, new Dictionary<string, string>()).Trace);
        return MimeBundle.Of(MimeBundle.Html, $"<pre>{WebUtility.HtmlEncode(trace)}</pre>", trace);
    }

    static string Format(object? value, string mimeType) => value switch
    {
        string text when mimeType == MimeBundle.Text => text,
        byte[] bytes when mimeType.StartsWith("image/", StringComparison.Ordinal) => Convert.ToBase64String(bytes),
        _ when mimeType == MimeBundle.Html => Styles.Once(value.ToDisplayString(mimeType)),
        _ => value.ToDisplayString(mimeType),
    };

    static string Fallback(object? value, Dictionary<string, string> data)
    {
        if (data.TryGetValue(MimeBundle.Html, out var html) && value is string or IHtmlContent)
            return Words(html);
        if (data.ContainsKey(MimeBundle.Script))
            return "(script)";
        if (value is string or byte[] && data.FirstOrDefault() is { Key: not null } shown && !shown.Key.StartsWith("text/", StringComparison.Ordinal))
            return string.Create(CultureInfo.InvariantCulture, $"({shown.Key}, {(value is byte[] bytes ? bytes.Length : shown.Value.Length):N0} bytes)");
        return Format(value, MimeBundle.Text);
    }

    /// <summary>The words of a piece of HTML, for readers that show none.</summary>
    static string Words(string html)
    {
        var words = Spaces().Replace(WebUtility.HtmlDecode(Tags().Replace(html, " ")), " ").Trim();
        return words.Length == 0 ? "(HTML)" : words.Length <= PlainFallbackLength ? words : words[..PlainFallbackLength].TrimEnd() + " …";
    }

    [GeneratedRegex(@"<(style|script|svg)\b.*?</\1>|<!--.*?-->|<[^>]*>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    /// <summary>The formatter adds the same half kilobyte of style to each output; a page needs it once.</summary>
    static partial class Styles
    {
        static int _sent;

        internal static string Once(string html)
        {
            var found = Style().Match(html);
            return !found.Success || Interlocked.Exchange(ref _sent, 1) == 0 ? html : Style().Replace(html, "");
        }

        [GeneratedRegex(@"<style>\s*\.dni-code-hint\b.*?</style>", RegexOptions.Singleline)]
        private static partial Regex Style();
    }
}
