namespace CSharpNotebook.Scripting;

/// <summary>
/// Lines that a cell reads from <see cref="Console"/> are asked of the reader of the notebook; where nobody can be asked, input is at its end.
/// </summary>
sealed class ConsoleQuestions : TextReader
{
    string _line = "";
    int _at;

    public override int Peek() => _at < _line.Length || Next() ? _line[_at] : -1;

    public override int Read() => _at < _line.Length || Next() ? _line[_at++] : -1;

    public override int Read(char[] buffer, int index, int count)
    {
        if (count == 0 || (_at == _line.Length && !Next()))
            return 0;
        var length = Math.Min(count, _line.Length - _at);
        _line.CopyTo(_at, buffer, index, length);
        _at += length;
        return length;
    }

    public override string? ReadLine()
    {
        if (_at == _line.Length && !Next())
            return null;
        var end = _line.IndexOf('\n', _at);
        var line = _line[_at..end];
        _at = end + 1;
        return line;
    }

    bool Next()
    {
        if (CurrentCell.Host is not { } host)
            return false;
        try
        {
            (_line, _at) = (host.AskAsync("", secret: false).GetAwaiter().GetResult() + "\n", 0);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }
}
