using System.CommandLine;
using CSharpNotebook.Kernel;

namespace CSharpNotebook.CommandLine;

static class InstallCommand
{
    internal static Command Make(TextWriter output)
    {
        var user = new Option<bool>("--user") { Description = "For your own account; so it is when --prefix is not given" };
        var prefix = new Option<string?>("--prefix") { Description = "For the Jupyter of a Python environment, or of all users: /usr/local", HelpName = "DIR" };
        var name = new Option<string>("--as")
        {
            Description = "The kernel's name; .net-csharp is the one that notebooks made with .NET Interactive ask for",
            HelpName = "NAME",
            DefaultValueFactory = _ => KernelSpec.DefaultName
        };
        var force = new Option<bool>("--force") { Description = "Also over a kernel of that name that is not csnb" };
        var command = new Command("install", $"""
            Makes this kernel known to Jupyter, where it is called {KernelSpec.DisplayName}.
            Example: csnb install --as .net-csharp
            """) { user, prefix, name, force };
        command.Validators.Add(result =>
        {
            if (result.GetValue(user) && result.GetValue(prefix) is not null)
                result.AddError("--user and --prefix name two places: give one of them");
        });
        command.SetAction(parsed =>
        {
            var data = parsed.GetValue(prefix) is { } folder ? Path.Combine(folder, "share", "jupyter") : KernelSpec.UserData;
            output.WriteLine(KernelSpec.Install(data, parsed.GetValue(name)!, KernelSpec.Command, parsed.GetValue(force)));
        });
        return command;
    }
}
