using System.Net;

namespace McpFunctions.EndToEnd.Tests.Http;

public sealed class HeaderTests(GatewayApplication gateway)
{
    public static TheoryData<string, string> Routes => new()
    {
        { "GET", "health" },
        { "GET", "auth/me" },
        { "GET", "files" },
        { "GET", "files?limit=0" },
        { "GET", "files/unknown" },
        { "POST", "commands" },
        { "DELETE", "users/unknown" },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Every_response_even_an_error_has_a_correlation_id_and_the_security_headers(string method, string route)
    {
        foreach (var user in new[] { gateway.NewUser("user"), new GatewayUser(gateway.Http, "", "", "not-a-token", "") })
        {
            using var answer = await user.SendAsync(new HttpMethod(method), route, null, ("X-Correlation-Id", "mine"));

            Assert.Equal("mine", answer.Header("X-Correlation-Id"));
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.Equal("DENY", answer.Header("X-Frame-Options"));
            Assert.Equal("no-referrer", answer.Header("Referrer-Policy"));
            Assert.Equal("no-store", answer.Header("Cache-Control"));
            Assert.Equal("default-src 'none'; frame-ancestors 'none'; sandbox", answer.Header("Content-Security-Policy"));
            // The request came over http.
            Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
            Assert.DoesNotContain(answer.Headers, header => header.Key is "Server" or "X-Powered-By");
        }
    }

    [Fact]
    public async Task Over_https_a_response_has_Strict_Transport_Security()
    {
        using var answer = await gateway.NewUser().GetAsync("files", ("X-Forwarded-Proto", "https"));

        Assert.Equal("max-age=31536000; includeSubDomains", answer.Header("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Pages_of_other_origins_may_not_call_unless_the_host_is_set_to_let_them()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "files");
        preflight.Headers.Add("Origin", "https://elsewhere.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization");

        using var refused = await gateway.Http.SendAsync(preflight);
        using var answer = await gateway.NewUser().GetAsync("files", ("Origin", "https://elsewhere.example"));

        Assert.NotEqual(HttpStatusCode.NoContent, refused.StatusCode);
        Assert.DoesNotContain(refused.Headers.Concat(answer.Headers), header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }
}
