using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Documentation;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Documentation;

public sealed class DocumentTests
{
    internal const string Renew = "MCPFUNCTIONS_RENEW_DOCUMENTS";

    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Documents => ["openapi.json", "asyncapi.json"];

    [Theory]
    [InlineData("openapi.json")]
    [InlineData("asyncapi.json")]
    [InlineData("settings.md")]
    public async Task The_copy_in_docs_is_up_to_date(string name)
    {
        string path = Path.Combine(Repository.Root, "docs", name);
        string served = name == "settings.md" ? SettingsPage.Create() : DocumentOf(name).ToJsonString(s_readable) + "\n";
        if (Environment.GetEnvironmentVariable(Renew) == "1")
        {
            await File.WriteAllTextAsync(path, served);
        }

        Assert.True(
            File.Exists(path) && await File.ReadAllTextAsync(path) == served,
            $"docs/{name} is out of date. Renew it with {Renew}=1 ./test --filter FullyQualifiedName~DocumentTests, check the difference, and commit it.");
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_reference_in_the_documents_resolves(string name)
    {
        JsonObject document = DocumentOf(name);

        Assert.All(ReferencesIn(document).Distinct(), reference =>
        {
            JsonNode? target = document;
            foreach (string step in reference[2..].Split('/'))
            {
                target = target?[step];
            }

            Assert.True(target is not null, $"There is no {reference}.");
        });
    }

    [Fact]
    public void Every_operation_and_every_field_has_a_description()
    {
        JsonObject document = OpenApiDocument.Create(GatewayFeatures.Api);

        Assert.All(Operations(document), operation => Assert.NotEmpty((string)operation["summary"]!));
        Assert.All(document["tags"]!.AsArray(), tag => Assert.NotEmpty((string)tag!["description"]!));
        Assert.All(
            document["components"]!["schemas"]!.AsObject().Where(schema => !schema.Key.StartsWith("PageOf", StringComparison.Ordinal)),
            schema => Assert.All(schema.Value!["properties"]!.AsObject(), property => Assert.True(
                property.Value!["description"] is not null, $"{schema.Key}.{property.Key} has no description.")));
    }

    [Fact]
    public void There_is_a_channel_for_each_type_and_an_operation_for_each_pair_of_consumer_and_type()
    {
        JsonObject document = AsyncApiDocument.Create(GatewayFeatures.Api);

        Assert.Equal(EventTypes.All.Select(EventChannels.Of).Order(), document["channels"]!.AsObject().Select(channel => (string)channel.Value!["address"]!).Order());
        Assert.Equal(
            EventTypes.All.SelectMany(type => Subscriptions.ConsumersOf(type).Append("publisher").Select(consumer => (EventChannels.Of(type), consumer))).Order(),
            document["operations"]!.AsObject()
                .Select(operation => (AddressOf(operation.Value!), (string)operation.Value!["tags"]![0]!["name"]!)).Order());

        string AddressOf(JsonNode operation) => (string)document["channels"]![((string)operation["channel"]!["$ref"]!).Split('/')[^1]]!["address"]!;
    }

    private static JsonObject DocumentOf(string name) => name == "openapi.json" ? OpenApiDocument.Create(GatewayFeatures.Api) : AsyncApiDocument.Create(GatewayFeatures.Api);

    private static IEnumerable<JsonObject> Operations(JsonObject document) =>
        document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!.AsObject());

    private static IEnumerable<string> ReferencesIn(JsonNode? node) => node switch
    {
        JsonObject json => json.SelectMany(field => field.Key == "$ref" ? [(string)field.Value!] : ReferencesIn(field.Value)),
        JsonArray array => array.SelectMany(ReferencesIn),
        _ => [],
    };
}
