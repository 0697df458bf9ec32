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

    /// <summary>The description for agents; that of the function if null.</summary>
    public string? Description { get; init; }

    /// <summary>Whether it takes the content of a file.</summary>
    public bool TakesContent => Function.Declared.Code.IsDefined(typeof(TakesFilesAttribute), inherit: false);
}
