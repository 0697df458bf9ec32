using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.RateLimits;

public sealed class RateLimitTests
{
    private const int Limit = 5;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(120);

    // Far longer than the test takes: whatever it counts is counted in one window.
    private static readonly Dictionary<string, string?> s_settings = new() { ["RateLimit__Requests"] = $"{Limit}", ["RateLimit__Window"] = "01:00:00" };

    [Fact]
    public async Task Each_credential_may_send_so_many_requests_on_all_instances_together_and_Redis_never_stands_in_the_way()
    {
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions { Name = "rate-limit", Settings = s_settings });
        await using var second = await GatewayApplication.StartAsync(new GatewayOptions { Name = "rate-limit-second", Beside = gateway, Settings = s_settings });
        var user = gateway.NewUser();
        var elsewhere = new GatewayUser(second.Http, user.Id, user.Username, user.Token, user.SessionId);

        // Allowed until there were too many, on whichever instance. One that Redis did not count in time says nothing of it.
        List<long> left = [];
        var sent = 0;
        await Eventually.UntilAsync(async () =>
        {
            using var answer = await (sent++ % 2 == 0 ? user : elsewhere).GetAsync("auth/me");
            if (answer.StatusCode == HttpStatusCode.OK && answer.Headers.Contains("RateLimit"))
            {
                Assert.Equal($"\"credential\";q={Limit};w=3600", answer.Header("RateLimit-Policy"));
                left.Add(long.Parse(Regex.Match(answer.Header("RateLimit"), "^\"credential\";r=([0-9]+);t=[0-9]+$").Groups[1].Value, CultureInfo.InvariantCulture));
            }
            return answer.StatusCode == HttpStatusCode.TooManyRequests;
        }, s_timeout);
        Assert.InRange(left.Count, 1, Limit);
        Assert.Equal(left.Distinct().OrderDescending(), left);
        using var refused = await Eventually.GetAsync(() => user.GetAsync("auth/me"), answer => answer.StatusCode == HttpStatusCode.TooManyRequests, s_timeout);
        await Task.FromResult(refused).ProblemAsync(HttpStatusCode.TooManyRequests, "too-many-requests");
        Assert.Matches("^\"credential\";r=0;t=[0-9]+$", refused.Header("RateLimit"));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));

        // Others, and those who are nobody yet, are not concerned.
        await gateway.NewUser().GetAsync("auth/me").JsonAsync();
        using var anonymous = await gateway.Http.GetAsync("health");
        Assert.False(anonymous.Headers.Contains("RateLimit"));

        // A Redis that was wiped counts anew.
        await gateway.Redis.RestartAsync(keepData: false);
        await Eventually.UntilAsync(async () =>
        {
            using var answer = await user.GetAsync("auth/me");
            return answer.StatusCode == HttpStatusCode.OK;
        }, s_timeout);
        await Eventually.UntilAsync(async () =>
        {
            using var answer = await user.GetAsync("auth/me");
            return answer.StatusCode == HttpStatusCode.TooManyRequests;
        }, s_timeout);

        // One that stands still, or is away, allows everything, at once.
        gateway.Redis.Freeze();
        try
        {
            for (var number = 0; number < 2 * Limit; number++)
            {
                await user.GetAsync("auth/me").JsonAsync();
            }
        }
        finally
        {
            gateway.Redis.Thaw();
        }
        await gateway.Redis.StopAsync();
        await user.GetAsync("auth/me").JsonAsync();
    }
}
