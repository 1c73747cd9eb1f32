using CSharpNotebook.Scripting;

namespace CSharpNotebook;

/// <summary>
/// What a library finds of the cell that calls it, without a reference either way: delegates of plain types in data slots of the process
/// (<see cref="AppContext"/>). They belong to the cell from which they are called, on whatever thread.
/// </summary>
/// <remarks>
/// <c>Notebook.Stop</c>, a <c>Func&lt;CancellationToken&gt;</c>: the token that a stop of the cell cancels.
/// <c>Notebook.Show</c>, a <c>Func&lt;object, Action&lt;object&gt;&gt;</c>: shows a value now and gives what puts another in its place, as often as it likes.
/// </remarks>
static class LibrarySlots
{
    internal static void Fill()
    {
        AppContext.SetData("Notebook.Stop", () => CurrentCell.Stop);
        AppContext.SetData("Notebook.Show", (Func<object, Action<object>>)(value => value.Display().Update));
    }
}
