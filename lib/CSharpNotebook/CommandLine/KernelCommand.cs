using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using CSharpNotebook.Kernel;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.CommandLine;

static class KernelCommand
{
    const int TerminatedCode = 143;

    internal static Command Make(Lazy<ScriptSession> session, TextWriter messages)
    {
        var file = new Argument<string>("CONNECTION_FILE") { Description = "The file that Jupyter writes when it starts a kernel" };
        var command = new Command("kernel", """
            Serves a Jupyter client; Jupyter itself calls this after 'csnb install'. Ends when the client asks for it,
            on SIGTERM, and with the process that started it.
            Example: csnb kernel ~/.local/share/jupyter/runtime/kernel-1234.json
            """) { file };
        command.SetAction(async (parsed, _) => End(await RunAsync(ConnectionFile.Load(parsed.GetValue(file)!), session.Value, messages).ConfigureAwait(false)));
        return command;
    }

    static async Task<int> RunAsync(ConnectionFile connection, ScriptSession language, TextWriter messages)
    {
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
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

    /// <summary>Threads that a cell left behind do not keep the process, nor does what they registered for its end.</summary>
    static void End(int code)
    {
        _ = Task.Delay(TimeSpan.FromSeconds(3)).ContinueWith(_ => Process.GetCurrentProcess().Kill(), TaskScheduler.Default);
        Environment.Exit(code);
    }
}
