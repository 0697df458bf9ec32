namespace McpFunctions.Local.FunctionsHost;

/// <summary>The host cannot start, for a reason that its user can mend: the message says how, and is shown alone.</summary>
internal sealed class StartupException(string message, Exception? cause = null) : Exception(message, cause);
