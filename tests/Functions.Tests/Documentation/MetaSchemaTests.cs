using System.Text.Json;
using Json.Schema;
using McpFunctions.Functions.Documentation;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Documentation;

public sealed class MetaSchemaTests
{
    [Fact]
    public void The_OpenAPI_document_matches_the_official_schema_of_OpenAPI_3_1()
    {
        // JsonSchema.Net 8.0.5 cannot resolve a pattern that holds a slash, so the slash is escaped.
        JsonSchema.FromText(Read("openapi-3.1", "schema.json").Replace("\"^/\"", """
            "^\\x2f"
            """.Trim(), StringComparison.Ordinal));

        AssertValid(JsonSchema.FromText(Read("openapi-3.1", "schema-base.json")), OpenApiDocument.Create(GatewayFeatures.Api).ToJsonString());
    }

    [Fact]
    public void The_AsyncAPI_document_matches_the_official_schema_of_AsyncAPI_3_0() =>
        AssertValid(JsonSchema.FromText(Read("asyncapi-3.0", "schema.json")), AsyncApiDocument.Create(GatewayFeatures.Api).ToJsonString());

    private static string Read(string folder, string file) =>
        File.ReadAllText(Repository.PathOf("tests", "Functions.Tests", "Documentation", "MetaSchemas", folder, file));

    private static void AssertValid(JsonSchema schema, string document)
    {
        EvaluationResults results = schema.Evaluate(JsonDocument.Parse(document).RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });

        Assert.True(results.IsValid, string.Join('\n', (results.Details ?? [])
            .Where(detail => detail.Errors is not null)
            .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation} {error.Value}"))));
    }
}
