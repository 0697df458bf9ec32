using System.Diagnostics;
using System.Net;

namespace McpFunctions.EndToEnd.Tests.Security;

public sealed class LoginTimingTests(GatewayApplication gateway)
{
    private const int Tries = 3;

    [Fact]
    public async Task An_unknown_name_costs_the_same_work_as_a_wrong_password()
    {
        // So much work that the rest of a login, and other processes, hardly count.
        await using var slow = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "login-timing",
            Beside = gateway,
            Settings = new Dictionary<string, string?> { ["Auth__PasswordIterations"] = "800000" },
        });
        var known = await slow.NewAccountAsync();
        List<TimeSpan> ofKnown = [], ofUnknown = [];

        for (var tries = 0; tries < Tries; tries++)
        {
            ofKnown.Add(await TimeAsync(known.Username));
            ofUnknown.Add(await TimeAsync($"nobody-{Guid.NewGuid():N}"));
        }

        // Other processes affect the shortest times least. Without the work for unknown names, their time would be a small
        // part of the other one.
        Assert.True(
            ofUnknown.Min() > ofKnown.Min() / 2 && ofKnown.Min() > ofUnknown.Min() / 2,
            $"A wrong password takes {ofKnown.Min().TotalMilliseconds:0} ms, an unknown name {ofUnknown.Min().TotalMilliseconds:0} ms.");

        async Task<TimeSpan> TimeAsync(string username)
        {
            var started = Stopwatch.GetTimestamp();
            await slow.PostLoginAsync(username, "a wrong password").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            return Stopwatch.GetElapsedTime(started);
        }
    }
}
