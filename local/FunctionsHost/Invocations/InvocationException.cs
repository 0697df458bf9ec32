namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>An invocation has no answer.</summary>
internal abstract class InvocationException(string message) : Exception(message);
