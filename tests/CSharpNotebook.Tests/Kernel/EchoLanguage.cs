using System.Globalization;
using CSharpNotebook.Display;
using CSharpNotebook.Kernel;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Tests.Kernel;

/// <summary>A language of lines, each a word and what it applies to, for tests of the protocol; any other line is its own value.</summary>
sealed class EchoLanguage : IKernelLanguage
{
    public Task<CellResult> RunAsync(string code, int number, CellOutput host, CancellationToken stop) => Task.Run(async () =>
    {
        CurrentCell.Enter(host, null, stop);
        try
        {
            foreach (var line in code.Split('\n'))
                if (await RunLineAsync(line, host, stop) is { } error)
                    return new(CellStatus.Failed, error);
            return CellResult.Done;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new(CellStatus.Stopped, StillRunning: code.Contains("stuck", StringComparison.Ordinal));
        }
        catch (NotSupportedException error)
        {
            return new(CellStatus.Failed, new(error.GetType().Name, error.Message));
        }
    }, CancellationToken.None);

    static async Task<CellError?> RunLineAsync(string line, CellOutput host, CancellationToken stop)
    {
        var (word, rest) = line.Split(' ', 2) is [var first, var second] ? (first, second) : (line, "");
        switch (word)
        {
            case "print": host.Write("stdout", rest + "\n"); break;
            case "complain": host.Write("stderr", rest + "\n"); break;
            case "flood":
                for (var i = 0; i < Number(rest); i++)
                    host.Write("stdout", new string('x', 999) + "\n");
                break;
            case "halves":
                host.Write("stdout", "\ud83d");
                await Task.Delay(60, stop);
                host.Write("stdout", "\ude00 \ud83d!");
                break;
            case "show": host.Show(MimeBundle.Of(MimeBundle.Html, $"<b>{rest}</b>", rest), rest); break;
            case "json": host.Show(MimeBundle.Of("application/json", rest, rest), "json"); break;
            case "big": host.Show(MimeBundle.Plain(new string('y', Number(rest))), "big"); break;
            case "update": host.Update(MimeBundle.Plain(rest), rest.Split(' ')[0]); break;
            case "clear": host.Clear(wait: rest == "wait"); break;
            case "ask": host.Write("stdout", await host.AskAsync(rest, secret: false) + "\n"); break;
            case "secret": host.Write("stdout", await host.AskAsync(rest, secret: true) + "\n"); break;
            case "fail": return new("EchoException", rest);
            case "wait" or "stuck":
                host.Write("stdout", "waiting\n");
                await Task.Delay(rest.Length > 0 ? Number(rest) : -1, stop);
                break;
            case "late":
                _ = Task.Delay(Number(rest), CancellationToken.None).ContinueWith(_ => host.Write("stdout", "late\n"), TaskScheduler.Default);
                break;
            case "crash": throw new InvalidDataException("the language itself fails");
            case not "": host.Result(MimeBundle.Plain(line)); break;
        }
        return null;
    }

    static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Doubles the word before the position.</summary>
    public Completions Complete(string code, int position)
    {
        var start = code.LastIndexOf(' ', Math.Max(0, position - 1)) + 1;
        return new(start, position, [new(code[start..position] + code[start..position], "variable", "echo")]);
    }

    public MimeBundle? Inspect(string code, int position) =>
        code.Contains("nothing", StringComparison.Ordinal) ? null : MimeBundle.Of(MimeBundle.Html, $"<i>{code}</i>", $"{code} at {position}");

    public Completeness IsComplete(string code) => code.EndsWith('(') ? new(CompletenessStatus.Incomplete, "    ")
        : code.EndsWith('!') ? new(CompletenessStatus.Invalid) : new(CompletenessStatus.Complete);

    public void Dispose() { }
}
