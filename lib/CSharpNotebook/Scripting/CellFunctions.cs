using Microsoft.DotNet.Interactive;

namespace CSharpNotebook;

/// <summary>What a cell may call besides the functions of .NET Interactive's own kernel; the names are those of its Jupyter front.</summary>
public static class CellFunctions
{
#pragma warning disable IDE1006, CA1707 // The spelling is .NET Interactive's.
    /// <summary>Asks the reader for a line of text.</summary>
    public static string input(string prompt = "") => Microsoft.DotNet.Interactive.Kernel.GetInputAsync(prompt).GetAwaiter().GetResult();

    /// <summary>Asks the reader for a line that is not shown while it is typed.</summary>
    public static PasswordString password(string prompt = "") => Microsoft.DotNet.Interactive.Kernel.GetPasswordAsync(prompt).GetAwaiter().GetResult();
#pragma warning restore IDE1006, CA1707

    /// <summary>Takes away what the cell has shown so far.</summary>
    /// <param name="wait">Not before it shows the next thing, so that nothing flickers.</param>
    public static void ClearOutput(bool wait = false) => CurrentCell.Required.Clear(wait);
}
