using McpFunctions.Functions.Documentation;
using ModelContextProtocol.Protocol;

namespace McpFunctions.Functions.Mcp;

/// <summary>The descriptions of the tools. They never change while the app runs, so they are made once, at the first request.</summary>
/// <param name="types">The types of all features.</param>
internal sealed class McpDescriptions(ApiTypes types)
{
    private readonly Lazy<IReadOnlyDictionary<string, Tool>> tools = new(() => McpToolSchemas.Create(types));

    /// <summary>The description of each tool, by name.</summary>
    public IReadOnlyDictionary<string, Tool> Tools => tools.Value;
}
