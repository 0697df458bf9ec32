using System.Net;
using System.Text;
using McpFunctions.EndToEnd.Tests.Documentation;

namespace McpFunctions.EndToEnd.Tests.Auth;

public sealed class CredentialTests(GatewayApplication gateway)
{
    // The key of the sample settings, which everybody can read.
    private static readonly byte[] s_sampleKey = "local-only-signing-key-that-everybody-knows"u8.ToArray();

    // Each entry makes one thing wrong in a valid token.
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
        ["an unknown critical extension"] = token => $"Bearer {(token with { Critical = ["exp-policy"] }).Sign()}",
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
        ["no user"] = token => $"Bearer {(token with { Without = ["sub"] }).Sign()}",
        ["null for a user"] = token => $"Bearer {(token with { UserId = null! }).Sign()}",
        ["no role"] = token => $"Bearer {(token with { Without = ["role"] }).Sign()}",
    };

    public static TheoryData<string> Spoilt => [.. s_spoilt.Keys];

    [Theory]
    [MemberData(nameof(Spoilt))]
    public async Task No_private_route_accepts_an_invalid_credential(string what)
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("private.txt")).Text("id");
        var before = await user.WhatIsThereAsync();
        var credential = s_spoilt[what](new AccessToken { SigningKey = gateway.SigningKey, UserId = user.Id, Username = user.Username, SessionId = user.SessionId });

        foreach (var (method, path) in await PrivateRoutesAsync())
        {
            using var request = new HttpRequestMessage(method, path.Replace("{id}", id, StringComparison.Ordinal)) { Content = ContentOf(method) };
            if (credential is not null)
            {
                Assert.True(request.Headers.TryAddWithoutValidation("Authorization", credential));
            }
            using var response = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
            await Task.FromResult(response).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            Assert.StartsWith("Bearer", response.Header("WWW-Authenticate"), StringComparison.Ordinal);
        }

        Assert.Equal(before, await user.WhatIsThereAsync());
    }

    [Fact]
    public async Task The_valid_token_that_the_others_are_made_from_opens_the_routes()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("private.txt")).Text("id");

        foreach (var (method, path) in (await PrivateRoutesAsync()).Where(route => route.Method == HttpMethod.Get))
        {
            using var response = await user.SendAsync(method, path.Replace("{id}", id, StringComparison.Ordinal));
            var isThere = !path.Contains("{id}", StringComparison.Ordinal) || path.StartsWith("files/", StringComparison.Ordinal);
            // The stream wants a client that accepts one, and the count a filter.
            var expected = path == "mcp" ? HttpStatusCode.NotAcceptable : path == "events/count" ? HttpStatusCode.BadRequest : isThere ? HttpStatusCode.OK : HttpStatusCode.NotFound;
            Assert.True(response.StatusCode == expected, $"{method} {path} was answered with {(int)response.StatusCode}.");
        }
    }

    [Fact]
    public async Task Only_an_administrator_may_name_another_user()
    {
        var user = gateway.NewUser("user");
        var other = gateway.NewUser("user");

        await user.GetAsync($"audit?userId={user.Id}").ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        await user.GetAsync($"orchestrator/context?userId={other.Id}").ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        await user.GetAsync($"files?userId={other.Id}").ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal(other.Id, (await gateway.NewUser("admin").GetAsync($"orchestrator/context?userId={other.Id}").JsonAsync()).Text("userId"));
    }

    // The caller replaces {id} with the id of a file.
    private async Task<(HttpMethod Method, string Path)[]> PrivateRoutesAsync() =>
    [
        .. (await HttpFunctions.OfAsync(gateway))
            .Where(function => !RouteAccess.Of(function.Method, function.Route).IsAnonymous)
            .Select(function => (
                new HttpMethod(function.Method),
                function.Route.Replace("{consumer}", "audit", StringComparison.Ordinal).Replace("{eventId}", "{id}", StringComparison.Ordinal))),
    ];

    private static StringContent? ContentOf(HttpMethod method) => method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Delete
        ? null
        : new StringContent("""{"filename": "changed.txt"}""", Encoding.UTF8, "application/json");
}
