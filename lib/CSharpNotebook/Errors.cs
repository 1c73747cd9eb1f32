namespace CSharpNotebook;

/// <summary>A failure that the user can act on: the message says what was found, what was expected and what to do.</summary>
class NotebookException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The notebook, a parameter or the command line is at fault: exit code 2 instead of 1.</summary>
sealed class BadInputException(string message, Exception? cause = null) : NotebookException(message, cause);
