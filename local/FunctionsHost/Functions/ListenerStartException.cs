namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>A listener cannot be started now.</summary>
internal sealed class ListenerStartException(string message, Exception cause) : Exception(message, cause)
{
    /// <summary>What the user must do when the real host would not recover from this; null, when trying again helps.</summary>
    public string? Remedy { get; init; }
}
