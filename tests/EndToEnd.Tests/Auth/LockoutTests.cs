using System.Net;
using System.Net.Http.Json;
using McpFunctions.EndToEnd.Tests.Events;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Auth;

public sealed class LockoutTests(GatewayApplication gateway)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_five_wrong_passwords_a_name_is_locked_whether_a_user_has_it_or_not(bool exists)
    {
        var (id, username, password) = exists ? await gateway.NewAccountAsync() : ("", $"nobody-{Guid.NewGuid():N}", "the right one");
        await using var events = await EventListener.StartAsync(gateway);

        for (var tries = 0; tries < 5; tries++)
        {
            await gateway.PostLoginAsync(username, "a wrong password").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        }

        using var locked = await gateway.PostLoginAsync(username.ToUpperInvariant(), password);
        await Task.FromResult(locked).ProblemAsync(HttpStatusCode.TooManyRequests, "too-many-requests");
        Assert.InRange(locked.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));

        var failed = await events.WaitForAllAsync("auth.failed", "username", username, 5);
        Assert.Equal(5, failed.Length);
        Assert.All(failed, one =>
        {
            Assert.Equal("password", one.Text("payload", "method"));
            Assert.Equal(exists ? "wrong-password" : "unknown-name", one.Text("payload", "reason"));
            Assert.Equal(exists ? id : null, one.At("payload").TryGetProperty("userId", out var userId) ? userId.GetString() : null);
            Assert.DoesNotContain("a wrong password", one.ToString(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Parallel_guesses_do_not_evade_the_limit()
    {
        var (_, username, _) = await gateway.NewAccountAsync();

        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => gateway.PostLoginAsync(username, $"guess number {number}")));

        Assert.Equal(5, responses.Count(response => response.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Equal(15, responses.Count(response => response.StatusCode == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task Parallel_guesses_for_many_names_from_one_address_do_not_evade_the_limit()
    {
        var responses = await Task.WhenAll(Enumerable.Range(0, 300).Select(
            number => gateway.PostLoginAsync($"nobody-{Guid.NewGuid():N}", $"guess number {number}", "203.0.113.90")));

        Assert.Equal(20, responses.Count(response => response.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Equal(280, responses.Count(response => response.StatusCode == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task Without_a_proxy_all_clients_on_the_machine_count_as_one_address()
    {
        // A gateway of its own: this locks the address of the machine.
        await using var unproxied = await GatewayApplication.StartAsync(new GatewayOptions { Name = "without-proxy" });
        // Directly to the gateway, over IPv4 and IPv6.
        using var http = new HttpClient { Timeout = Eventually.DefaultDeadline };
        var responses = new List<HttpStatusCode>();
        for (var tries = 0; tries < 21; tries++)
        {
            using var response = await http.PostAsJsonAsync(
                new UriBuilder(unproxied.Address) { Host = tries % 2 == 0 ? "127.0.0.1" : "[::1]" }.Uri + "auth/login",
                new { username = $"nobody-{Guid.NewGuid():N}", password = "a wrong password" });
            responses.Add(response.StatusCode);
        }

        Assert.Equal([.. Enumerable.Repeat(HttpStatusCode.Unauthorized, 20), HttpStatusCode.TooManyRequests], responses);
    }

    [Fact]
    public async Task A_successful_login_resets_the_count_of_failures()
    {
        var (_, username, password) = await gateway.NewAccountAsync();

        for (var round = 0; round < 2; round++)
        {
            for (var tries = 0; tries < 4; tries++)
            {
                await gateway.PostLoginAsync(username, "a wrong password").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            }
            await gateway.LoginAsync(username, password);
        }
    }

    [Fact]
    public async Task An_address_from_which_many_names_are_tried_is_locked_and_others_are_not()
    {
        var (_, username, password) = await gateway.NewAccountAsync();
        // The client's own value, then the address that the proxy adds.
        const string attacker = "10.1.2.3, 203.0.113.77:";

        for (var tries = 0; tries < 20; tries++)
        {
            await gateway.PostLoginAsync($"nobody-{Guid.NewGuid():N}", "a wrong password", $"{attacker}{5000 + tries}")
                .ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        }

        await gateway.PostLoginAsync(username, password, $"{attacker}6000").ProblemAsync(HttpStatusCode.TooManyRequests, "too-many-requests");
        await gateway.PostLoginAsync(username, password, "203.0.113.77, 203.0.113.78").JsonAsync();
    }
}
