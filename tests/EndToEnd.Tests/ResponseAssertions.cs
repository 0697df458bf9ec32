using System.Net;
using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>Asserts the rules that every response of the gateway follows.</summary>
public static class ResponseAssertions
{
    /// <summary>The JSON of a response with the expected status.</summary>
    public static async Task<JsonElement> JsonAsync(this Task<HttpResponseMessage> sending, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await sending;
        return await response.JsonAsync(expected);
    }

    /// <inheritdoc cref="JsonAsync(Task{HttpResponseMessage}, HttpStatusCode)"/>
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri} was answered with {(int)response.StatusCode} instead of {(int)expected}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Expects problem details (RFC 9457) of a kind, with exactly these fields in <c>errors</c>.</summary>
    public static async Task<JsonElement> ProblemAsync(this Task<HttpResponseMessage> sending, HttpStatusCode expected, string kind, params string[] fields)
    {
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri} was answered with {(int)response.StatusCode} instead of {(int)expected}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.NotEmpty(response.Headers.GetValues("X-Correlation-Id"));
        if (response.RequestMessage?.Method == HttpMethod.Head)
        {
            Assert.Empty(text);
            return default;
        }

        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal($"https://mcpfunctions.dev/problems/{kind}", problem.Text("type"));
        Assert.Equal((int)expected, problem.Number("status"));
        Assert.NotEmpty(problem.Text("title"));
        Assert.NotEmpty(problem.Text("detail"));
        Assert.Matches("^[0-9a-f]{32}$", problem.Text("traceId"));
        Assert.Equal(fields.Order(), problem.TryGetProperty("errors", out var errors) ? errors.EnumerateObject().Select(error => error.Name).Order() : []);
        Assert.All(fields, field => Assert.All(errors.Items(field), reason => Assert.NotEmpty(reason.GetString()!)));
        // Internal details: names of types, files and servers.
        Assert.DoesNotMatch(@"Exception|\bat McpFunctions|\.cs\b|127\.0\.0\.1|localhost", text);
        return problem;
    }

    /// <summary>Expects a status and an empty body.</summary>
    public static async Task<HttpResponseMessage> EmptyAsync(this Task<HttpResponseMessage> sending, HttpStatusCode expected)
    {
        var response = await sending;
        Assert.Equal(expected, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        return response;
    }

    /// <summary>The single value of a header.</summary>
    public static string Header(this HttpResponseMessage response, string name) =>
        Assert.Single(response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? values : []);
}
