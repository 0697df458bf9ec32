using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class RoutingTests
{
    /// <summary>Responds with the function's name and its route values.</summary>
    private static InvocationResponse Show(ScriptedInvocation invocation)
    {
        var values = string.Join(
            ',',
            invocation.Http.NullableParams.OrderBy(value => value.Key).Select(value => $"{value.Key}={value.Value.Value}")
        );
        return ScriptedWorker.Ok(ByteString.CopyFromUtf8($"{invocation.LoadedName}({values})"));
    }

    private static ScriptedWorker Routes() =>
        new ScriptedWorker()
            .Http("Plain", Show)
            .Http("Get", Show, "things/{id:int}", ["get"])
            .Http("Put", Show, "things/{id:int}", ["put", "delete"])
            .Http("ByGuid", Show, "guids/{id:guid}")
            .Http("Optional", Show, "optional/{name?}")
            .Http("Default", Show, "default/{name=nobody}")
            .Http("CatchAll", Show, "files/{*path}")
            .Http("Literal", Show, "things/latest", ["get"])
            .Http("Rest", Show, "things/{name}", ["get"])
            .Http("Same", Show, "things/{other}", ["get"]);

    [Theory]
    [InlineData("api/Plain", "Plain()")]
    [InlineData("API/PLAIN", "Plain()")]
    [InlineData("api/plain/", "Plain()")]
    [InlineData("api/things/7", "Get(id=7)")]
    [InlineData("api/Things/7/", "Get(id=7)")]
    [InlineData("api/things/latest", "Literal()")]
    [InlineData("api/things/seven", "Rest(name=seven)")]
    [InlineData("api/guids/0c4e1d1c-5a3b-4f5e-9a63-0d6c3b1f2a77", "ByGuid(id=0c4e1d1c-5a3b-4f5e-9a63-0d6c3b1f2a77)")]
    [InlineData("api/optional", "Optional()")]
    [InlineData("api/optional/x", "Optional(name=x)")]
    [InlineData("api/default", "Default(name=nobody)")]
    [InlineData("api/files/a/b/c.txt", "CatchAll(path=a/b/c.txt)")]
    [InlineData("api/optional/a%2Fb", "Optional(name=a%2Fb)")]
    [InlineData("api/optional/a%20b%C3%BC", "Optional(name=a bü)")]
    [InlineData("api/optional/%E4%B8%96", "Optional(name=世)")]
    public async Task A_path_finds_its_function(string path, string expected)
    {
        await using var host = await TestHost.StartAsync(Routes());

        Assert.Equal(expected, await host.Client.GetStringAsync(path));
    }

    [Theory]
    [InlineData("GET", "api/nothing")]
    [InlineData("GET", "nothing")]
    [InlineData("GET", "api/guids/not-a-guid")]
    [InlineData("GET", "api/optional/x/y")]
    [InlineData("POST", "api/things/7")]
    [InlineData("HEAD", "api/things/7")]
    [InlineData("OPTIONS", "api/things/7")]
    [InlineData("PUT", "api/things/latest")]
    public async Task A_path_that_no_function_takes_is_404_with_an_empty_body(string method, string path)
    {
        await using var host = await TestHost.StartAsync(Routes());

        using var response = await host.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Empty(response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("GET", "Get(id=7)")]
    [InlineData("PUT", "Put(id=7)")]
    [InlineData("DELETE", "Put(id=7)")]
    public async Task Functions_share_a_route_by_method(string method, string expected)
    {
        await using var host = await TestHost.StartAsync(Routes());

        using var response = await host.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "api/things/7"));

        Assert.Equal(expected, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    [InlineData("PURGE")]
    public async Task A_function_that_declares_no_methods_takes_any(string method)
    {
        await using var host = await TestHost.StartAsync(Routes());

        using var response = await host.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "api/plain"));

        Assert.Equal("Plain()", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("", "Plain")]
    [InlineData("v1/things", "v1/things/Plain")]
    public async Task The_route_prefix_is_host_jsons(string prefix, string path)
    {
        var app = new TestApp { HostJson = $$"""{"version":"2.0","extensions":{"http":{"routePrefix":"{{prefix}}" } } }""" };
        await using var host = await TestHost.StartAsync(Routes(), app);

        Assert.Equal("Plain()", await host.Client.GetStringAsync(path));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("api/Plain")).StatusCode);
    }

    [Fact]
    public async Task An_app_setting_overrides_host_json()
    {
        await using var host = await TestHost.StartAsync(
            Routes(),
            TestApp.With(("AzureFunctionsJobHost__extensions__http__routePrefix", "other"))
        );

        Assert.Equal("Plain()", await host.Client.GetStringAsync("other/plain"));
    }

    [Fact]
    public async Task A_route_that_cannot_be_served_is_reported_and_the_others_work()
    {
        var worker = Routes()
            .Http("Broken", Show, "broken/{id")
            .Http("Taken", Show, "THINGS/{id:int}", ["get"])
            .Http("OddLevel", Show, "odd", authLevel: "Emperor");
        await using var host = await TestHost.StartAsync(worker);

        Assert.Equal("Get(id=7)", await host.Client.GetStringAsync("api/things/7"));
        Assert.Contains(host.Lines, line => line.Contains("The 'Broken' function is in error", StringComparison.Ordinal));
        Assert.Contains(
            host.Lines,
            line =>
                line.Contains(
                    "The 'Taken' function is in error: The route specified conflicts with the route defined by function 'Get'.",
                    StringComparison.Ordinal
                )
        );
        Assert.Contains(host.Lines, line => line.Contains("The 'OddLevel' function is in error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_route_of_the_host_cannot_be_taken()
    {
        var worker = Routes().Http("Admin", Show, "admin/things");
        await using var host = await TestHost.StartAsync(
            worker,
            new TestApp { HostJson = """{"version":"2.0","extensions":{"http":{"routePrefix":""}}}""" }
        );

        Assert.Contains(
            host.Lines,
            line =>
                line.Contains(
                    "The 'Admin' function is in error: The specified route conflicts with one or more built in routes.",
                    StringComparison.Ordinal
                )
        );
    }

    /// <summary>The real host sorts functions by name, without regard to case, and takes the first route that matches.</summary>
    [Theory]
    [InlineData("GET", "api/things/latest", "a_general(name=latest)")]
    [InlineData("GET", "api/things/7", "a_general(name=7)")]
    [InlineData("POST", "api/things/latest", "B_special()")]
    [InlineData("PUT", "api/things/latest", "zz_rest(path=things/latest)")]
    [InlineData("GET", "api/nothing/else", "zz_rest(path=nothing/else)")]
    [InlineData("GET", "api", "zz_rest()")]
    public async Task Of_the_routes_that_match_the_first_function_by_name_wins(string method, string path, string expected)
    {
        var worker = new ScriptedWorker()
            .Http("zz_rest", Show, "{*path}")
            .Http("B_special", Show, "things/latest", ["get", "post"])
            .Http("C_number", Show, "things/{id:int}", ["get"])
            .Http("a_general", Show, "things/{name}", ["get"]);
        await using var host = await TestHost.StartAsync(worker);

        using var response = await host.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(expected, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_root_leads_to_the_prefix_if_a_function_is_there()
    {
        await using var host = await TestHost.StartAsync(Routes().Http("zz_rest", Show, "{*path}"));

        using var response = await host.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal("/api", response.Headers.Location?.ToString());
    }

    [Theory]
    [InlineData("GET /api/plain HTTP/1.0\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("GET /api/plain HTTP/1.0\r\nHost: 127.0.0.1:7071\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("GET /api/plain HTTP/1.1\r\nHost: LOCALHOST\r\nConnection: close\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("GET /api/plain HTTP/1.1\r\nHost: [::1]:7071\r\nConnection: close\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("GET /admin/host/keys HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("GET /api/plain HTTP/1.1\r\nHost: localhost.evil.example\r\nConnection: close\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("GET /api/plain HTTP/1.1\r\nHost: 192.0.2.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("GET /api/plain HTTP/1.0\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 400")]
    [InlineData(
        "POST /admin/host/keys/evil HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "HTTP/1.1 403")]
    [InlineData("POST /admin/host/keys/evil HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "HTTP/1.1 403")]
    [InlineData(
        "POST /admin/host/keys/mine HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "HTTP/1.1 201")]
    public async Task Only_the_names_of_this_machine_are_served_and_http_1_0_needs_none(string request, string expected)
    {
        await using var host = await TestHost.StartAsync(Routes());
        using var connection = new TcpClient("localhost", host.Address.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));

        var response = await new StreamReader(connection.GetStream()).ReadToEndAsync();

        Assert.StartsWith(expected, response, StringComparison.Ordinal);
        Assert.DoesNotContain("keys", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_root_shows_a_page()
    {
        await using var host = await TestHost.StartAsync(Routes());

        using var response = await host.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task The_page_can_be_switched_off()
    {
        await using var host = await TestHost.StartAsync(Routes(), TestApp.With(("AzureWebJobsDisableHomepage", "true")));

        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task A_function_on_the_root_wins_over_the_page()
    {
        var worker = new ScriptedWorker().Http("Root", Show, "{*path}");
        await using var host = await TestHost.StartAsync(
            worker,
            new TestApp { HostJson = """{"version":"2.0","extensions":{"http":{"routePrefix":""}}}""" }
        );

        Assert.Equal("Root()", await host.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task The_origins_of_the_settings_may_call_from_a_browser()
    {
        var app = new TestApp { LocalSettings = """{"Host":{"CORS":"https://a.example,https://b.example","CORSCredentials":true}}""" };
        await using var host = await TestHost.StartAsync(Routes(), app);
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "api/things/7");
        preflight.Headers.Add("Origin", "https://b.example");
        preflight.Headers.Add("Access-Control-Request-Method", "GET");
        using var stranger = new HttpRequestMessage(HttpMethod.Get, "api/things/7");
        stranger.Headers.Add("Origin", "https://c.example");

        using var allowed = await host.Client.SendAsync(preflight);
        using var other = await host.Client.SendAsync(stranger);

        Assert.Equal(HttpStatusCode.NoContent, allowed.StatusCode);
        Assert.Equal("https://b.example", Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("true", Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Credentials")));
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
    }
}
