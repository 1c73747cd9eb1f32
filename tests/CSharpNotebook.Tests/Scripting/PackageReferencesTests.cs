namespace CSharpNotebook.Tests.Scripting;

public class PackageReferencesTests
{
    [Fact]
    public async Task A_package_is_restored_and_one_that_cannot_be_had_is_named_once()
    {
        using var cells = new Cells();

        var error = await cells.FailAsync("#r \"nuget: No.Such.Package.Anywhere, 1.0.0\"");
        Assert.StartsWith("The packages could not be restored: NU", error.Message, StringComparison.Ordinal);

        // The library's own, so that it lies on the machine already.
        Assert.Equal(("result", "120"),
            (await cells.ShowAsync("#r \"nuget: MathNet.Numerics, 5.0.0\"\nusing MathNet.Numerics;\nSpecialFunctions.Factorial(5)"))[^1]);
        Assert.Equal([("result", "720")], await cells.ShowAsync("SpecialFunctions.Factorial(6)"));
    }
}
