namespace CSharpNotebook.Scripting;

/// <summary>Sends what cells write to <see cref="Console"/> to their outputs. Code outside any cell still reaches the real streams.</summary>
sealed class CellConsole : TextWriter
{
    static readonly Lazy<(TextWriter Out, TextWriter Error, TextReader In)> Own = new(() =>
        (new CellConsole("stdout", Console.Out), new CellConsole("stderr", Console.Error), new Questions()));

    readonly string _stream;
    readonly TextWriter _real;

    CellConsole(string stream, TextWriter real)
    {
        (_stream, _real) = (stream, real);
        CoreNewLine = ['\n'];
    }

    /// <summary>
    /// Also again: the kernel puts writers of its own in their place, which lose what threads write after their cell, and make an event of each word.
    /// </summary>
    internal static void Install()
    {
        Console.SetOut(Own.Value.Out);
        Console.SetError(Own.Value.Error);
        Console.SetIn(Own.Value.In);
    }

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void WriteLine(ReadOnlySpan<char> buffer) => Write($"{buffer}\n");

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        if (CurrentCell.Output is { } output)
            output.Write(_stream, value);
        else
            _real.Write(value);
    }

    /// <summary>Lines that a cell reads are asked of the reader of the notebook; where nobody can be asked, input is at its end.</summary>
    sealed class Questions : TextReader
    {
        readonly Queue<char> _rest = new();

        public override int Peek() => _rest.Count > 0 || Ask() ? _rest.Peek() : -1;

        public override int Read() => _rest.Count > 0 || Ask() ? _rest.Dequeue() : -1;

        bool Ask()
        {
            try
            {
                foreach (var letter in CurrentCell.Output is { } output ? output.AskAsync("", secret: false).GetAwaiter().GetResult() + "\n" : "")
                    _rest.Enqueue(letter);
                return _rest.Count > 0;
            }
            catch (NotSupportedException)
            {
                return false;
            }
        }
    }
}
