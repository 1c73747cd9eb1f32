using System.Text.RegularExpressions;

namespace Patchwise;

/// <summary>
/// Where in the path of an image, from its set's folder on, its class and its patient are named: "{patient}/{class}", "{class}/{patient}_*". A star stands for
/// anything within one name, and star and name for as little as they can; what is deeper may be anything.
/// </summary>
sealed partial class PathLayout
{
    readonly string _text;
    readonly Regex _pattern;

    /// <exception cref="BadInputException">It names no class, or something twice or that is neither.</exception>
    internal PathLayout(string text)
    {
        BadInputException Bad(string what) => new($"the layout '{text}' {what}: expected where in an image's path class and patient are named, such as "
            + "{patient}/{class}, or {class}/{patient}_* for names that begin with the patient (layout)");
        _text = text;
        string[] parts = [.. text.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".")];
        string[] tokens = [.. Token().Matches(text).Select(match => match.Value)];
        if (tokens.FirstOrDefault(token => token is not ("{class}" or "{patient}" or "*")) is { } unknown)
            throw Bad($"holds {unknown}");
        if (tokens.Count(token => token == "{class}") != 1 || tokens.Count(token => token == "{patient}") > 1)
            throw Bad("names not one class and at most one patient");
        static string Any(string token) => token switch
        {
            "{class}" => "(?<class>[^/]+?)",
            "{patient}" => "(?<patient>[^/]+?)",
            _ => "[^/]*?",
        };
        static string Escaped(string part) => Regex.Escape(part).Replace(@"\*", "*", StringComparison.Ordinal).Replace(@"\{", "{", StringComparison.Ordinal);
        var pattern = string.Join('/', parts.Select(part => Token().Replace(Escaped(part), one => Any(one.Value))));
        // A last part that is nothing but a name is a folder's: of an image in its place nobody said it. Of other images the ending is no part of a name.
        _pattern = new($@"^{pattern}{(parts[^1] is "{class}" or "{patient}" ? "/.+" : @"(/.+|\.[^./]+)?")}$", RegexOptions.CultureInvariant);
    }

    /// <param name="path">From the set's folder on.</param>
    /// <returns>Null where the image lies otherwise.</returns>
    internal (string Class, string? Patient)? Find(string path) =>
        _pattern.Match(path.Replace(Path.DirectorySeparatorChar, '/')) is { Success: true } found
            ? (found.Groups["class"].Value.Normalize(), found.Groups["patient"] is { Success: true } patient ? patient.Value.Normalize() : null) : null;

    public override string ToString() => _text;

    [GeneratedRegex(@"\{[^{}]*\}|\*|[{}]")] private static partial Regex Token();
}
