using System.Reflection;
using System.Runtime.CompilerServices;

namespace Patchwise.Tests;

/// <summary>What is public stands in lib/PublicApi.txt, one line a member, so that its growth is seen in review.</summary>
public class PublicApiTests
{
    const string Rewrite = "PATCHWISE_WRITE_API";

    static string FileName => Path.Combine(Repository.Root, "lib", "PublicApi.txt");

    [Fact]
    public void What_is_public_is_written_down()
    {
        string[] found =
            [.. ArchitectureTests.Libraries.SelectMany(name =>
                Assembly.Load(name).GetExportedTypes().Where(type => !type.FullName!.Contains('<'))
                .SelectMany(type => Lines(type).Select(line => $"{name}: {line}"))).Distinct().Order(StringComparer.Ordinal)];
        if (Environment.GetEnvironmentVariable(Rewrite) is { Length: > 0 })
            File.WriteAllLines(FileName, found);
        string[] known = File.Exists(FileName) ? File.ReadAllLines(FileName) : [];
        string[] changes = [.. found.Except(known).Select(line => "+ " + line), .. known.Except(found).Select(line => "- " + line)];
        Assert.True(changes.Length == 0, $"lib/PublicApi.txt is not what the assemblies show, {changes.Length} lines differ. "
            + $"If that is meant, write it anew: {Rewrite}=1 dotnet test tests/Patchwise.Tests -c Release --filter PublicApi\n{string.Join('\n', changes)}");
        Assert.True(found.Length > 300, "next to nothing is public: the assemblies are not read rightly");
    }

    static IEnumerable<string> Lines(Type type)
    {
        var name = Named(type);
        yield return $"{name} is {Kind(type)}";
        if (type.IsEnum)
        {
            foreach (var value in Enum.GetNames(type))
                yield return $"{name}.{value}";
            yield break;
        }
        foreach (var member in type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
            | BindingFlags.DeclaredOnly).Where(IsShown))
            yield return member switch
            {
                ConstructorInfo made => $"{name}({Parameters(made)})",
                MethodInfo method => $"{name}.{method.Name}{Generic(method)}({Parameters(method)}): {Named(method.ReturnType)}",
                PropertyInfo property =>
                    $"{name}.{property.Name}{(property.GetIndexParameters() is [var index] ? $"[{Named(index.ParameterType)}]" : "")}: "
                    + $"{Named(property.PropertyType)}{(IsSettable(property) ? " { get; init; }" : "")}",
                FieldInfo field => $"{name}.{field.Name}: {Named(field.FieldType)}",
                _ => $"{name}.{member.Name}",
            };
    }

    static bool IsShown(MemberInfo member) => member switch
    {
        _ when member.IsDefined(typeof(CompilerGeneratedAttribute)) && member is not PropertyInfo => false,
        MethodBase { IsPublic: false, IsFamily: false } => false,
        MethodInfo method => (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
            && (method.GetBaseDefinition() == method || method.DeclaringType!.IsInterface),
        PropertyInfo property => property.GetMethod is { IsPublic: true } && property.Name != "EqualityContract",
        FieldInfo field => field.IsPublic,
        Type => false,
        _ => true,
    };

    static bool IsSettable(PropertyInfo property) => property.SetMethod is { IsPublic: true };

    static string Kind(Type type) => type.IsEnum ? "enum"
        : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class"
        : (type.IsSealed ? "sealed " : "") + "class" + (type.BaseType is { } parent && parent != typeof(object) ? $" of {Named(parent)}" : "");

    static string Parameters(MethodBase method) =>
        (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "")
        + string.Join(", ", method.GetParameters().Select(one => $"{Named(one.ParameterType)} {one.Name}{(one.IsOptional ? "?" : "")}"));

    static string Generic(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Named))}>" : "";

    static string Named(Type type)
    {
        if (type.HasElementType)
            return Named(type.GetElementType()!) + (type.IsArray ? "[]" : type.IsByRef ? "&" : "*");
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Named(value) + "?";
        var name = type.IsNested && !type.IsGenericParameter ? $"{Named(type.DeclaringType!)}.{type.Name}" : type.Name;
        return type.IsGenericType ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Named))}>" : name;
    }
}
