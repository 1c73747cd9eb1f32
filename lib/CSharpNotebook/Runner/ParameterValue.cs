using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace CSharpNotebook.Runner;

/// <summary>A value given from outside, as C# and as JSON.</summary>
sealed record ParameterValue(string Code, JsonNode? Json)
{
    static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

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

    static ParameterValue Scalar(string text, ITypeSymbol given) => (given = Inner(given)).SpecialType switch
    {
        SpecialType.System_String => new(SymbolDisplay.FormatLiteral(text, quote: true), JsonValue.Create(text)),
        SpecialType.System_Char => text.Length == 1 ? new(SymbolDisplay.FormatLiteral(text[0], quote: true), JsonValue.Create(text))
            : throw Bad(text, "one character"),
        SpecialType.System_Boolean => bool.TryParse(text, out var flag) ? new(flag ? "true" : "false", JsonValue.Create(flag))
            : throw Bad(text, "true or false"),
        SpecialType.System_SByte => Whole<sbyte>(text),
        SpecialType.System_Byte => Whole<byte>(text),
        SpecialType.System_Int16 => Whole<short>(text),
        SpecialType.System_UInt16 => Whole<ushort>(text),
        SpecialType.System_Int32 => Whole<int>(text),
        SpecialType.System_UInt32 => Whole<uint>(text),
        SpecialType.System_Int64 => Whole<long>(text, "L"),
        SpecialType.System_UInt64 => Whole<ulong>(text, "UL"),
        SpecialType.System_Single => Real<float>(text, "f"),
        SpecialType.System_Double => Real<double>(text, "d"),
        SpecialType.System_Decimal => Real<decimal>(text, "m"),
        _ when given.TypeKind == TypeKind.Enum => Named(text, given),
        _ => throw new FormatException("values of this type cannot be given from outside"),
    };

    static FormatException Bad(string text, string wanted) => new($"'{text}' is not {wanted}");

    /// <param name="ending">Of its literal.</param>
    static ParameterValue Whole<T>(string text, string ending = "") where T : IBinaryInteger<T>, IMinMaxValue<T> =>
        T.TryParse(text, NumberStyles.AllowLeadingSign, Invariant, out var number) ? new(number.ToString(null, Invariant) + ending, JsonValue.Create(number))
            : throw Bad(text, string.Create(Invariant, $"a whole number from {T.MinValue} to {T.MaxValue}"));

    static ParameterValue Real<T>(string text, string ending) where T : INumber<T>
    {
        if (!T.TryParse(text, NumberStyles.Float, Invariant, out var number) || !T.IsFinite(number))
            throw Bad(text, "a number, with a point for decimals");
        var digits = number.ToString(null, Invariant);
        return new(ending != "d" ? digits + ending : digits.AsSpan().ContainsAny('.', 'E') ? digits : digits + ".0", JsonValue.Create(number));
    }

    static ParameterValue Named(string text, ITypeSymbol type)
    {
        var names = type.GetMembers().OfType<IFieldSymbol>().Where(field => field.HasConstantValue).Select(field => field.Name).ToArray();
        return Array.Find(names, known => known.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found
            ? new($"{type.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat)}.{found}", JsonValue.Create(found))
            : throw Bad(text, $"one of {string.Join(", ", names)}");
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
