namespace CSharpNotebook.Display;

/// <summary>How much one cell may show: a page with more opens nowhere, and a loop that prints must fill neither memory nor disk.</summary>
sealed class OutputLimit
{
    const string Variable = "CSNB_CELL_CHARACTERS", Raised = $"; the environment variable {Variable} sets another limit, 20000000 one of twice as much of all";

    static readonly string? Set = Environment.GetEnvironmentVariable(Variable);

    internal static readonly long MostText = Set is { Length: > 0 } && int.TryParse(Set, NumberStyles.None, CultureInfo.InvariantCulture, out var set)
        && set > 0 ? set : 10_000_000;

    static readonly long MostShown = 20 * MostText, MostOutputs = Math.Max(1, MostText / 1000);

    /// <exception cref="BadInputException">The environment sets a limit that is none.</exception>
    internal static void Check()
    {
        if (Set is { Length: > 0 } && Set != MostText.ToString(CultureInfo.InvariantCulture))
            throw new BadInputException($"{Variable}={Set}: expected a number of characters from 1 to {int.MaxValue}, such as 20000000");
    }

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
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"csnb: {_textLeftOut:N0} more characters of text were left out: a cell keeps {MostText:N0}, and {MostOutputs:N0} outputs{Raised}.\n"));
        if (_shownLeftOut > 0)
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"csnb: {_shownLeftOut:N0} more displays were left out: a cell keeps {MostOutputs:N0}, and {MostShown:N0} characters of them{Raised}.\n"));
        (_textLeftOut, _shownLeftOut) = (0, 0);
        return notes;
    }
}
