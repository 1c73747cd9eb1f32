using System.Reflection;
using System.Runtime.CompilerServices;

namespace Patchwise.Tests;

/// <summary>The house as DESIGN.md has it, read from the compiled assemblies: who may use whom, and what is public.</summary>
public class ArchitectureTests
{
    /// <summary>The folders of an assembly, in order: each uses only those before it.</summary>
    static readonly Dictionary<string, string[]> Folders = new()
    {
        ["Patchwise"] = ["Files", "Geometry", "Statistics", "Images", "Slides", "Data", "Regions", "Choosing", "Grids", "Predictions", "Evaluation", "Maps",
            "Cohorts"],
        ["Patchwise.Networks"] = ["Models", "Architectures", "Engines", "Prediction", "Training"],
    };

    /// <summary>Which of our assemblies each may refer to.</summary>
    static readonly Dictionary<string, string[]> Below = new()
    {
        ["Patchwise"] = [],
        ["Patchwise.Networks"] = ["Patchwise"],
        ["Patchwise.Interactive"] = ["Patchwise", "Patchwise.Networks"],
        ["Patchwise.OpenCv"] = ["Patchwise"],
        ["Patchwise.Cli"] = ["Patchwise", "Patchwise.Networks", "Patchwise.Interactive"],
        ["csnb"] = [],
    };

    /// <summary>The assemblies that users refer to.</summary>
    internal static readonly string[] Libraries = ["Patchwise", "Patchwise.Networks", "Patchwise.Interactive", "Patchwise.OpenCv"];

    static readonly string[] TestAssemblies = ["Patchwise.Tests", "CSharpNotebook.Tests", "Patchwise.OpenCv.Tests", "Attack", "Benchmarks", "InnerLoops"];

    /// <summary>Still sees the internals of the core: it needs its decoders and files of predictions, which are no use to others as they stand.</summary>
    const string StillInside = "Patchwise.Networks";

    public static TheoryData<string> Ordered => [.. Folders.Keys];

    public static TheoryData<string> All => [.. Below.Keys];

    public static TheoryData<string> Public => [.. Libraries];

    static void Empty(string rule, IEnumerable<string> violations)
    {
        var found = violations.Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(found.Count == 0, $"{rule}; {found.Count} found:\n{string.Join('\n', found)}");
    }

    static string FolderOf(string file) => file.Contains('/', StringComparison.Ordinal) ? file[..file.IndexOf('/', StringComparison.Ordinal)] : ".";

    [Theory]
    [MemberData(nameof(Ordered))]
    public void A_folder_uses_only_folders_before_it(string name)
    {
        using var assembly = new CompiledAssembly(name);
        string[] order = Folders[name];
        Empty($"every type of {name} lies in one of the folders {string.Join(", ", order)}",
            from type in assembly.Types() from file in type.Files where !order.Contains(FolderOf(file)) select $"{file}: {type.Type}");
        Empty($"all files of a type of {name} lie in one folder",
            from type in assembly.Types() where type.Files.Select(FolderOf).Distinct().Count() > 1 select $"{type.Type}: {string.Join(", ", type.Files)}");
        var uses = assembly.Uses().ToList();
        Assert.True(uses.Count > 100, $"only {uses.Count} uses were found in {name}: its symbols are not read rightly");
        Empty($"a folder of {name} uses only folders before it ({string.Join(", ", order)})", from use in uses
                                                                                              where Array.IndexOf(order, FolderOf(use.From))
                                                                                              < Array.IndexOf(order, FolderOf(use.To))
                                                                                              select $"{use.From} uses {use.Type} of {use.To}");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Assemblies_refer_only_to_those_below_and_show_their_internals_to_tests_only(string name)
    {
        using var assembly = new CompiledAssembly(name);
        Empty($"{name} refers to {string.Join(", ", Below[name])} at most, of our own", assembly.References.Where(Below.ContainsKey).Except(Below[name]));
        Empty($"{name} shows its internals to assemblies of tests only",
            assembly.Friends.Except(TestAssemblies).Except(name == "Patchwise" ? [StillInside] : []));
    }

    [Theory]
    [MemberData(nameof(Public))]
    public void A_public_method_takes_at_most_five_parameters_and_a_token(string name) =>
        Empty($"a public method of {name} takes at most five parameters, and a CancellationToken as the last: options go into a record",
        from type in Assembly.Load(name).GetExportedTypes()
        from method in type.GetMembers(Declared).OfType<MethodBase>()
        where (method.IsPublic || method.IsFamily) && !IsMade(type, method) && Counted(method) > 5
        select $"{type.Name}.{method.Name} takes {Counted(method)}");

    const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    static int Counted(MethodBase method) => method.GetParameters().Length - (method.GetParameters() is [.., var last]
        && last.ParameterType == typeof(CancellationToken) ? 1 : 0);

    /// <summary>What the compiler writes, and the constructor by which a record states its parts.</summary>
    static bool IsMade(Type type, MethodBase method) =>
        method.IsDefined(typeof(CompilerGeneratedAttribute)) || (method.IsConstructor && type.GetMethod("PrintMembers", Declared) is not null);

    [Fact]
    public void What_is_public_in_the_core_is_made_of_types_of_its_own_and_of_the_framework()
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        Empty("a public member of the core has types of Patchwise and of .NET only, none of a package",
            from type in typeof(Raster).Assembly.GetExportedTypes()
            from member in type.GetMembers(Declared)
            from used in TypesOf(member)
            where used.Assembly != typeof(Raster).Assembly && Path.GetDirectoryName(used.Assembly.Location) != framework
            select $"{type.Name}.{member.Name} has {used}");
    }

    static IEnumerable<Type> TypesOf(MemberInfo member) => (member switch
    {
        MethodBase { IsPublic: false, IsFamily: false } or FieldInfo { IsPublic: false, IsFamily: false } => [],
        MethodInfo method => method.GetParameters().Select(one => one.ParameterType).Append(method.ReturnType),
        MethodBase made => made.GetParameters().Select(one => one.ParameterType),
        FieldInfo field => [field.FieldType],
        _ => (Type[])[],
    }).SelectMany(Parts);

    static IEnumerable<Type> Parts(Type type) => type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type) : [type];
}
