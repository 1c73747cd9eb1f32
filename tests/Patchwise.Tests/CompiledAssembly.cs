using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Patchwise.Tests;

/// <summary>
/// What a compiled assembly says of itself: where its types were written (by the symbols beside it), which of its own types each of them uses (by signatures,
/// base types, attributes and instructions; a constant leaves no trace), what it refers to and what it lets see its internals.
/// </summary>
sealed class CompiledAssembly : IDisposable
{
    readonly PEReader _file;
    readonly MetadataReaderProvider _symbols;
    readonly MetadataReader _reader, _pdb;
    readonly string _sources;

    internal string Name { get; }

    internal CompiledAssembly(string name)
    {
        Name = name;
        _sources = $"/lib/{name}/";
        var path = Find(name);
        _file = new(File.OpenRead(path));
        _reader = _file.GetMetadataReader();
        _symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(path, ".pdb")));
        _pdb = _symbols.GetMetadataReader();
    }

    /// <summary>The newest build: beside the tests, or where the solution is built to.</summary>
    static string Find(string name) => Directory.EnumerateFiles(Path.Combine(Repository.Root, "lib", "obj", "bin"), $"{name}.dll", SearchOption.AllDirectories)
        .Append(Path.Combine(AppContext.BaseDirectory, $"{name}.dll")).Where(path => File.Exists(path) && File.Exists(Path.ChangeExtension(path, ".pdb")))
        .MaxBy(File.GetLastWriteTimeUtc)
        ?? throw new FileNotFoundException($"{name}.dll is not built: build lib/Patchwise.slnx first");

    public void Dispose()
    {
        _symbols.Dispose();
        _file.Dispose();
    }

    internal IEnumerable<string> References => _reader.AssemblyReferences.Select(one => _reader.GetString(_reader.GetAssemblyReference(one).Name));

    /// <summary>The assemblies that see the internals of this one.</summary>
    internal IEnumerable<string> Friends =>
        _reader.GetAssemblyDefinition().GetCustomAttributes().Select(_reader.GetCustomAttribute).Where(one => NameOf(one) == "InternalsVisibleToAttribute")
        .Select(one => one.DecodeValue(new Names()).FixedArguments[0].Value!.ToString()!);

    string? NameOf(CustomAttribute attribute) => attribute.Constructor.Kind == HandleKind.MemberReference
        && _reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent is { Kind: HandleKind.TypeReference } type
        ? _reader.GetString(_reader.GetTypeReference((TypeReferenceHandle)type).Name) : null;

    /// <summary>Each use of a type by another that was written in another file: files relative to the assembly's folder.</summary>
    internal IEnumerable<(string From, string To, string Type)> Uses()
    {
        var files = _reader.TypeDefinitions.Select(Outermost).Distinct().ToDictionary(type => type, FilesOf);
        foreach (var handle in _reader.TypeDefinitions)
        {
            var user = Outermost(handle);
            foreach (var used in UsedBy(handle).Select(Outermost).Distinct())
                if (used != user && files[user] is [var from, ..] && files[used] is [var to, ..])
                    yield return (from, to, _reader.GetString(_reader.GetTypeDefinition(used).Name));
        }
    }

    /// <summary>The files of each type, by its name.</summary>
    internal IEnumerable<(string Type, string[] Files)> Types() => _reader.TypeDefinitions.Where(type => Outermost(type) == type)
        .Select(type => (_reader.GetString(_reader.GetTypeDefinition(type).Name), FilesOf(type))).Where(type => type.Item2.Length > 0);

    TypeDefinitionHandle Outermost(TypeDefinitionHandle type)
    {
        while (_reader.GetTypeDefinition(type).GetDeclaringType() is { IsNil: false } outer)
            type = outer;
        return type;
    }

    static readonly Guid TypeDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    /// <summary>Those of its methods, shortest name first; what has no code has its documents told.</summary>
    string[] FilesOf(TypeDefinitionHandle outer)
    {
        HashSet<DocumentHandle> documents = [];
        foreach (var type in (TypeDefinitionHandle[])[outer, .. _reader.GetTypeDefinition(outer).GetNestedTypes()])
        {
            foreach (var method in _reader.GetTypeDefinition(type).GetMethods())
                if (_pdb.GetMethodDebugInformation(method.ToDebugInformationHandle()) is { Document.IsNil: false } known)
                    documents.Add(known.Document);
            foreach (var one in _pdb.GetCustomDebugInformation(type).Select(_pdb.GetCustomDebugInformation)
                .Where(one => _pdb.GetGuid(one.Kind) == TypeDocuments))
                for (var blob = _pdb.GetBlobReader(one.Value); blob.RemainingBytes > 0;)
                    documents.Add(MetadataTokens.DocumentHandle(blob.ReadCompressedInteger()));
        }
        return [.. documents.Select(document => _pdb.GetString(_pdb.GetDocument(document).Name).Replace('\\', '/'))
            .Where(path => path.Contains(_sources, StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal))
            .Select(path => path[(path.LastIndexOf(_sources, StringComparison.Ordinal) + _sources.Length)..]).OrderBy(path => path.Length).ThenBy(path => path,
            StringComparer.Ordinal)];
    }

    HashSet<TypeDefinitionHandle> UsedBy(TypeDefinitionHandle handle)
    {
        var found = new Finder(_reader);
        var type = _reader.GetTypeDefinition(handle);
        found.Add(type.BaseType);
        foreach (var one in type.GetInterfaceImplementations())
            found.Add(_reader.GetInterfaceImplementation(one).Interface);
        foreach (var one in type.GetCustomAttributes())
            found.Add(_reader.GetCustomAttribute(one).Constructor);
        foreach (var one in type.GetGenericParameters().SelectMany(one => _reader.GetGenericParameter(one).GetConstraints()))
            found.Add(_reader.GetGenericParameterConstraint(one).Type);
        foreach (var one in type.GetFields())
            _reader.GetFieldDefinition(one).DecodeSignature(found, null);
        foreach (var one in type.GetMethods().Select(_reader.GetMethodDefinition))
        {
            one.DecodeSignature(found, null);
            if (one.RelativeVirtualAddress == 0)
                continue;
            var body = _file.GetMethodBody(one.RelativeVirtualAddress);
            if (!body.LocalSignature.IsNil)
                _reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(found, null);
            foreach (var region in body.ExceptionRegions)
                found.Add(region.CatchType);
            foreach (var token in Tokens(body.GetILReader()))
                found.Add(token);
        }
        return found.Types;
    }

    static readonly Dictionary<short, OpCode> Codes =
        typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>What the instructions of a method name.</summary>
    static List<EntityHandle> Tokens(BlobReader code)
    {
        List<EntityHandle> tokens = [];
        while (code.RemainingBytes > 0)
        {
            short value = code.ReadByte();
            if (value == 0xFE)
                value = (short)(0xFE00 | code.ReadByte());
            switch (Codes[value].OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.ReadByte();
                    break;
                case OperandType.InlineVar:
                    code.ReadInt16();
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.ReadInt64();
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    tokens.Add((EntityHandle)MetadataTokens.Handle(code.ReadInt32()));
                    break;
                default:
                    code.ReadInt32();
                    break;
            }
        }
        return tokens;
    }

    /// <summary>Gathers the types of this assembly that a signature or a token names.</summary>
    sealed class Finder(MetadataReader reader) : ISignatureTypeProvider<object?, object?>
    {
        internal HashSet<TypeDefinitionHandle> Types { get; } = [];

        internal void Add(EntityHandle handle)
        {
            if (handle.IsNil)
                return;
            switch (handle.Kind)
            {
                case HandleKind.TypeDefinition:
                    Types.Add((TypeDefinitionHandle)handle);
                    break;
                case HandleKind.TypeSpecification:
                    reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                    break;
                case HandleKind.MethodDefinition:
                    Types.Add(reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.FieldDefinition:
                    Types.Add(reader.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.MemberReference:
                    var member = reader.GetMemberReference((MemberReferenceHandle)handle);
                    Add(member.Parent);
                    if (member.GetKind() == MemberReferenceKind.Method)
                        member.DecodeMethodSignature(this, null);
                    else
                        member.DecodeFieldSignature(this, null);
                    break;
                case HandleKind.MethodSpecification:
                    var method = reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                    Add(method.Method);
                    method.DecodeSignature(this, null);
                    break;
            }
        }

        public object? GetTypeFromDefinition(MetadataReader metadata, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            Types.Add(handle);
            return null;
        }

        public object? GetTypeFromSpecification(MetadataReader metadata, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind)
        {
            Add(handle);
            return null;
        }

        public object? GetArrayType(object? elementType, ArrayShape shape) => null;
        public object? GetByReferenceType(object? elementType) => null;
        public object? GetFunctionPointerType(MethodSignature<object?> signature) => null;
        public object? GetGenericInstantiation(object? genericType, ImmutableArray<object?> typeArguments) => null;
        public object? GetGenericMethodParameter(object? genericContext, int index) => null;
        public object? GetGenericTypeParameter(object? genericContext, int index) => null;
        public object? GetModifiedType(object? modifier, object? unmodifiedType, bool isRequired) => null;
        public object? GetPinnedType(object? elementType) => null;
        public object? GetPointerType(object? elementType) => null;
        public object? GetPrimitiveType(PrimitiveTypeCode typeCode) => null;
        public object? GetSZArrayType(object? elementType) => null;
        public object? GetTypeFromReference(MetadataReader metadata, TypeReferenceHandle handle, byte rawTypeKind) => null;
    }

    /// <summary>Reads the text of an attribute.</summary>
    sealed class Names : ICustomAttributeTypeProvider<object?>
    {
        public object? GetPrimitiveType(PrimitiveTypeCode typeCode) => null;
        public object? GetSystemType() => null;
        public object? GetSZArrayType(object? elementType) => null;
        public object? GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => null;
        public object? GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => null;
        public object? GetTypeFromSerializedName(string name) => null;
        public PrimitiveTypeCode GetUnderlyingEnumType(object? type) => PrimitiveTypeCode.Int32;
        public bool IsSystemType(object? type) => false;
    }
}
