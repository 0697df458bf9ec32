namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>An invocation failed.</summary>
internal abstract class InvocationException(string message) : Exception(message);
