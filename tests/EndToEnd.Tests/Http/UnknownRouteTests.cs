using System.Net;
using System.Text;
using McpFunctions.EndToEnd.Tests.Fuzz;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Http;

public sealed class UnknownRouteTests(GatewayApplication gateway)
{
    [Theory]
    [InlineData("GET", "no/such/route")]
    [InlineData("POST", "file")]
    [InlineData("PUT", "docs/docs.js/more")]
    [InlineData("PATCH", "files/1/content/2")]
    [InlineData("DELETE", "files//content")]
    [InlineData("HEAD", "nothing")]
    [InlineData("OPTIONS", "nothing")]
    [InlineData("PROPFIND", "nothing")]
    [InlineData("GET", "..%2Fadmin%2Ffunctions")]
    public async Task An_unknown_route_is_a_problem(string method, string path) =>
        await SendAsync(method, path).ProblemAsync(HttpStatusCode.NotFound, "not-found");

    [Theory]
    [InlineData("DELETE", "files", "GET, HEAD, POST")]
    [InlineData("PUT", "FILES/", "GET, HEAD, POST")]
    [InlineData("POST", "files/0198c1f2-7d3a-7c11-9f5e-1b2a3c4d5e6f", "DELETE, GET, HEAD, PATCH")]
    [InlineData("PATCH", "files/0198c1f2-7d3a-7c11-9f5e-1b2a3c4d5e6f/content", "GET, HEAD, PUT")]
    [InlineData("GET", "auth/login", "POST")]
    [InlineData("HEAD", "auth/login", "POST")]
    [InlineData("OPTIONS", "files", "GET, HEAD, POST")]
    [InlineData("TRACE", "commands", "GET, HEAD, POST")]
    [InlineData("PURGE", "health", "GET, HEAD")]
    [InlineData("POST", "docs", "GET, HEAD")]
    [InlineData("POST", "", "GET, HEAD")]
    public async Task A_method_that_a_route_does_not_take_is_a_problem_that_says_which_it_takes(string method, string path, string allow)
    {
        using var response = await SendAsync(method, path);

        Assert.Equal(allow, string.Join(", ", response.Content.Headers.Allow));
        await Task.FromResult(response).ProblemAsync(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
    }

    [Theory]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/api/")]
    [InlineData("HEAD", "/API")]
    public async Task The_route_prefix_leads_to_the_documents(string method, string path)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(gateway.Address, path));
        using var response = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal("/api/docs", response.Headers.Location?.OriginalString);
        Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
        Assert.NotEmpty(response.Header("X-Correlation-Id"));
    }

    [Fact]
    public async Task The_local_hosts_own_address_leads_to_the_documents()
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(gateway.Address, "/"));

        Assert.Equal("/api/docs", response.RequestMessage?.RequestUri?.AbsolutePath);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("health", 200, 503)]
    [InlineData("no/such/route", 404)]
    [InlineData("auth/login", 405)]
    public async Task A_response_to_HEAD_has_no_body_on_the_wire(string path, params int[] statuses)
    {
        using var connection = new RawConnection(gateway.Address.Port);
        // A body after the first response would be taken for the beginning of the second.
        for (var time = 0; time < 2; time++)
        {
            var request = Encoding.ASCII.GetBytes($"HEAD /api/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            var response = await connection.SendAsync(request, isHead: true, isIncomplete: false, Eventually.DefaultDeadline);

            Assert.Contains(response!.Status, statuses);
            Assert.Equal(path == "health" ? "application/json" : "application/problem+json", response.MediaType);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        return await gateway.Http.SendAsync(request);
    }
}
