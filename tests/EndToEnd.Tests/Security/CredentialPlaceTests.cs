using System.Net;
using System.Text;

namespace McpFunctions.EndToEnd.Tests.Security;

/// <summary>
/// A credential counts only in a header that no browser adds by itself: another site can make a browser send requests here,
/// but never as the user.
/// </summary>
public sealed class CredentialPlaceTests(GatewayApplication gateway)
{
    private static readonly string[] s_readFiles = ["files:read", "files:write"];

    [Fact]
    public async Task A_token_or_key_in_a_cookie_the_query_or_a_form_is_no_credential()
    {
        var user = await gateway.NewSignedInAsync();
        var issued = await user.PostAsync("apikeys", new { name = "key", scopes = s_readFiles }).JsonAsync(HttpStatusCode.Created);
        var key = gateway.Confidential(issued.Text("key"));
        var form = $"access_token={user.Token}&Authorization=Bearer+{user.Token}&x-api-key={key}";

        (string Path, string? Header, string Value)[] places =
        [
            ("files", "Cookie", $"Authorization=Bearer {user.Token}; access_token={user.Token}; token={user.Token}; x-api-key={key}"),
            ($"files?access_token={user.Token}", null, ""),
            ($"files?Authorization=Bearer%20{user.Token}", null, ""),
            ($"files?x-api-key={key}&api_key={key}&code={key}", null, ""),
            ("files", "X-Authorization", $"Bearer {user.Token}"),
            ("files", "Proxy-Authorization", $"Bearer {user.Token}"),
            ("files", "x-api-key", user.Token),
            ("files", "Authorization", $"Bearer {key}"),
            ("files", "Authorization", $"ApiKey {key}"),
            ("files", "Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user.Username}:{user.Token}"))}"),
        ];
        foreach (var (path, header, value) in places)
        {
            using var get = new HttpRequestMessage(HttpMethod.Get, path);
            using var post = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded") };
            foreach (var request in new[] { get, post })
            {
                if (header is not null)
                {
                    Assert.True(request.Headers.TryAddWithoutValidation(header, value));
                }
                await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            }
        }
        // Two credentials at once are refused: no rule says which of them counts.
        await user.GetAsync("files", ("x-api-key", key)).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Empty(await user.FilesAsync());
    }

    [Fact]
    public async Task A_login_sets_no_cookie_and_no_cache_may_keep_its_response()
    {
        var (_, username, password) = await gateway.NewAccountAsync();

        using var login = await gateway.PostLoginAsync(username, password);

        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
        Assert.False(login.Headers.Contains("Set-Cookie"));
        Assert.Equal("no-store", login.Header("Cache-Control"));
    }
}
