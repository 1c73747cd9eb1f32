using System.IO.Enumeration;
using System.Text.Json.Nodes;

namespace CSharpNotebook.Kernel;

/// <summary>What was executed since the kernel started. Used by one thread.</summary>
sealed class History
{
    /// <summary>The oldest are forgotten first.</summary>
    const int Most = 1000;

    /// <summary>Of one entry's code, and of what it gave; clients show them in lists.</summary>
    const int LongestText = 20_000;

    /// <summary>Sessions are numbered in history messages; a kernel knows its own.</summary>
    const int Session = 1;

    sealed record Entry(int Number, string Code, string? Output = null);

    readonly List<Entry> _entries = [];

    internal void Add(int number, string code)
    {
        if (_entries.Count == Most)
            _entries.RemoveAt(0);
        _entries.Add(new(number, Cut(code)!));
    }

    /// <summary>The plain text of what the latest entry gave.</summary>
    internal void SetOutput(string? text) => _entries[^1] = _entries[^1] with { Output = Cut(text) };

    static string? Cut(string? text) => text?.Length > LongestText ? text[..LongestText] + "…" : text;

    /// <summary>The entries that a history_request asks for, oldest first.</summary>
    internal JsonArray Answer(Message request)
    {
        var most = request.Number("n", Most);
        var found = request.Text("hist_access_type", "tail") switch
        {
            "range" => Range(request),
            "search" => Search(request.Text("pattern", "*")!, request.Flag("unique", false), most),
            "tail" => Last(_entries, most),
            var other => throw new BadRequestException($"history_request: hist_access_type is '{other}', expected tail, range or search"),
        };
        var output = request.Flag("output", false);
        return new([.. found.Select(entry => (JsonNode)new JsonArray(Session, entry.Number, output ? new JsonArray(entry.Code, entry.Output) : entry.Code))]);
    }

    /// <summary>Session 0 is the present one, and an earlier one has no entries here.</summary>
    IEnumerable<Entry> Range(Message request)
    {
        var (start, stop) = (request.Number("start", 1), request.Number("stop", int.MaxValue));
        return request.Number("session", 0) is 0 or Session ? _entries.Where(entry => entry.Number >= start && entry.Number < stop) : [];
    }

    /// <param name="pattern">With * and ?, for the whole of the code.</param>
    IEnumerable<Entry> Search(string pattern, bool unique, int most)
    {
        var found = _entries.Where(entry => FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), entry.Code,
            ignoreCase: false));
        if (unique)
            found = found.Reverse().DistinctBy(entry => entry.Code).Reverse();
        return Last([.. found], most);
    }

    static IEnumerable<Entry> Last(IReadOnlyList<Entry> entries, int most) => entries.Skip(Math.Max(0, entries.Count - Math.Max(0, most)));
}
