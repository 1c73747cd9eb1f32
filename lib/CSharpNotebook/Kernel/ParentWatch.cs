using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace CSharpNotebook.Kernel;

/// <summary>Tells when the process that started the kernel has gone: nobody could stop the kernel any more.</summary>
static partial class ParentWatch
{
    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    /// <summary>Jupyter names itself in JPY_PARENT_PID; without that nobody is watched.</summary>
    internal static void Start(Action gone)
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), NumberStyles.None, CultureInfo.InvariantCulture, out var parent))
            return;
        var thread = new Thread(() =>
        {
            while (!HasGone(parent))
                Thread.Sleep(Step);
            gone();
        });
        (thread.Name, thread.IsBackground) = ("Parent watch", true);
        thread.Start();
    }

    static bool HasGone(int parent)
    {
        // A parent that nobody waits for keeps its number; its children get another parent at once.
        if (!OperatingSystem.IsWindows() && FirstParent == parent)
            return getppid() != parent;
        try
        {
            using var process = Process.GetProcessById(parent);
            return process.HasExited;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    static readonly int FirstParent = OperatingSystem.IsWindows() ? 0 : getppid();

    [LibraryImport("libc")]
    private static partial int getppid();
}
