using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace CSharpNotebook.Runner;

/// <summary>A value given from outside, as C# and as JSON.</summary>
sealed record ParameterValue(string Code, JsonNode? Json)
{
    static readonly SymbolDisplayFormat TypeFormat = SymbolDisplayFormat.CSharpErrorMessageFormat;

    /// <summary>From the command line: text is read as the type asks for; lists are <c>30,20,10</c> or JSON.</summary>
    /// <exception cref="FormatException">It is not of this type; the message says what was expected.</exception>
    internal static ParameterValue Parse(string text, ITypeSymbol type)
    {
        if (Inner(type) is { } inner)
            return text == "null" ? Null : Parse(text, inner);
        if (Element(type) is { } element)
            return text.TrimStart().StartsWith('[')
                ? Of(ReadJson(text), type)
                : List([.. (string.IsNullOrWhiteSpace(text) ? [] : text.Split(',')).Select(one => Parse(one.Trim(), element))]);
        if (IsDictionary(type, out _))
            return Of(ReadJson(text), type);
        if (type.SpecialType == SpecialType.System_String)
            return text == "null" && type.NullableAnnotation == NullableAnnotation.Annotated ? Null : Text(text);
        return Scalar(text, type);
    }

    /// <summary>From a JSON file: strict, a number is not a text.</summary>
    internal static ParameterValue Of(JsonElement json, ITypeSymbol type)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return Inner(type) is not null || type.IsReferenceType ? Null : throw new FormatException("it cannot be null");
        if (Inner(type) is { } inner)
            return Of(json, inner);
        if (Element(type) is { } element)
            return json.ValueKind == JsonValueKind.Array ? List([.. json.EnumerateArray().Select(one => Of(one, element))])
                : throw new FormatException("a list is expected, like [1, 2]");
        if (IsDictionary(type, out var value))
            return json.ValueKind == JsonValueKind.Object ? Dictionary(json, type, value!) : throw new FormatException("a JSON object is expected");
        var wanted = type.SpecialType switch
        {
            SpecialType.System_Boolean => json.ValueKind is JsonValueKind.True or JsonValueKind.False,
            SpecialType.System_String or SpecialType.System_Char or SpecialType.System_DateTime or SpecialType.None => json.ValueKind == JsonValueKind.String,
            _ => json.ValueKind == JsonValueKind.Number,
        };
        if (!wanted)
            throw new FormatException($"{json.GetRawText()} is not of this type");
        return type.SpecialType == SpecialType.System_String ? Text(json.GetString()!)
            : Scalar(json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText(), type);
    }

    static ParameterValue Null { get; } = new("null", null);

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

    static ParameterValue Text(string text) => new(SymbolDisplay.FormatLiteral(text, quote: true), JsonValue.Create(text));

    static ParameterValue List(ParameterValue[] items) =>
        new($"[{string.Join(", ", items.Select(item => item.Code))}]", new JsonArray([.. items.Select(item => item.Json)]));

    static ParameterValue Dictionary(JsonElement json, ITypeSymbol type, ITypeSymbol value)
    {
        var entries = json.EnumerateObject().Select(entry => (entry.Name, Value: Of(entry.Value, value))).ToArray();
        return new($"new System.Collections.Generic.Dictionary<string, {value.ToDisplayString(TypeFormat)}> {{ "
            + $"{string.Join(", ", entries.Select(entry => $"[{SymbolDisplay.FormatLiteral(entry.Name, true)}] = {entry.Value.Code}"))} }}",
            new JsonObject(entries.Select(entry => KeyValuePair.Create(entry.Name, entry.Value.Json))));
    }

    static ParameterValue Scalar(string text, ITypeSymbol type)
    {
        const NumberStyles Whole = NumberStyles.AllowLeadingSign, Real = NumberStyles.Float;
        var invariant = CultureInfo.InvariantCulture;
        FormatException Bad(string wanted) => new($"'{text}' is not {wanted}");
        ParameterValue Integer(long least, long most) => long.TryParse(text, Whole, invariant, out var number) && number >= least && number <= most
            ? new(number.ToString(invariant) + (type.SpecialType == SpecialType.System_Int64 ? "L" : ""), JsonValue.Create(number))
            : throw Bad(string.Create(invariant, $"a whole number from {least} to {most}"));
        switch (type.SpecialType)
        {
            case SpecialType.System_Boolean:
                return bool.TryParse(text, out var flag) ? new(flag ? "true" : "false", JsonValue.Create(flag)) : throw Bad("true or false");
            case SpecialType.System_SByte: return Integer(sbyte.MinValue, sbyte.MaxValue);
            case SpecialType.System_Byte: return Integer(byte.MinValue, byte.MaxValue);
            case SpecialType.System_Int16: return Integer(short.MinValue, short.MaxValue);
            case SpecialType.System_UInt16: return Integer(ushort.MinValue, ushort.MaxValue);
            case SpecialType.System_Int32: return Integer(int.MinValue, int.MaxValue);
            case SpecialType.System_UInt32: return Integer(uint.MinValue, uint.MaxValue);
            case SpecialType.System_Int64: return Integer(long.MinValue, long.MaxValue);
            case SpecialType.System_UInt64:
                return ulong.TryParse(text, Whole, invariant, out var big) ? new(big.ToString(invariant) + "UL", JsonValue.Create(big))
                    : throw Bad("a whole number from 0 to 18446744073709551615");
            case SpecialType.System_Single:
            case SpecialType.System_Double:
                if (!double.TryParse(text, Real, invariant, out var real)
                    || (double.IsInfinity(real) && !text.Contains("inf", StringComparison.OrdinalIgnoreCase) && text != "∞"))
                    throw Bad("a number, with a point for decimals");
                var (name, suffix) = type.SpecialType == SpecialType.System_Single ? ("float", "f") : ("double", "");
                if (!double.IsFinite(real))
                    return new($"{name}.{(double.IsNaN(real) ? "NaN" : real > 0 ? "PositiveInfinity" : "NegativeInfinity")}",
                        JsonValue.Create(real.ToString(invariant)));
                var digits = type.SpecialType == SpecialType.System_Single ? ((float)real).ToString("R", invariant) : real.ToString("R", invariant);
                return new(digits + (suffix.Length > 0 ? suffix : digits.AsSpan().IndexOfAny('.', 'E') < 0 ? ".0" : ""), JsonValue.Create(real));
            case SpecialType.System_Decimal:
                return decimal.TryParse(text, Real, invariant, out var exact) ? new(exact.ToString(invariant) + "m", JsonValue.Create(exact))
                    : throw Bad("a number, with a point for decimals");
            case SpecialType.System_Char:
                return text.Length == 1 ? new(SymbolDisplay.FormatLiteral(text[0], quote: true), JsonValue.Create(text)) : throw Bad("one character");
        }
        if (type.TypeKind == TypeKind.Enum)
        {
            var names = type.GetMembers().OfType<IFieldSymbol>().Where(field => field.HasConstantValue).Select(field => field.Name).ToArray();
            return names.FirstOrDefault(known => known.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found
                ? new($"{type.ToDisplayString(TypeFormat)}.{found}", JsonValue.Create(found))
                : throw Bad($"one of {string.Join(", ", names)}");
        }
        throw new FormatException("values of this type cannot be given from outside");
    }

    /// <summary>The type inside <c>T?</c> of a value type.</summary>
    static ITypeSymbol? Inner(ITypeSymbol type) =>
        type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : null;

    /// <summary>The element type of anything a collection expression can make.</summary>
    static ITypeSymbol? Element(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol { Rank: 1 } array => array.ElementType,
        INamedTypeSymbol { IsGenericType: true, TypeArguments: [var only] } named when named.OriginalDefinition.ToDisplayString() is
            "System.Collections.Generic.List<T>" or "System.Collections.Generic.HashSet<T>" or "System.Collections.Generic.IEnumerable<T>" or
            "System.Collections.Generic.IReadOnlyList<T>" or "System.Collections.Generic.IReadOnlyCollection<T>" or "System.Collections.Generic.IList<T>" or
            "System.Collections.Generic.ICollection<T>" or "System.Collections.Immutable.ImmutableArray<T>" => only,
        _ => null,
    };

    static bool IsDictionary(ITypeSymbol type, out ITypeSymbol? value)
    {
        value = type is INamedTypeSymbol { TypeArguments: [{ SpecialType: SpecialType.System_String }, var found] } named
            && named.OriginalDefinition.ToDisplayString() is
            "System.Collections.Generic.Dictionary<TKey, TValue>" or "System.Collections.Generic.IReadOnlyDictionary<TKey, TValue>"
            or "System.Collections.Generic.IDictionary<TKey, TValue>" ? found : null;
        return value is not null;
    }
}
