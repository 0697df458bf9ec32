namespace McpFunctions.Local.FunctionsHost;

/// <summary>The host cannot start, and the user can fix the cause. The message says how. It appears without a stack trace.</summary>
internal sealed class StartupException(string message, Exception? cause = null) : Exception(message, cause);
