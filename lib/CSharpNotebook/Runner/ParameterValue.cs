using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace CSharpNotebook.Runner;

/// <summary>A value given from outside, as C# and as JSON.</summary>
sealed record ParameterValue(string Code, JsonNode? Json)
{
    static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>What a whole number may be, and what its literal ends with.</summary>
    static readonly Dictionary<SpecialType, (decimal Least, decimal Most, string Ending)> Whole = new()
    {
        [SpecialType.System_SByte] = (sbyte.MinValue, sbyte.MaxValue, ""),
        [SpecialType.System_Byte] = (byte.MinValue, byte.MaxValue, ""),
        [SpecialType.System_Int16] = (short.MinValue, short.MaxValue, ""),
        [SpecialType.System_UInt16] = (ushort.MinValue, ushort.MaxValue, ""),
        [SpecialType.System_Int32] = (int.MinValue, int.MaxValue, ""),
        [SpecialType.System_UInt32] = (uint.MinValue, uint.MaxValue, ""),
        [SpecialType.System_Int64] = (long.MinValue, long.MaxValue, "L"),
        [SpecialType.System_UInt64] = (ulong.MinValue, ulong.MaxValue, "UL"),
    };

    static readonly ParameterValue Null = new("null", null);

    /// <summary>From the command line: text is read as the type asks for; lists are <c>30,20,10</c> or JSON.</summary>
    /// <exception cref="FormatException">It is not of this type; the message says what was expected.</exception>
    internal static ParameterValue Parse(string text, ITypeSymbol type) =>
        text == "null" && MayBeNull(type) ? Null
        : Element(type) is not { } element ? Scalar(text, type)
        : text.TrimStart().StartsWith('[') ? Of(ReadJson(text), type)
        : List(string.IsNullOrWhiteSpace(text) ? [] : text.Split(',').Select(one => Parse(one.Trim(), element)));

    /// <summary>From a JSON file: strict, a number is not a text.</summary>
    /// <exception cref="FormatException">It is not of this type; the message says what was expected.</exception>
    internal static ParameterValue Of(JsonElement json, ITypeSymbol type)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return MayBeNull(type) ? Null : throw new FormatException("it cannot be null");
        if (Element(type) is { } element)
            return json.ValueKind == JsonValueKind.Array ? List(json.EnumerateArray().Select(one => Of(one, element)))
                : throw new FormatException("a list is expected, like [1, 2]");
        var isText = Inner(type).SpecialType is SpecialType.System_String or SpecialType.System_Char or SpecialType.None;
        var isFlag = Inner(type).SpecialType == SpecialType.System_Boolean;
        return json.ValueKind == (isText ? JsonValueKind.String : JsonValueKind.Number) && !isFlag
            || json.ValueKind is JsonValueKind.True or JsonValueKind.False && isFlag
            ? Scalar(json.ToString(), type) : throw new FormatException($"{json.GetRawText()} is not of this type");
    }

    static JsonElement ReadJson(string text)
    {
        try
        {
            return JsonElement.Parse(text, InputFile.Json);
        }
        catch (JsonException error)
        {
            throw new FormatException($"it is not JSON: {error.Message}");
        }
    }

    static ParameterValue List(IEnumerable<ParameterValue> values)
    {
        var items = values.ToArray();
        return new($"[{string.Join(", ", items.Select(item => item.Code))}]", new JsonArray([.. items.Select(item => item.Json)]));
    }

    static ParameterValue Scalar(string text, ITypeSymbol given)
    {
        var type = Inner(given);
        FormatException Bad(string wanted) => new($"'{text}' is not {wanted}");
        if (Whole.TryGetValue(type.SpecialType, out var whole))
            return decimal.TryParse(text, NumberStyles.AllowLeadingSign, Invariant, out var number) && number >= whole.Least && number <= whole.Most
                ? new(number.ToString(Invariant) + whole.Ending, JsonValue.Create(number))
                : throw Bad(string.Create(Invariant, $"a whole number from {whole.Least} to {whole.Most}"));
        switch (type.SpecialType)
        {
            case SpecialType.System_String:
                return new(SymbolDisplay.FormatLiteral(text, quote: true), JsonValue.Create(text));
            case SpecialType.System_Char:
                return text.Length == 1 ? new(SymbolDisplay.FormatLiteral(text[0], quote: true), JsonValue.Create(text)) : throw Bad("one character");
            case SpecialType.System_Boolean:
                return bool.TryParse(text, out var flag) ? new(flag ? "true" : "false", JsonValue.Create(flag)) : throw Bad("true or false");
            case SpecialType.System_Decimal when decimal.TryParse(text, NumberStyles.Float, Invariant, out var exact):
                return new(exact.ToString(Invariant) + "m", JsonValue.Create(exact));
            case SpecialType.System_Single when float.TryParse(text, NumberStyles.Float, Invariant, out var single) && float.IsFinite(single):
                return new(single.ToString("R", Invariant) + "f", JsonValue.Create(single));
            case SpecialType.System_Double when double.TryParse(text, NumberStyles.Float, Invariant, out var real) && double.IsFinite(real):
                var digits = real.ToString("R", Invariant);
                return new(digits + (digits.AsSpan().ContainsAny('.', 'E') ? "" : ".0"), JsonValue.Create(real));
            case SpecialType.System_Decimal or SpecialType.System_Single or SpecialType.System_Double:
                throw Bad("a number, with a point for decimals");
        }
        if (type.TypeKind != TypeKind.Enum)
            throw new FormatException("values of this type cannot be given from outside");
        var names = type.GetMembers().OfType<IFieldSymbol>().Where(field => field.HasConstantValue).Select(field => field.Name).ToArray();
        return Array.Find(names, known => known.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found
            ? new($"{type.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat)}.{found}", JsonValue.Create(found))
            : throw Bad($"one of {string.Join(", ", names)}");
    }

    static bool MayBeNull(ITypeSymbol type) => type.NullableAnnotation == NullableAnnotation.Annotated;

    /// <summary>Without the question mark of a value type.</summary>
    static ITypeSymbol Inner(ITypeSymbol type) =>
        type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;

    /// <summary>Of a list that a collection expression can make.</summary>
    static ITypeSymbol? Element(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol { Rank: 1 } array => array.ElementType,
        INamedTypeSymbol { IsGenericType: true, TypeArguments: [var only] } list when list.OriginalDefinition.ToDisplayString() is
            "System.Collections.Generic.List<T>" or "System.Collections.Generic.IEnumerable<T>" or "System.Collections.Generic.IReadOnlyList<T>" => only,
        _ => null,
    };
}
