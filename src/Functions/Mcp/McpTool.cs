using McpFunctions.Functions.Documentation;

namespace McpFunctions.Functions.Mcp;

/// <summary>A tool of the gateway.</summary>
/// <param name="Name">The name that clients call.</param>
/// <param name="Function">The function that does it.</param>
/// <param name="Effect">The changes that it makes.</param>
internal sealed record McpTool(string Name, InnerFunction Function, McpToolEffect Effect)
{
    /// <summary>The statuses with which a wait goes on; null for a tool that does not wait.</summary>
    public string? WaitsWhile { get; init; }

    /// <summary>What is waited for, for the description of a tool that waits.</summary>
    public string? Awaited { get; init; }

    /// <summary>Whether it takes the content of a file.</summary>
    public bool TakesContent => Function.Declared.Code.IsDefined(typeof(TakesFilesAttribute), inherit: false);
}
