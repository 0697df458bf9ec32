using System.Net;
using System.Text;
using McpFunctions.EndToEnd.Tests.Documentation;

namespace McpFunctions.EndToEnd.Tests.Auth;

/// <summary>Tries every HTTP function in the app's metadata, so a new function is covered automatically.</summary>
public sealed class AuthorizationTests(GatewayApplication gateway)
{
    private static readonly string[] s_scopes =
    [
        "files:read", "files:write", "commands:read", "commands:write", "workflows:read", "workflows:write", "notifications:read", "context:read",
        "audit:read", "events:admin", "users:read",
    ];

    [Fact]
    public async Task Without_a_credential_only_anonymous_functions_can_be_called()
    {
        foreach (var (method, route, access) in await RoutesAsync())
        {
            using var response = await SendAsync(gateway.Http, method, route);
            Assert.True(
                (response.StatusCode == HttpStatusCode.Unauthorized) == !access.IsAnonymous || route == "auth/login",
                $"{method} {route} was answered with {(int)response.StatusCode}.");
        }
    }

    [Fact]
    public async Task A_request_that_no_function_takes_is_refused_without_reading_the_credential()
    {
        foreach (var credential in new[] { "", $"Bearer {gateway.NewUser("admin").Token}", "Bearer not-a-token" })
        {
            await SendAsync(gateway.Http, "GET", "no/such/route", ("Authorization", credential)).ProblemAsync(HttpStatusCode.NotFound, "not-found");
            await SendAsync(gateway.Http, "DELETE", "files", ("Authorization", credential)).ProblemAsync(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        }
    }

    [Fact]
    public async Task A_key_with_every_scope_but_the_right_one_is_refused()
    {
        var admin = await gateway.NewSignedInAsync("admin");
        Dictionary<string, string> keys = [];
        foreach (var scope in s_scopes)
        {
            // The scope to write commands or workflows includes the scope to read them.
            keys[scope] = await KeyAsync(admin, [.. s_scopes.Where(other => other != scope && !(scope is "commands:read" or "workflows:read" && other == scope.Replace("read", "write", StringComparison.Ordinal)))]);
        }
        var all = await KeyAsync(admin, s_scopes);

        foreach (var (method, route, access) in await RoutesAsync())
        {
            if (!access.IsAnonymous && access.Scope != RouteAccess.AnyScope)
            {
                using var response = await SendAsync(gateway.Http, method, route, ("x-api-key", access.Scope is null ? all : keys[access.Scope]));
                Assert.True(response.StatusCode == HttpStatusCode.Forbidden, $"{method} {route} was answered with {(int)response.StatusCode}.");
            }
        }
    }

    [Fact]
    public async Task A_key_with_the_right_scope_and_no_other_is_let_in()
    {
        var admin = await gateway.NewSignedInAsync("admin");
        Dictionary<string, string> keys = [];
        foreach (var scope in s_scopes)
        {
            keys[scope] = await KeyAsync(admin, [scope]);
        }

        foreach (var (method, route, access) in await RoutesAsync())
        {
            if (access.Scope is not null)
            {
                using var response = await SendAsync(
                    gateway.Http, method, route, ("x-api-key", access.Scope == RouteAccess.AnyScope ? keys["files:read"] : keys[access.Scope]));
                AssertLetIn(method, route, response);
            }
        }
    }

    [Theory]
    [InlineData("user")]
    [InlineData("admin")]
    public async Task A_session_opens_what_its_role_may_use_and_nothing_else(string role)
    {
        foreach (var (method, route, access) in (await RoutesAsync()).Where(each => !each.Access.IsAnonymous))
        {
            // A new session for each route: some routes end it.
            using var response = await SendAsync(gateway.Http, method, route, ("Authorization", $"Bearer {gateway.NewUser(role).Token}"));
            if (access.IsForAdministrators && role == "user")
            {
                Assert.True(response.StatusCode == HttpStatusCode.Forbidden, $"{method} {route} was answered with {(int)response.StatusCode}.");
            }
            else
            {
                AssertLetIn(method, route, response);
            }
        }
    }

    [Theory]
    [InlineData("user")]
    [InlineData("admin")]
    public async Task Data_of_another_user_is_not_found(string role)
    {
        var owner = await gateway.NewSignedInAsync();
        var foreign = gateway.NewUser(role);
        var ids = new Dictionary<string, string>
        {
            ["files"] = (await owner.UploadAsync("private.txt")).Text("id"),
            ["commands"] = (await owner.PostAsync("commands", new { name = "private" }).JsonAsync(HttpStatusCode.Created)).Text("id"),
            ["workflows"] = (await owner.PostAsync("workflows", new { name = "private" }).JsonAsync(HttpStatusCode.Accepted)).Text("id"),
            ["apikeys"] = (await owner.PostAsync("apikeys", new { name = "private", scopes = s_scopes[..1] }).JsonAsync(HttpStatusCode.Created)).Text("id"),
            ["sessions"] = owner.SessionId,
        };
        var before = await StateAsync();

        foreach (var (method, route, _) in await RoutesAsync())
        {
            var kind = route.Split('/')[0];
            if (!ids.TryGetValue(kind, out var id))
            {
                continue;
            }
            if (route.Contains("{id}", StringComparison.Ordinal))
            {
                using var response = await SendAsync(
                    gateway.Http, method, route.Replace("{id}", id, StringComparison.Ordinal), ("Authorization", $"Bearer {foreign.Token}"));
                Assert.True(response.StatusCode == HttpStatusCode.NotFound, $"{method} {route} was answered with {(int)response.StatusCode} to another user.");
            }
            else if (method == "GET")
            {
                var list = await foreign.GetAsync(route).JsonAsync();
                Assert.DoesNotContain(list.Items("items"), item => item.Text("id") == id);
            }
        }

        Assert.Equal(before, await StateAsync());

        async Task<string> StateAsync()
        {
            List<string> lists = [];
            foreach (var kind in ids.Keys.Where(kind => kind != "sessions"))
            {
                lists.Add((await owner.GetAsync(kind).JsonAsync()).At("items").GetRawText());
            }
            return string.Join('\n', lists);
        }
    }

    private static void AssertLetIn(string method, string route, HttpResponseMessage response) => Assert.False(
        response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.InternalServerError,
        $"{method} {route} was answered with {(int)response.StatusCode}.");

    private async Task<(string Method, string Route, RouteAccess Access)[]> RoutesAsync()
    {
        (string, string, RouteAccess)[] routes = [.. (await HttpFunctions.OfAsync(gateway)).Select(
            each => (each.Method, each.Route, RouteAccess.Of(each.Method, each.Route)))];
        Assert.True(routes.Length > 40);
        return routes;
    }

    private async Task<string> KeyAsync(GatewayUser owner, string[] scopes) =>
        gateway.Confidential((await owner.PostAsync("apikeys", new { name = "walk", scopes }).JsonAsync(HttpStatusCode.Created)).Text("key"));

    // Each route refuses unknown fields, so it needs its own body.
    private static string BodyFor(string route) => (route.Split('/')[0], route.Split('/')[^1]) switch
    {
        ("commands", "complete") => "{}",
        ("commands", "fail") => """{"error": "none"}""",
        ("workflows", "complete") => """{"status": "succeeded"}""",
        ("files", _) => """{"filename": "changed.txt"}""",
        _ => """{"name": "walk"}""",
    };

    // Sends a body that the route accepts. An id that is still missing in the path becomes one that does not exist.
    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string method, string route, params (string Name, string Value)[] headers)
    {
        var path = route.Replace("{consumer}", "audit", StringComparison.Ordinal);
        foreach (var name in new[] { "{id}", "{eventId}", "{asset}", "{sessionId}", "{keyId}" })
        {
            path = path.Replace(name, Guid.NewGuid().ToString(), StringComparison.Ordinal);
        }
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Content = method is "GET" or "HEAD" or "DELETE" ? null : new StringContent(BodyFor(route), Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
