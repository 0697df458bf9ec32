using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.RateLimits;

public sealed class RateLimitTests
{
    private const int Limit = 5;

    // Far longer than the test takes, so that all requests count in one window.
    private static readonly Dictionary<string, string?> s_settings = new() { ["RateLimit__Requests"] = $"{Limit}", ["RateLimit__Window"] = "01:00:00" };

    [Fact]
    public async Task The_limit_counts_requests_on_all_instances_and_an_outage_of_Redis_refuses_nobody()
    {
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions { Name = "rate-limit", Settings = s_settings });
        await using var second = await GatewayApplication.StartAsync(new GatewayOptions { Name = "rate-limit-second", Beside = gateway, Settings = s_settings });
        var user = gateway.NewUser();
        var elsewhere = new GatewayUser(second.Http, user.Id, user.Username, user.Token, user.SessionId);

        // Requests are allowed up to the limit, on both instances together. A request that Redis did not count in time has no header.
        List<long> left = [];
        var sent = 0;
        await Eventually.UntilAsync(async () =>
        {
            using var response = await (sent++ % 2 == 0 ? user : elsewhere).GetAsync("auth/me");
            if (response.StatusCode == HttpStatusCode.OK && response.Headers.Contains("RateLimit"))
            {
                Assert.Equal($"\"credential\";q={Limit};w=3600", response.Header("RateLimit-Policy"));
                left.Add(long.Parse(Regex.Match(response.Header("RateLimit"), "^\"credential\";r=([0-9]+);t=[0-9]+$").Groups[1].Value, CultureInfo.InvariantCulture));
            }
            return response.StatusCode == HttpStatusCode.TooManyRequests;
        });
        Assert.InRange(left.Count, 1, Limit);
        Assert.Equal(left.Distinct().OrderDescending(), left);
        using var refused = await Eventually.GetAsync(() => user.GetAsync("auth/me"), response => response.StatusCode == HttpStatusCode.TooManyRequests);
        await Task.FromResult(refused).ProblemAsync(HttpStatusCode.TooManyRequests, "too-many-requests");
        Assert.Matches("^\"credential\";r=0;t=[0-9]+$", refused.Header("RateLimit"));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));

        // Other users and anonymous clients are not affected.
        await gateway.NewUser().GetAsync("auth/me").JsonAsync();
        using var anonymous = await gateway.Http.GetAsync("health");
        Assert.False(anonymous.Headers.Contains("RateLimit"));

        // An empty Redis starts to count again.
        await gateway.Redis.RestartAsync(keepData: false);
        await Eventually.UntilAsync(async () =>
        {
            using var response = await user.GetAsync("auth/me");
            return response.StatusCode == HttpStatusCode.OK;
        });
        await Eventually.UntilAsync(async () =>
        {
            using var response = await user.GetAsync("auth/me");
            return response.StatusCode == HttpStatusCode.TooManyRequests;
        });

        // With a frozen or stopped Redis, every request is allowed, without delay.
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
