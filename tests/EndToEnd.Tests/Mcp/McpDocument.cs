using System.Text.RegularExpressions;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Mcp;

/// <summary>The table of tools in docs/mcp.md.</summary>
internal static partial class McpDocument
{
    /// <summary>All tools, with the scope that an API key needs.</summary>
    public static IReadOnlyList<(string Name, string Scope, bool IsForAdministrators)> Tools { get; } =
        [.. Row().Matches(File.ReadAllText(Repository.PathOf("docs", "mcp.md"))).Select(row => (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Success))];

    [GeneratedRegex(@"^\| `(\w+)` \|.*\| `([\w:]+)`(, administrator)? \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
