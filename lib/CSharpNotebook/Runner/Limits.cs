using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CSharpNotebook.Runner;

/// <summary>
/// What numbers a parameter may be, where its comment says so in brackets: <c>[1 to 100]</c>, <c>[at least 1]</c>, <c>[above 0]</c>, <c>[above 0 to 1]</c>.
/// Those of a list, each.
/// </summary>
sealed partial record Limits(string Text, double Least, bool Above, double Most)
{
    internal static Limits? Of(string comment)
    {
        var found = Written().Match(comment);
        double Number(string name, double otherwise) =>
            found.Groups[name] is { Success: true, Value: var text } ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        return !found.Success ? null
            : new(found.Groups["text"].Value, Number("least", double.NegativeInfinity), found.Groups["above"].Success, Number("most", double.PositiveInfinity));
    }

    internal bool Allow(JsonNode? value) => value switch
    {
        JsonArray list => list.All(Allow),
        JsonValue one when one.GetValueKind() == System.Text.Json.JsonValueKind.Number =>
            double.Parse(one.ToJsonString(), CultureInfo.InvariantCulture) is var number && number <= Most && (Above ? number > Least : number >= Least),
        _ => true,
    };

    const string Digits = @"-?\d+(?:\.\d+)?";

    [GeneratedRegex($@"\[(?<text>(?:(?<above>above)|at least) (?<least>{Digits})(?: to (?<most>{Digits}))?|(?<least>{Digits}) to (?<most>{Digits}))\]")]
    private static partial Regex Written();
}
