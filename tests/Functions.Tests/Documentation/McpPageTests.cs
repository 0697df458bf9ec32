using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Mcp;
using McpFunctions.TestServers;
using ModelContextProtocol.Protocol;

namespace McpFunctions.Functions.Tests.Documentation;

/// <summary>The tools of the Model Context Protocol and their page.</summary>
public sealed partial class McpPageTests
{
    private static readonly IReadOnlyDictionary<string, Tool> s_tools = McpToolSchemas.Create(GatewayFeatures.Api);

    [Fact]
    public async Task The_table_of_tools_in_docs_is_up_to_date()
    {
        string path = Repository.PathOf("docs", "mcp.md");
        string page = await File.ReadAllTextAsync(path);
        string renewed = Table().Replace(page, _ => Rows());
        if (Environment.GetEnvironmentVariable(DocumentTests.Renew) == "1")
        {
            await File.WriteAllTextAsync(path, renewed);
        }

        Assert.True(
            await File.ReadAllTextAsync(path) == renewed,
            $"docs/mcp.md is out of date. Renew it with {DocumentTests.Renew}=1 ./test --filter FullyQualifiedName~McpPageTests, check the difference, and commit it.");
    }

    [Fact]
    public void Each_tool_describes_itself_and_each_of_its_arguments() => Assert.All(s_tools.Values, tool =>
    {
        Assert.Matches("^[A-Z].*scope", tool.Description);
        Assert.All(
            tool.InputSchema.GetProperty("properties").EnumerateObject(),
            property => Assert.True(property.Value.TryGetProperty("description", out _), $"{tool.Name}.{property.Name} has no description."));
        Assert.False(tool.InputSchema.GetProperty("additionalProperties").GetBoolean());
    });

    [Fact]
    public void Every_reference_in_a_schema_resolves_within_it() => Assert.All(
        s_tools.Values.SelectMany(tool => new[] { tool.InputSchema, tool.OutputSchema }).OfType<JsonElement>(),
        schema => Assert.All(Reference().Matches(schema.GetRawText()), reference =>
            Assert.True(schema.GetProperty("$defs").TryGetProperty(reference.Groups[1].Value, out _), reference.Value)));

    private static string Rows()
    {
        var rows = new StringBuilder("| tool | does | as the route | effect | an API key needs |\n|---|---|---|---|---|\n");
        foreach (McpTool tool in McpTools.All)
        {
            HttpFunction function = tool.Function.Declared;
            string description = s_tools[tool.Name].Description!;
            string does = description[..description.LastIndexOf(function.Access!.AdminOnly ? " For administrators." : " An API key", StringComparison.Ordinal)];
            rows.Append(CultureInfo.InvariantCulture, $"| `{tool.Name}` | {does} | `{function.Method.ToUpperInvariant()} {function.Route}` | {EffectOf(tool)} ")
                .Append(CultureInfo.InvariantCulture, $"| `{function.Access.Scope}`{(function.Access.AdminOnly ? ", administrator" : "")} |\n");
        }

        return rows.ToString();
    }

    private static string EffectOf(McpTool tool) => tool.Effect switch
    {
        McpToolEffect.Reads => "reads",
        McpToolEffect.Adds => "adds",
        McpToolEffect.AddsOnce => "adds, idempotent",
        McpToolEffect.Overwrites => "destructive",
        _ => "destructive, idempotent",
    };

    [GeneratedRegex(@"^\| tool \|.*\n(\|.*\n)+", RegexOptions.Multiline)]
    private static partial Regex Table();

    [GeneratedRegex("\"#/\\$defs/(\\w+)\"")]
    private static partial Regex Reference();
}
