using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CSharpNotebook.Kernel;

/// <summary>Tells when the process that started the kernel has gone: nobody could stop the kernel any more.</summary>
static partial class ParentWatch
{
    const int Step = 500;

    /// <summary>Jupyter names itself in JPY_PARENT_PID; without that nobody is watched.</summary>
    internal static void Start(Action gone)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), NumberStyles.None, CultureInfo.InvariantCulture, out var parent))
            new Thread(() =>
            {
                Wait(parent);
                gone();
            })
            { Name = "Parent watch", IsBackground = true }.Start();
    }

    static void Wait(int parent)
    {
        // A parent that nobody waits for keeps its number; its children get another parent at once.
        if (!OperatingSystem.IsWindows() && getppid() == parent)
            while (getppid() == parent)
                Thread.Sleep(Step);
        else
            try
            {
                Process.GetProcessById(parent).WaitForExit();
            }
            catch (ArgumentException)
            {
                // It has gone already.
            }
    }

    [LibraryImport("libc")]
    private static partial int getppid();
}
