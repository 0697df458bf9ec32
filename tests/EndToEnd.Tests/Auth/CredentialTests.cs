using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace McpFunctions.EndToEnd.Tests.Auth;

public sealed partial class CredentialTests(GatewayApplication gateway)
{
    private static readonly (HttpMethod Method, string Path)[] s_administratorsRoutes =
    [
        (HttpMethod.Get, "audit"),
        (HttpMethod.Get, "consumers"),
        (HttpMethod.Get, "events"),
        (HttpMethod.Post, "events/replay"),
        (HttpMethod.Get, "events/replay/{id}"),
        (HttpMethod.Get, "dead-letters"),
        (HttpMethod.Get, "dead-letters/audit/{id}"),
        (HttpMethod.Delete, "dead-letters/audit/{id}"),
        (HttpMethod.Post, "dead-letters/audit/{id}/retry"),
        (HttpMethod.Post, "dead-letters/retry"),
        (HttpMethod.Get, "users"),
        (HttpMethod.Post, "users"),
        (HttpMethod.Delete, "users/{id}"),
    ];

    // {id} is a file of the user's, where the route is about files.
    private static readonly (HttpMethod Method, string Path)[] s_privateRoutes =
    [
        (HttpMethod.Post, "files?filename=new.txt"),
        (HttpMethod.Get, "files"),
        (HttpMethod.Get, "files/{id}"),
        (HttpMethod.Get, "files/{id}/content"),
        (HttpMethod.Put, "files/{id}/content"),
        (HttpMethod.Patch, "files/{id}"),
        (HttpMethod.Delete, "files/{id}"),
        (HttpMethod.Get, "files/{id}/history"),
        (HttpMethod.Post, "commands"),
        (HttpMethod.Get, "commands"),
        (HttpMethod.Get, "commands/{id}"),
        (HttpMethod.Post, "commands/{id}/complete"),
        (HttpMethod.Post, "commands/{id}/fail"),
        (HttpMethod.Post, "workflows"),
        (HttpMethod.Get, "workflows"),
        (HttpMethod.Get, "workflows/{id}"),
        (HttpMethod.Post, "workflows/{id}/complete"),
        (HttpMethod.Get, "notifications"),
        (HttpMethod.Get, "orchestrator/context"),
        (HttpMethod.Get, "auth/me"),
        (HttpMethod.Post, "auth/refresh"),
        (HttpMethod.Post, "auth/logout"),
        (HttpMethod.Get, "sessions"),
        (HttpMethod.Delete, "sessions/{id}"),
        (HttpMethod.Get, "apikeys"),
        (HttpMethod.Post, "apikeys"),
        (HttpMethod.Delete, "apikeys/{id}"),
        .. s_administratorsRoutes,
    ];

    // The one of the sample settings, which everybody can read.
    private static readonly byte[] s_sampleKey = "local-only-signing-key-that-everybody-knows"u8.ToArray();

    // Each is made of a token that is good, and spoils one thing.
    private static readonly Dictionary<string, Func<AccessToken, string?>> s_spoilt = new()
    {
        ["none"] = _ => null,
        ["empty"] = _ => "",
        ["another scheme"] = _ => "Basic YWRtaW46cGFzc3dvcmQ=",
        ["the token without its scheme"] = token => token.Sign(),
        ["a scheme without a token"] = _ => "Bearer",
        ["garbage"] = _ => "Bearer garbage",
        ["garbage with dots"] = _ => "Bearer a.b.c",
        ["a very long token"] = _ => $"Bearer {new string('a', 10_000)}",
        ["another user in the payload"] = token => $"Bearer {AccessToken.Tamper(token.Sign(), "sub", Guid.NewGuid().ToString())}",
        ["another role in the payload"] = token => $"Bearer {AccessToken.Tamper((token with { Role = "user" }).Sign(), "role", "admin")}",
        ["another signature"] = token => $"Bearer {token.Sign()[..^6]}AAAAAA",
        ["no signature"] = token => $"Bearer {token.Sign()[..(token.Sign().LastIndexOf('.') + 1)]}",
        ["algorithm none"] = token => $"Bearer {(token with { Algorithm = "none" }).Sign()}",
        ["algorithm None"] = token => $"Bearer {(token with { Algorithm = "None", KeyId = null }).Sign()}",
        ["another algorithm"] = token => $"Bearer {(token with { Algorithm = "HS512" }).Sign()}",
        ["expired"] = token => $"Bearer {(token with { IssuedAt = DateTimeOffset.UtcNow.AddHours(-1) }).Sign()}",
        ["not valid yet"] = token => $"Bearer {(token with { IssuedAt = DateTimeOffset.UtcNow.AddHours(1) }).Sign()}",
        ["no end"] = token => $"Bearer {(token with { Without = ["exp"] }).Sign()}",
        ["another key"] = token => $"Bearer {(token with { SigningKey = new byte[48] }).Sign()}",
        ["the key of the sample settings"] = token => $"Bearer {(token with { SigningKey = s_sampleKey, KeyId = "local" }).Sign()}",
        ["an unknown key id"] = token => $"Bearer {(token with { KeyId = "unknown" }).Sign()}",
        ["a key id that is a path"] = token => $"Bearer {(token with { KeyId = "../../etc/passwd" }).Sign()}",
        ["no key id"] = token => $"Bearer {(token with { KeyId = null }).Sign()}",
        ["another issuer"] = token => $"Bearer {(token with { Issuer = "somebody-else" }).Sign()}",
        ["another audience"] = token => $"Bearer {(token with { Audience = "somebody-else" }).Sign()}",
        ["a session that is not there"] = token => $"Bearer {(token with { SessionId = Guid.NewGuid().ToString() }).Sign()}",
        ["a session of another user"] = token => $"Bearer {(token with { UserId = Guid.NewGuid().ToString() }).Sign()}",
        ["a session that is no id"] = token => $"Bearer {(token with { SessionId = "../profile" }).Sign()}",
        ["no session"] = token => $"Bearer {(token with { Without = ["sid"] }).Sign()}",
        ["no role"] = token => $"Bearer {(token with { Without = ["role"] }).Sign()}",
    };

    public static TheoryData<string> Spoilt => [.. s_spoilt.Keys];

    [Theory]
    [MemberData(nameof(Spoilt))]
    public async Task No_private_route_opens_to_such_a_credential(string what)
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("private.txt")).Text("id");
        var before = await user.WhatIsThereAsync();
        var credential = s_spoilt[what](new AccessToken { SigningKey = gateway.SigningKey, UserId = user.Id, Username = user.Username, SessionId = user.SessionId });

        foreach (var (method, path) in s_privateRoutes)
        {
            using var request = new HttpRequestMessage(method, path.Replace("{id}", id, StringComparison.Ordinal)) { Content = ContentOf(method) };
            if (credential is not null)
            {
                Assert.True(request.Headers.TryAddWithoutValidation("Authorization", credential));
            }
            using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
            await Task.FromResult(answer).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            Assert.Equal("Bearer", answer.Header("WWW-Authenticate"));
        }

        Assert.Equal(before, await user.WhatIsThereAsync());
    }

    [Fact]
    public async Task The_good_token_that_the_others_are_made_of_opens_the_routes()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("private.txt")).Text("id");

        foreach (var (method, path) in s_privateRoutes.Where(route => route.Method == HttpMethod.Get))
        {
            using var answer = await user.SendAsync(method, path.Replace("{id}", id, StringComparison.Ordinal));
            Assert.True(
                answer.StatusCode == (path is "events/replay/{id}" or "dead-letters/audit/{id}" or "commands/{id}" or "workflows/{id}" ? HttpStatusCode.NotFound : HttpStatusCode.OK),
                $"{method} {path} was answered with {(int)answer.StatusCode}.");
        }
    }

    [Fact]
    public void These_are_all_routes_of_the_app_but_the_login()
    {
        // As the host lists them at start: "DeleteFile: [DELETE] http://localhost:7071/api/files/{id}".
        var listed = gateway.Log
            .Select(line => ListedRoute().Match(line))
            .Where(match => match.Success)
            .SelectMany(match => match.Groups["methods"].Value.Split(',').Select(method => $"{method} {match.Groups["route"].Value}"));

        var tried = s_privateRoutes.Select(route => $"{route.Method} {route.Path.Split('?')[0]}").Append("POST auth/login");
        Assert.Equal(listed.Select(WithoutNames).Order(), tried.Select(WithoutNames).Order());

        static string WithoutNames(string route) =>
            RouteValue().Replace(route.Replace("dead-letters/audit", "dead-letters/{consumer}", StringComparison.Ordinal), "{}");
    }

    [Fact]
    public async Task A_user_may_do_nothing_that_is_an_administrator_s()
    {
        var user = gateway.NewUser("user");
        var other = gateway.NewUser("user");

        foreach (var (method, path) in s_administratorsRoutes)
        {
            await user.SendAsync(method, path.Replace("{id}", Guid.NewGuid().ToString(), StringComparison.Ordinal), ContentOf(method))
                .ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        }
        await user.GetAsync($"audit?userId={user.Id}").ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        await user.GetAsync($"orchestrator/context?userId={other.Id}").ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal(other.Id, (await gateway.NewUser("admin").GetAsync($"orchestrator/context?userId={other.Id}").JsonAsync()).Text("userId"));
    }

    private static StringContent? ContentOf(HttpMethod method) => method == HttpMethod.Get || method == HttpMethod.Delete
        ? null
        : new StringContent("""{"filename": "changed.txt"}""", Encoding.UTF8, "application/json");

    [GeneratedRegex(@"^\s*\w+: \[(?<methods>[A-Z,]+)\] http://[^/]+/api/(?<route>\S+)$")]
    private static partial Regex ListedRoute();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex RouteValue();
}
