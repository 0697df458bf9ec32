namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>The function ran longer than host.json's <c>functionTimeout</c>.</summary>
internal sealed class FunctionTimeoutException(string function, string invocationId, TimeSpan timeout)
    : InvocationException($"Timeout value of {timeout} exceeded by function '{function}' (Id: '{invocationId}'). Initiating cancellation.");
