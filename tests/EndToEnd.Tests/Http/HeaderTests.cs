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
            using var response = await user.SendAsync(new HttpMethod(method), route, null, ("X-Correlation-Id", "mine"));

            Assert.Equal("mine", response.Header("X-Correlation-Id"));
            Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
            Assert.Equal("DENY", response.Header("X-Frame-Options"));
            Assert.Equal("no-referrer", response.Header("Referrer-Policy"));
            Assert.Equal("no-store", response.Header("Cache-Control"));
            Assert.Equal("default-src 'none'; frame-ancestors 'none'; sandbox", response.Header("Content-Security-Policy"));
            // The request came over http.
            Assert.False(response.Headers.Contains("Strict-Transport-Security"));
            Assert.DoesNotContain(response.Headers, header => header.Key is "Server" or "X-Powered-By");
        }
    }

    [Fact]
    public async Task Over_https_a_response_has_Strict_Transport_Security()
    {
        using var response = await gateway.NewUser().GetAsync("files", ("X-Forwarded-Proto", "https"));

        Assert.Equal("max-age=31536000; includeSubDomains", response.Header("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Pages_of_other_origins_may_not_call_unless_the_host_is_set_to_let_them()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "files");
        preflight.Headers.Add("Origin", "https://elsewhere.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization");

        using var refused = await gateway.Http.SendAsync(preflight);
        using var response = await gateway.NewUser().GetAsync("files", ("Origin", "https://elsewhere.example"));

        Assert.NotEqual(HttpStatusCode.NoContent, refused.StatusCode);
        Assert.DoesNotContain(refused.Headers.Concat(response.Headers), header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }
}
