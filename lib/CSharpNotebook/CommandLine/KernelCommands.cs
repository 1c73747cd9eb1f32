using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CSharpNotebook.CommandLine;

/// <summary>What Jupyter needs: the kernel, and to know of it.</summary>
static class KernelCommands
{
    const int TerminatedCode = 143;

    internal static Command Kernel(Lazy<ScriptSession> session, TextWriter messages)
    {
        var file = new Argument<string>("CONNECTION_FILE") { Description = "The file that Jupyter writes when it starts a kernel" };
        var command = new Command("kernel", """
            Serves a Jupyter client; Jupyter itself calls this after 'csnb install'. Ends when the client asks for it,
            on SIGTERM, and with the process that started it.
            Example: csnb kernel ~/.local/share/jupyter/runtime/kernel-1234.json
            """) { file };
        command.SetAction(async (parsed, stop) =>
        {
            var code = await ServeAsync(ConnectionFile.Load(parsed.GetValue(file)!), session.Value, messages).ConfigureAwait(false);
            // Threads that a cell left behind do not keep the process, nor does what they registered for its end.
            _ = Task.Delay(TimeSpan.FromSeconds(3), CancellationToken.None).ContinueWith(_ => Process.GetCurrentProcess().Kill(), TaskScheduler.Default);
            Environment.Exit(code);
        });
        return command;
    }

    static async Task<int> ServeAsync(ConnectionFile connection, ScriptSession language, TextWriter messages)
    {
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        language.IsInteractive = true;
        using var kernel = new JupyterKernel(connection, language, messages);
        ParentWatch.Start(() => ended.TrySetResult(0));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            kernel.Interrupt();
        });
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            ended.TrySetResult(TerminatedCode);
        });
        _ = kernel.Ended.ContinueWith(_ => ended.TrySetResult(0), TaskScheduler.Default);
        return await ended.Task.ConfigureAwait(false);
    }

    internal static Command Install(TextWriter output)
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
