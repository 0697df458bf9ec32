namespace McpFunctions.Local.FunctionsHost;

/// <summary>The host cannot start, for a reason that its user can fix. The message says how, and appears without a stack trace.</summary>
internal sealed class StartupException(string message, Exception? cause = null) : Exception(message, cause);
