using Microsoft.CodeAnalysis;

namespace CSharpNotebook.Language;

/// <summary>Symbols in words.</summary>
static class SymbolText
{
    const SymbolDisplayMemberOptions Parts = SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeRef;

    /// <summary>One line beside a name in a list: its type, its parameters.</summary>
    internal static readonly SymbolDisplayFormat Short = Format(SymbolDisplayTypeQualificationStyle.NameOnly, Parts);

    /// <summary>By itself: with the type that a member belongs to.</summary>
    internal static readonly SymbolDisplayFormat Full = Format(SymbolDisplayTypeQualificationStyle.NameOnly,
        Parts | SymbolDisplayMemberOptions.IncludeContainingType | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeConstantValue);

    static readonly SymbolDisplayFormat WithNamespace = Format(SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces, Parts);

    static SymbolDisplayFormat Format(SymbolDisplayTypeQualificationStyle qualification, SymbolDisplayMemberOptions members) => new(
        typeQualificationStyle: qualification,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        memberOptions: members,
        delegateStyle: SymbolDisplayDelegateStyle.NameAndSignature,
        extensionMethodStyle: SymbolDisplayExtensionMethodStyle.InstanceMethod,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeDefaultValue,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        localOptions: SymbolDisplayLocalOptions.IncludeType | SymbolDisplayLocalOptions.IncludeConstantValue,
        kindOptions: SymbolDisplayKindOptions.IncludeNamespaceKeyword | SymbolDisplayKindOptions.IncludeTypeKeyword,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.CollapseTupleTypes);

    internal static string Of(ISymbol symbol) => symbol switch
    {
        ILocalSymbol => $"(local) {symbol.ToDisplayString(Full)}",
        IParameterSymbol => $"(parameter) {symbol.ToDisplayString(Full)}",
        // The class that a cell becomes has no name that anyone wrote.
        { ContainingType.IsScriptClass: true } => symbol.ToDisplayString(Short),
        ITypeSymbol or INamespaceSymbol => symbol.ToDisplayString(WithNamespace),
        IMethodSymbol { MethodKind: MethodKind.ReducedExtension } => $"(extension) {symbol.ToDisplayString(Full)}",
        _ => symbol.ToDisplayString(Full),
    };

    /// <summary>As Jupyter clients name the kinds of names.</summary>
    internal static string Kind(ISymbol symbol) => symbol switch
    {
        IAliasSymbol alias => Kind(alias.Target),
        INamespaceSymbol => "module",
        INamedTypeSymbol { TypeKind: TypeKind.Struct } => "struct",
        INamedTypeSymbol { TypeKind: TypeKind.Interface } => "interface",
        INamedTypeSymbol { TypeKind: TypeKind.Enum } => "enum",
        ITypeSymbol => "class",
        IMethodSymbol { MethodKind: MethodKind.LocalFunction } or IMethodSymbol { ContainingType.IsScriptClass: true } => "function",
        IMethodSymbol => "method",
        IPropertySymbol => "property",
        IEventSymbol => "event",
        IFieldSymbol { ContainingType.IsScriptClass: false } => "field",
        _ => "variable",
    };
}
