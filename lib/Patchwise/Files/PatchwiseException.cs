namespace Patchwise;

/// <summary>A failure that the user can act on: the message says what was found, what was expected and what to do.</summary>
public class PatchwiseException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The input or a parameter is at fault, not the work on it: the command line ends with exit code 2 instead of 1.</summary>
public class BadInputException(string message, Exception? cause = null) : PatchwiseException(message, cause);
