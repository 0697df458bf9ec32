using System.Net;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Security;

public sealed class LoginLoadTests(GatewayApplication gateway)
{
    [Fact]
    public async Task With_300_parallel_logins_the_queue_is_short_and_the_health_route_still_responds()
    {
        await using var usual = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "login-load",
            Beside = gateway,
            // The defaults: the tests' own settings let every login wait. One hash at a time, so that a fast machine refuses some too.
            Settings = new Dictionary<string, string?> { ["Auth__MaxWaitingHashes"] = null, ["Auth__PasswordIterations"] = null, ["Auth__MaxConcurrentHashes"] = "1" },
        });

        // The first check of a gateway that has just started may time out on a busy machine.
        await Eventually.UntilAsync(async () => (await usual.Http.GetAsync("health", TestContext.Current.CancellationToken)).IsSuccessStatusCode);

        // Each has a name and an address of its own, so only the processor limits them.
        var logins = Task.WhenAll(Enumerable.Range(0, 300).Select(
            number => usual.PostLoginAsync($"nobody-{Guid.NewGuid():N}", "a wrong password", $"203.0.113.{number % 250}, 198.51.{number / 250}.{number % 250}")));
        List<HttpStatusCode> health = [];
        do
        {
            using var response = await usual.Http.GetAsync("health", TestContext.Current.CancellationToken);
            health.Add(response.StatusCode);
        }
        while (!logins.IsCompleted);

        var responses = await logins;
        // On a busy machine a check of Redis or storage may time out now and then. The logins would delay them all.
        Assert.InRange(health.Count(status => status != HttpStatusCode.OK), 0, (health.Count / 20) + 2);
        Assert.Contains(responses, response => response.StatusCode == HttpStatusCode.Unauthorized);
        var refused = responses.Where(response => response.StatusCode != HttpStatusCode.Unauthorized).ToArray();
        Assert.Contains(refused, response => response.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.All(refused, response => Assert.True(response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable, $"{response.StatusCode}"));
        Assert.All(refused, response => Assert.NotNull(response.Headers.RetryAfter));
    }
}
