using System.Text.Json.Nodes;
using CSharpNotebook.Kernel;

namespace CSharpNotebook.Tests.Kernel;

public sealed class KernelSpecTests : IDisposable
{
    readonly Folder _data = new();

    string Spec(string name) => _data.At($"kernels/{name}/kernel.json");

    [Fact]
    public void The_spec_starts_the_program_by_its_whole_path_and_has_its_logos()
    {
        var folder = KernelSpec.Install(_data.Path, "some", ["/a b/csnb"], force: false);

        Assert.Equal(Path.GetDirectoryName(Spec("some")), folder);
        var spec = JsonNode.Parse(File.ReadAllText(Spec("some")))!;
        Assert.Equal("""["/a b/csnb","kernel","{connection_file}"]""", spec["argv"]!.ToJsonString());
        Assert.Equal(("C# (csnb)", "C#", "message"), ((string?)spec["display_name"], (string?)spec["language"], (string?)spec["interrupt_mode"]));
        Assert.True(Directory.Exists(Path.Combine((string)spec["env"]!["DOTNET_ROOT"]!, "shared", "Microsoft.NETCore.App")));
        Assert.Equal(["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        foreach (var side in (int[])[32, 64])
        {
            var logo = File.ReadAllBytes(Path.Combine(folder, $"logo-{side}x{side}.png"));
            Assert.Equal((side, side), (logo[19], logo[23])); // width and height of a PNG file
        }
    }

    [Fact]
    public void An_own_spec_is_renewed_and_another_kernels_is_kept()
    {
        KernelSpec.Install(_data.Path, ".net-csharp", ["/old/csnb"], force: false);
        KernelSpec.Install(_data.Path, ".net-csharp", ["/new/csnb"], force: false);
        Assert.Contains("/new/csnb", File.ReadAllText(Spec(".net-csharp")), StringComparison.Ordinal);

        foreach (var other in (string[])["""{"argv": ["dotnet", "interactive", "jupyter"]}""", "no JSON", "[]", """{"argv": 7}"""])
        {
            File.WriteAllText(Spec(".net-csharp"), other);
            var refused = Assert.Throws<BadInputException>(() => KernelSpec.Install(_data.Path, ".net-csharp", ["/new/csnb"], force: false));
            Assert.Contains("--force", refused.Message, StringComparison.Ordinal);
            Assert.Equal(other, File.ReadAllText(Spec(".net-csharp")));
        }
        KernelSpec.Install(_data.Path, ".net-csharp", ["/new/csnb"], force: true);
        Assert.Contains("/new/csnb", File.ReadAllText(Spec(".net-csharp")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    public void A_name_that_Jupyter_would_not_take_is_refused(string name)
    {
        Assert.Throws<BadInputException>(() => KernelSpec.Install(_data.Path, name, ["/x/csnb"], force: true));
        Assert.Empty(Directory.GetFileSystemEntries(_data.Path));
    }

    public void Dispose() => _data.Dispose();
}
