namespace CSharpNotebook.Tests.Kernel;

/// <summary>The protocol, with a language that is no C#.</summary>
public sealed class EchoKernelTests(EchoKernelTests.Run run) : IClassFixture<EchoKernelTests.Run>
{
    public static TheoryData<string> Names => PythonCases.Names("echo.py");

    [Theory, MemberData(nameof(Names))]
    public void Client(string name) => run.Cases.Check(name);

    public sealed class Run() : EchoKernel("echo.py");
}
