namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>A listener cannot start now.</summary>
internal sealed class ListenerStartException(string message, Exception cause) : Exception(message, cause)
{
    /// <summary>The user's next step if the real host would not recover. Null if a later attempt may succeed.</summary>
    public string? Remedy { get; init; }
}
