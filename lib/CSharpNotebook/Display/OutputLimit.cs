using System.Globalization;

namespace CSharpNotebook.Display;

/// <summary>How much one cell may show: a page with more opens nowhere, and a loop that prints must fill neither memory nor disk.</summary>
sealed class OutputLimit
{
    internal const int MostText = 10_000_000, MostShown = 200_000_000;

    long _written, _textLeftOut, _shown;
    int _shownLeftOut;

    /// <summary>The part of the text that there is room for.</summary>
    internal string Fit(string text)
    {
        var room = (int)Math.Max(0, MostText - _written);
        _written += text.Length;
        if (text.Length <= room)
            return text;
        _textLeftOut += text.Length - room;
        return text[..room];
    }

    internal bool Fits(MimeBundle bundle)
    {
        _shown += bundle.Length;
        if (_shown <= MostShown)
            return true;
        _shownLeftOut++;
        return false;
    }

    /// <summary>What was left out since this was last asked, as lines for the reader.</summary>
    internal IReadOnlyList<string> TakeNotes()
    {
        List<string> notes = [];
        if (_textLeftOut > 0)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"csnb: {_textLeftOut:N0} more characters of text were left out: a cell keeps {MostText:N0}.\n"));
        if (_shownLeftOut > 0)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"csnb: {_shownLeftOut:N0} more displays were left out: a cell keeps {MostShown:N0} characters of them.\n"));
        (_textLeftOut, _shownLeftOut) = (0, 0);
        return notes;
    }
}
