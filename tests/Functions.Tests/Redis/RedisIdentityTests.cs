using System.Globalization;
using Azure.Core;
using Azure.Identity;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Redis;
using McpFunctions.TestServers;
using Microsoft.Extensions.Logging.Testing;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Redis;

/// <summary>Connections that sign in with tokens. The tokens are the passwords of a user of a real Redis.</summary>
public sealed class RedisIdentityTests : IAsyncLifetime
{
    private const string User = "0a1b2c3d-0000-0000-0000-000000000000";

    private readonly FakeLogger<RedisIdentity> log = new();
    private readonly Tokens tokens = new();
    private RedisServer server = null!;
    private ConnectionMultiplexer administrator = null!;
    private RedisIdentity identity = null!;

    private IEnumerable<string> Lines => log.Collector.GetSnapshot().Select(record => record.Message);

    public async ValueTask InitializeAsync()
    {
        server = await RedisServer.StartAsync();
        administrator = await Stores.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        // Nobody is let in without a user. This connection stays.
        await ExecuteAsync("ACL", "SETUSER", "default", "off");
        identity = new RedisIdentity(User, tokens, TimeProvider.System, log);
    }

    public async ValueTask DisposeAsync()
    {
        await identity.DisposeAsync();
        await administrator.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_living_connection_signs_in_again_with_each_new_token()
    {
        await AllowAsync("first");
        tokens.Next = ("first", TimeSpan.FromSeconds(2));
        await using RedisConnection redis = Connect();
        await Stores.PingAsync(redis);
        long connections = redis.Connections;
        long client = await ClientIdAsync(redis);
        long calls = await AuthCallsAsync();

        await AllowAsync("second");
        tokens.Next = ("second", TimeSpan.FromHours(1));
        await Eventually.UntilAsync(async () => await AuthCallsAsync() > calls);

        Assert.Equal(client, await ClientIdAsync(redis));
        Assert.Equal(connections, redis.Connections);
        AssertLogHoldsNoToken();
    }

    [Fact]
    public async Task A_connection_that_Redis_ends_with_its_token_comes_back_with_the_next_one()
    {
        await AllowAsync("first");
        tokens.Next = ("first", TimeSpan.FromSeconds(2));
        await using RedisConnection redis = Connect();
        await Stores.PingAsync(redis);
        long client = await ClientIdAsync(redis);

        await AllowAsync("second");
        tokens.Next = ("second", TimeSpan.FromHours(1));
        // As Redis in Azure does at the end of a token.
        await ExecuteAsync("ACL", "SETUSER", User, "resetpass", $">{Tokens.TextOf("second")}");
        await ExecuteAsync("CLIENT", "KILL", "USER", User);

        await Eventually.UntilAsync(async () => await ClientIdAsync(redis) != client);
        AssertLogHoldsNoToken();
    }

    [Fact]
    public async Task Without_a_token_Redis_counts_as_down_until_the_identity_gets_one()
    {
        await AllowAsync("first");
        tokens.Next = null;
        await using RedisConnection redis = Connect();

        DependencyUnavailableException outage = await Assert.ThrowsAsync<DependencyUnavailableException>(() => UseAsync(redis));
        Assert.Equal(RedisConnection.Dependency, outage.Dependency);
        string warning = Assert.Single(Lines, line => line.Contains("identity", StringComparison.Ordinal));
        Assert.StartsWith("The identity of the gateway gets no token for Redis (AuthenticationFailedException, no identity here)", warning, StringComparison.Ordinal);

        tokens.Next = ("first", TimeSpan.FromHours(1));
        await Eventually.UntilAsync(async () =>
        {
            await UseAsync(redis);
            return true;
        });
        Assert.Contains("The identity of the gateway gets tokens for Redis again.", Lines);
        AssertLogHoldsNoToken();
    }

    [Fact]
    public async Task A_token_that_Redis_refuses_counts_as_an_outage_and_is_not_logged()
    {
        await AllowAsync("other");
        tokens.Next = ("first", TimeSpan.FromHours(1));
        await using RedisConnection redis = Connect();

        DependencyUnavailableException outage = await Assert.ThrowsAsync<DependencyUnavailableException>(() => UseAsync(redis));
        Assert.DoesNotContain(Tokens.TextOf("first"), outage.ToString(), StringComparison.Ordinal);
        AssertLogHoldsNoToken();
    }

    [Fact]
    public void A_connection_has_TLS_and_the_options_of_its_service()
    {
        var managed = ConfigurationOptions.Parse("contoso.westeurope.redis.azure.net:10000");
        identity.ApplyTo(managed);
        Assert.Equal((User, true, "", RedisProtocol.Resp3), (managed.User, managed.Ssl, managed.ConfigurationChannel, managed.Protocol));

        var other = ConfigurationOptions.Parse("redis.test");
        identity.ApplyTo(other);
        other.SetDefaultPorts();
        Assert.Equal((User, true, "redis.test:6380"), (other.User, other.Ssl, EndPointCollection.ToString(other.EndPoints[0])));
    }

    // The servers of these tests have no certificate; the end-to-end tests use TLS.
    private RedisConnection Connect() => new($"127.0.0.1:{server.Port},ssl=false", Stores.CallTimeout, Stores.CallTimeout, log, identity);

    private static Task<TimeSpan> UseAsync(RedisConnection redis) => redis.RunAsync(database => database.PingAsync(), TestContext.Current.CancellationToken);

    private static async Task<long> ClientIdAsync(RedisConnection redis) =>
        (long)await redis.RunAsync(database => database.ExecuteAsync("CLIENT", "ID"), TestContext.Current.CancellationToken);

    private Task<RedisResult> AllowAsync(string name) => ExecuteAsync("ACL", "SETUSER", User, "on", $">{Tokens.TextOf(name)}", "~*", "&*", "+@all");

    private Task<RedisResult> ExecuteAsync(string command, params object[] arguments) => administrator.GetServers()[0].ExecuteAsync(command, arguments);

    private async Task<long> AuthCallsAsync()
    {
        IGrouping<string, KeyValuePair<string, string>>[] info = await administrator.GetServers()[0].InfoAsync("commandstats");
        string? auth = info.SelectMany(section => section).FirstOrDefault(entry => entry.Key == "cmdstat_auth").Value;
        return auth is null ? 0 : long.Parse(auth.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture);
    }

    private void AssertLogHoldsNoToken() => Assert.DoesNotContain(
        log.Collector.GetSnapshot(), record => $"{record.Message} {record.Exception}".Contains(Tokens.Mark, StringComparison.Ordinal));

    private sealed class Tokens : TokenCredential
    {
        public const string Mark = "token-that-no-log-may-hold";

        public (string Name, TimeSpan Lifetime)? Next { get; set; }

        public static string TextOf(string name) => $"{Mark}-{name}";

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Assert.Equal(["https://redis.azure.com/.default"], requestContext.Scopes);
            return Next is { } next ? new AccessToken(TextOf(next.Name), DateTimeOffset.UtcNow + next.Lifetime) : throw new AuthenticationFailedException("no identity here");
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
