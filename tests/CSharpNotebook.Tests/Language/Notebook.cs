using CSharpNotebook.Language;

namespace CSharpNotebook.Tests.Language;

/// <summary>The language with a session behind it; a bar in the code is the cursor.</summary>
public sealed class Notebook : IDisposable
{
    readonly CSharpLanguage _language = new(Path.GetTempPath());

    internal string Complete(string code)
    {
        var at = code.IndexOf('|');
        return string.Join(", ", _language.Complete(code.Remove(at, 1), at).Items.Select(item => $"{item.Text} {item.Kind}"));
    }

    readonly HashSet<string> _ran = [];
    internal async Task OnceAsync(string code)
    {
        if (_ran.Add(code))
        {
            var result = await _language.RunAsync(code, 1, new Cells(), default);
            Assert.Equal(CSharpNotebook.Scripting.CellStatus.Done, result.Status);
        }
    }

    public void Dispose() => _language.Dispose();
}
