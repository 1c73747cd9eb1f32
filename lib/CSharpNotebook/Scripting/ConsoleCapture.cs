using System.Text;

namespace CSharpNotebook.Scripting;

/// <summary>Sends what cells write to <see cref="Console"/> to their outputs. Code outside any cell still reaches the real streams.</summary>
sealed class ConsoleCapture : TextWriter
{
    readonly string _stream;
    readonly TextWriter _real;

    ConsoleCapture(string stream, TextWriter real)
    {
        _stream = stream;
        _real = real;
        CoreNewLine = ['\n'];
    }

    static readonly Lazy<(TextWriter Out, TextWriter Error, TextReader In)> Own = new(() =>
        (new ConsoleCapture("stdout", Console.Out), new ConsoleCapture("stderr", Console.Error), new ConsoleQuestions()));

    /// <summary>
    /// Also again: the kernel puts writers of its own in their place, which lose what threads write after their cell, and make an event of each word.
    /// </summary>
    internal static void Install()
    {
        var (text, error, questions) = Own.Value;
        Console.SetOut(text);
        Console.SetError(error);
        Console.SetIn(questions);
    }

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Send(value.ToString());

    public override void Write(string? value) => Send(value);

    public override void Write(char[] buffer, int index, int count) => Send(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Send(new string(buffer));

    public override void WriteLine(string? value) => Send(value + "\n");

    public override void WriteLine(ReadOnlySpan<char> buffer) => Send($"{buffer}\n");

    void Send(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return;
        if (CurrentCell.Host is { } host)
            host.Write(_stream, text);
        else
            _real.Write(text);
    }
}
