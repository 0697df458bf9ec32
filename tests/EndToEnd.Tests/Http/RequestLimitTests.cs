using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using McpFunctions.EndToEnd.Tests.Documentation;

namespace McpFunctions.EndToEnd.Tests.Http;

/// <summary>The attributes of a request declare its limits: the document shows them, so the gateway must apply them.</summary>
public sealed class RequestLimitTests(GatewayApplication gateway)
{
    private const string JsonLimit = "At most 16384 bytes and 32 levels";

    private static readonly Dictionary<string, string> s_newerNames = new() { ["arguments"] = "input", ["result"] = "output" };

    private static readonly string[] s_keywords =
        ["type", "description", "deprecated", "minLength", "maxLength", "pattern", "enum", "format", "items", "minItems", "maxItems"];

    // An edit needs a dead letter: the tests of dead letters apply its limits.
    public static TheoryData<string> Requests => [.. OpenApiContract.Operations.Where(each => Json(each.Operation) is not null && !each.Path.EndsWith("/edit", StringComparison.Ordinal))
        .Select(each => $"{each.Method} {each.Path}")];

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_value_beyond_a_limit_of_the_document_is_refused_by_the_name_of_its_field(string request)
    {
        var (method, path, operation) = OpenApiContract.Operations.Single(each => $"{each.Method} {each.Path}" == request);
        var schema = SchemaCheck.OpenApi.Document["components"]!["schemas"]![((string)Json(operation)!["schema"]!["$ref"]!).Split('/')[^1]]!;
        string[] required = [.. schema["required"]?.AsArray().Select(name => (string)name!) ?? []];
        var user = gateway.NewUser();
        path = path.Replace("{id}", gateway.NewUser().Id, StringComparison.Ordinal);
        var limits = 0;
        foreach (var (name, property) in schema["properties"]!.AsObject())
        {
            foreach (var value in Beyond(property!.AsObject()).Concat(required.Contains(name) ? [null] : []))
            {
                var body = new JsonObject(required.Where(each => each != name).Select(each => KeyValuePair.Create(each, Valid(operation, each))));
                if (value is not null)
                {
                    body[name] = value;
                }

                await user.SendAsync(new HttpMethod(method), path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"))
                    .ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", s_newerNames.GetValueOrDefault(name, name));
                limits++;
            }
        }

        Assert.NotEqual(0, limits);
    }

    private static JsonNode? Json(JsonNode operation) =>
        operation["requestBody"]?["content"]?["application/json"] is { } json && json["schema"]?["$ref"] is { } reference
            && ((string)reference!).EndsWith("Request", StringComparison.Ordinal) ? json : null;

    private JsonNode? Valid(JsonNode operation, string name) =>
        name.EndsWith("assword", StringComparison.Ordinal) ? gateway.Secret() : Json(operation)!["example"]![name]!.DeepClone();

    private static IEnumerable<JsonNode?> Beyond(JsonObject schema)
    {
        Assert.Empty(schema.Select(keyword => keyword.Key).Except(s_keywords));
        if (schema["minLength"] is { } min)
        {
            yield return new string('a', (int)min - 1);
        }
        if (schema["maxLength"] is { } max)
        {
            yield return new string('a', (int)max + 1);
        }
        if (schema["pattern"] is not null)
        {
            yield return "a\u0007";
        }
        if (schema["enum"] is not null)
        {
            yield return "nonsense";
        }
        if ((string?)schema["format"] == "date-time")
        {
            yield return "yesterday";
        }
        if (schema["items"] is not null)
        {
            yield return new JsonArray("nonsense");
        }
        if (schema["minItems"] is { } fewest)
        {
            yield return new JsonArray([.. Repeated((int)fewest - 1)]);
        }
        if (schema["maxItems"] is { } most)
        {
            yield return new JsonArray([.. Repeated((int)most + 1)]);
        }
        if (((string)schema["description"]!).Contains(JsonLimit, StringComparison.Ordinal))
        {
            yield return new string('a', 16 * 1024);
            yield return JsonNode.Parse(new string('[', 33) + new string(']', 33));
        }

        IEnumerable<JsonNode?> Repeated(int count) => Enumerable.Repeat((string)schema["items"]!["enum"]![0]!, count).Select(text => (JsonNode?)JsonValue.Create(text));
    }
}
