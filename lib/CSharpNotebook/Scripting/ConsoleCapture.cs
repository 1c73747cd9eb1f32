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

    internal static void Install()
    {
        if (Installed)
            return;
        Installed = true;
        Console.SetOut(new ConsoleCapture("stdout", Console.Out));
        Console.SetError(new ConsoleCapture("stderr", Console.Error));
        Console.SetIn(new ConsoleQuestions());
    }

    static bool Installed { get; set; }

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
