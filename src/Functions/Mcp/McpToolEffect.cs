namespace McpFunctions.Functions.Mcp;

/// <summary>The changes that a tool makes, as MCP's annotations tell them to a client.</summary>
internal enum McpToolEffect
{
    /// <summary>It changes nothing.</summary>
    Reads,

    /// <summary>It adds something.</summary>
    Adds,

    /// <summary>It adds nothing more where it is called again.</summary>
    AddsOnce,

    /// <summary>It overwrites something.</summary>
    Overwrites,

    /// <summary>It removes something. A second call has no further effect.</summary>
    Removes,
}
