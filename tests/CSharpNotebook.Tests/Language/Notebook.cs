using CSharpNotebook.Display;
using CSharpNotebook.Kernel;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Tests.Language;

/// <summary>The language with a session behind it; a bar in the code is the cursor.</summary>
public sealed class Notebook : IDisposable
{
    readonly ScriptSession _language = new(Path.GetTempPath());
    readonly Cells _host = new();
    readonly HashSet<string> _ran = [];

    internal string Complete(string code) => string.Join(", ", Items(code).Select(item => $"{item.Text} {item.Kind}"));

    internal IReadOnlyList<Completion> Items(string code)
    {
        var at = code.IndexOf('|');
        return _language.Complete(code.Remove(at, 1), at).Items;
    }

    internal string? Inspect(string code) => InspectBundle(code)?.Data["text/plain"];

    internal MimeBundle? InspectBundle(string code)
    {
        var at = code.IndexOf('|');
        return _language.Inspect(code.Remove(at, 1), at);
    }

    /// <summary>Runs a cell unless an earlier test has.</summary>
    internal async Task OnceAsync(string code)
    {
        if (_ran.Add(code))
        {
            var result = await _language.RunAsync(code, _ran.Count, _host.Output(), default);
            Assert.Equal(CellStatus.Done, result.Status);
        }
    }

    public void Dispose()
    {
        _language.Dispose();
        _host.Dispose();
    }
}
