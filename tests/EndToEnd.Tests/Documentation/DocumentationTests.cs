using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Documentation;

public sealed partial class DocumentationTests(GatewayApplication gateway)
{
    [Fact]
    public async Task OpenApi_has_every_route_and_method_of_the_app_and_no_other()
    {
        var built = (await HttpFunctions.OfAsync(gateway)).Where(function => function.Method != "HEAD").Select(function => $"{function.Method} {function.Route}");

        Assert.Equal(built.Order(), OpenApiContract.Operations.Select(each => $"{each.Method} {each.Path}").Order());
    }

    [Theory]
    [InlineData("openapi.json")]
    [InlineData("asyncapi.json")]
    public async Task The_app_serves_the_document_that_the_tests_hold_it_to(string name)
    {
        using var response = await gateway.Http.GetAsync(name);
        var served = await response.JsonAsync();

        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(served.GetRawText()), JsonNode.Parse(await File.ReadAllTextAsync(Repository.PathOf("docs", name)))));
        using var again = await SendAsync(name, response.Header("ETag"));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Theory]
    [InlineData("docs")]
    [InlineData("console")]
    public async Task A_page_may_load_only_the_gateways_own_files(string path)
    {
        using var response = await gateway.Http.GetAsync(path);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        var policy = response.Header("Content-Security-Policy");
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("*", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_with_both_documents_refers_to_nothing_outside()
    {
        using var response = await gateway.Http.GetAsync("docs");
        var page = await response.Content.ReadAsStringAsync();
        Assert.DoesNotMatch("https?:|//[a-z]|<style|<script>|\\son[a-z]+=", page);
        List<string> files = [.. Reference().Matches(page).Select(match => match.Groups[1].Value)];
        Assert.Contains("/api/docs/swagger-ui-bundle.js", files);
        // The list grows by the files that our own scripts import and fetch.
        for (var index = 0; index < files.Count; index++)
        {
            using var file = await gateway.Http.GetAsync(new Uri(gateway.Address, files[index]));
            Assert.True(file.IsSuccessStatusCode, $"{files[index]} was answered with {(int)file.StatusCode}.");
            if (files[index].StartsWith("/api/docs/", StringComparison.Ordinal))
            {
                Assert.Contains("max-age=86400", file.Header("Cache-Control"), StringComparison.Ordinal);
                using var again = await SendAsync(files[index], file.Header("ETag"));
                Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            }
            if (files[index] is "/api/docs/docs.js" or "/api/docs/asyncapi.js" or "/api/docs/docs.css")
            {
                var text = await file.Content.ReadAsStringAsync();
                Assert.DoesNotMatch("https?:|[\"'(]//|@import|eval|innerHTML|Function\\(", text.Replace("compile schemas with eval", "", StringComparison.Ordinal));
                files.AddRange(Reference().Matches(text).Select(match => match.Groups[1].Value).Except(files));
            }
        }
        Assert.Contains("/api/docs/asyncapi.js", files);
    }

    [Theory]
    [InlineData("docs/nothing.js")]
    [InlineData("docs/docs.html")]
    [InlineData("docs/..%2Fhost.json")]
    [InlineData("docs/%2e%2e%2f%2e%2e%2fhost.json")]
    [InlineData("docs/..%5Chost.json")]
    [InlineData("docs/viewer%2Fdocs.js")]
    public async Task Only_the_files_of_the_page_can_be_read(string path)
    {
        using var response = await gateway.Http.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public void A_response_that_differs_from_the_document_is_noticed()
    {
        var record = OpenApiContract.Operations.Single(
            each => each is { Method: "GET", Path: "files/{id}" }).Operation["responses"]!["200"]!["content"]!["application/json"]!["schema"]!;
        var good = SchemaCheck.OpenApi.Document["paths"]!["/files"]!["post"]!["responses"]!["201"]!["content"]!["application/json"]!["example"]!.AsObject();

        Assert.Null(SchemaCheck.OpenApi.ViolationOf(record, good.ToJsonString()));
        foreach (var (field, value) in new (string, JsonNode?)[] { ("size", "1"), ("size", -1), ("sha256", "x"), ("createdAt", "yesterday"), ("id", "1"), ("secret", "x"), ("filename", null) })
        {
            var bad = good.DeepClone().AsObject();
            bad[field] = value?.DeepClone();
            Assert.NotNull(SchemaCheck.OpenApi.ViolationOf(record, bad.ToJsonString()));
            bad.Remove(field);
            Assert.Equal(field == "secret", SchemaCheck.OpenApi.ViolationOf(record, bad.ToJsonString()) is null);
        }
    }

    [Fact]
    public void An_event_that_differs_from_the_document_is_noticed()
    {
        const string Good = """
            {"id":"01a2102c-2afa-76a0-816f-9aceb5ea7e97","type":"auth.logout","timestamp":"2026-01-17T09:30:00.123Z","payload":{"userId":"u","username":"ada","method":"password","sessionId":"01a2102c-2afa-76a0-816f-9aceb5ea7e98"},"metadata":{"service":"mcp-gateway","version":"1.0.0"}}
            """;

        Assert.Null(AsyncApiContract.ViolationOf("events:auth.logout", Good));
        Assert.NotNull(AsyncApiContract.ViolationOf("events:auth.login", Good));
        Assert.NotNull(AsyncApiContract.ViolationOf("events:auth.unknown", Good));
        foreach (var (right, wrong) in new[] { ("\"password\"", "\"magic\""), ("\"userId\"", "\"user\""), (".123Z", "Z"), ("\"version\"", "\"edition\"") })
        {
            Assert.NotNull(AsyncApiContract.ViolationOf("events:auth.logout", Good.Replace(right, wrong, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Every_record_that_a_route_returns_has_an_example() => Assert.All(
        SchemaCheck.OpenApi.Document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject())
            .SelectMany(operation => operation.Value!["responses"]!.AsObject())
            .Where(response => response.Key[0] == '2')
            .Select(response => response.Value!["content"]?["application/json"]?.AsObject())
            .Where(media => media?["schema"]?["$ref"] is not null),
        media => Assert.True(media!.ContainsKey("example"), $"{media["schema"]} has no example in examples.json."));

    [Fact]
    public void The_examples_match_their_schemas() => Assert.All(
        MediaIn(SchemaCheck.OpenApi.Document["paths"]!).Where(media => media["example"] is not null && media["schema"] is not null),
        media => Assert.Null(SchemaCheck.OpenApi.ViolationOf(media["schema"]!, media["example"]!.ToJsonString())));

    [Theory]
    [InlineData("openapi.json")]
    [InlineData("asyncapi.json")]
    [InlineData("docs")]
    [InlineData("docs/docs.css")]
    [InlineData("console")]
    public async Task A_request_for_another_version_of_a_document_gets_a_problem(string name)
    {
        using var response = await gateway.Http.GetAsync(name);
        using var same = await SendAsync(name, response.Header("ETag"), "If-Match");
        Assert.Equal(HttpStatusCode.OK, same.StatusCode);
        using var any = await SendAsync(name, "*", "If-Match");
        Assert.Equal(HttpStatusCode.OK, any.StatusCode);

        await SendAsync(name, "\"1\"", "If-Match").ProblemAsync(HttpStatusCode.PreconditionFailed, "precondition-failed");
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string etag, string header = "If-None-Match")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Http.BaseAddress!, path));
        Assert.True(request.Headers.TryAddWithoutValidation(header, etag));
        return await gateway.Http.SendAsync(request);
    }

    private static IEnumerable<JsonObject> MediaIn(JsonNode? node) => node switch
    {
        JsonObject json => (json.ContainsKey("example") ? new[] { json } : []).Concat(json.SelectMany(field => MediaIn(field.Value))),
        JsonArray array => array.SelectMany(MediaIn),
        _ => [],
    };

    [GeneratedRegex("""["'](/api/[^"']+)["']""")]
    private static partial Regex Reference();
}
