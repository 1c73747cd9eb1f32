namespace CSharpNotebook.Scripting;

/// <summary>
/// Lines that a cell reads from <see cref="Console"/> are asked of the reader of the notebook; where nobody can be asked, input is at its end.
/// </summary>
sealed class ConsoleQuestions : TextReader
{
    readonly Queue<char> _rest = new();

    public override int Peek() => _rest.Count > 0 || Ask() ? _rest.Peek() : -1;

    public override int Read() => _rest.Count > 0 || Ask() ? _rest.Dequeue() : -1;

    bool Ask()
    {
        if (CurrentCell.Host is not { } host)
            return false;
        try
        {
            foreach (var letter in host.AskAsync("", secret: false).GetAwaiter().GetResult() + "\n")
                _rest.Enqueue(letter);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }
}
