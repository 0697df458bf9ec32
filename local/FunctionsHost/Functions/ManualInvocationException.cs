namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>A function cannot be run by hand with what was given.</summary>
internal sealed class ManualInvocationException(string message) : Exception(message);
