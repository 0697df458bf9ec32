namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>A listener could not be started.</summary>
internal sealed class ListenerStartException(string message, Exception cause) : Exception(message, cause);
