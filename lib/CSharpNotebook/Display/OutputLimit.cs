using System.Globalization;

namespace CSharpNotebook.Display;

/// <summary>How much one cell may show: a page with more opens nowhere, and a loop that prints must fill neither memory nor disk.</summary>
sealed class OutputLimit
{
    internal const int MostText = 10_000_000, MostShown = 200_000_000, MostOutputs = 10_000;

    long _written, _textLeftOut, _shown;
    int _outputs, _shownLeftOut;

    /// <summary>The part of the text that there is room for.</summary>
    /// <param name="begins">It does not go on with the output before it, as where two streams take turns.</param>
    internal string Fit(string text, bool begins)
    {
        var room = begins && text.Length > 0 && ++_outputs > MostOutputs ? 0 : (int)Math.Max(0, MostText - _written);
        _written += Math.Min(text.Length, room);
        if (text.Length <= room)
            return text;
        _textLeftOut += text.Length - room;
        return text[..room];
    }

    internal bool Fits(MimeBundle bundle)
    {
        if (_outputs < MostOutputs && FitsAlone(bundle) && _shown + bundle.Length <= MostShown)
        {
            _outputs++;
            _shown += bundle.Length;
            return true;
        }
        _shownLeftOut++;
        return false;
    }

    /// <summary>For what takes the place of something shown.</summary>
    internal static bool FitsAlone(MimeBundle bundle) => bundle.Length <= MostShown;

    /// <summary>What was shown is gone, and leaves its room to the next.</summary>
    internal void Clear() => (_written, _textLeftOut, _shown, _outputs, _shownLeftOut) = (0, 0, 0, 0, 0);

    /// <summary>What was left out since this was last asked, as lines for the reader.</summary>
    internal IReadOnlyList<string> TakeNotes()
    {
        List<string> notes = [];
        if (_textLeftOut > 0)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"csnb: {_textLeftOut:N0} more characters of text were left out: a cell keeps {MostText:N0}, and {MostOutputs:N0} outputs.\n"));
        if (_shownLeftOut > 0)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"csnb: {_shownLeftOut:N0} more displays were left out: a cell keeps {MostOutputs:N0}, and {MostShown:N0} characters of them.\n"));
        (_textLeftOut, _shownLeftOut) = (0, 0);
        return notes;
    }
}
