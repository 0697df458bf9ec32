namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>A manual run of a function is not possible with this input.</summary>
internal sealed class ManualInvocationException(string message) : Exception(message);
