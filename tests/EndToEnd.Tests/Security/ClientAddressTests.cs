using System.Net;

namespace McpFunctions.EndToEnd.Tests.Security;

/// <summary>Which client addresses count as one address for failed logins.</summary>
public sealed class ClientAddressTests(GatewayApplication gateway)
{
    [Theory]
    // The client's own value stands before the address that the proxy adds.
    [InlineData("198.51.100.{0}, 203.0.113.101", "203.0.113.101", "203.0.113.101, 198.51.100.1")]
    [InlineData("203.0.113.102:{0}", "::ffff:203.0.113.102", "203.0.113.103")]
    // A customer with IPv6 can use every address of a /64.
    [InlineData("2001:db8:1:1::{0}", "2001:db8:1:1:ffff::1", "2001:db8:1:2::1")]
    [InlineData("[2001:db8:2:1::{0}]:{0}", "2001:db8:2:1:1::", "[2001:db8:2:2::1]:443")]
    public async Task Failures_count_together_for_all_addresses_that_one_client_can_choose(string attacker, string stillLocked, string another)
    {
        var (_, username, password) = await gateway.NewAccountAsync();

        for (var tries = 1; tries <= 20; tries++)
        {
            await gateway.PostLoginAsync($"nobody-{Guid.NewGuid():N}", "a wrong password", string.Format(null, attacker, tries))
                .ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        }

        await gateway.PostLoginAsync(username, password, string.Format(null, attacker, 99)).ProblemAsync(HttpStatusCode.TooManyRequests, "too-many-requests");
        await gateway.PostLoginAsync(username, password, stillLocked).ProblemAsync(HttpStatusCode.TooManyRequests, "too-many-requests");
        await gateway.PostLoginAsync(username, password, another).JsonAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("unknown")]
    [InlineData("203.0.113.104, \"><script>")]
    [InlineData("1.2.3.4.5.6, 999.999.999.999")]
    [InlineData("[::1")]
    public async Task An_invalid_address_locks_nobody_and_is_no_error(string address)
    {
        var (_, username, password) = await gateway.NewAccountAsync();

        await gateway.PostLoginAsync(username, "a wrong password", address).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await gateway.PostLoginAsync(username, password, address).JsonAsync();
    }
}
