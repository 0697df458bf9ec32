using Azure.Data.Tables;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.TestServers;

public sealed class ServerTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Redis_that_is_killed_comes_back_on_its_port_with_its_data_or_empty(bool keepData)
    {
        await using var server = await RedisServer.StartAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.ConnectionStringOfTests);
        await redis.GetDatabase().StringSetAsync("key", "value");

        await server.KillAsync();
        await server.StartAgainAsync(keepData);

        await Eventually.UntilAsync(async () => await redis.GetDatabase().StringGetAsync("key") == (keepData ? "value" : RedisValue.Null));
    }

    [Fact]
    public async Task A_frozen_Redis_answers_when_it_is_thawed()
    {
        await using var server = await RedisServer.StartAsync();
        await using var other = await RedisServer.StartAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.ConnectionStringOfTests);
        await using var redisOfOther = await ConnectionMultiplexer.ConnectAsync(other.ConnectionStringOfTests);

        server.Freeze();
        var ping = redis.GetDatabase().PingAsync();
        // A server that is not frozen replies to many later commands, so a reply of the first would be here by now.
        for (var reply = 0; reply < 200; reply++)
        {
            await redisOfOther.GetDatabase().PingAsync();
        }
        Assert.False(ping.IsCompleted);
        server.Thaw();

        await ping.WaitAsync(Eventually.DefaultDeadline, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Azurite_on_disk_has_its_tables_again_after_a_polite_stop()
    {
        await using var server = await AzuriteServer.StartAsync(AzuriteStorage.OnDisk);
        var table = new TableClient(server.ConnectionString, "Things");
        await table.CreateAsync(TestContext.Current.CancellationToken);
        await table.AddEntityAsync(new TableEntity("partition", "row"), TestContext.Current.CancellationToken);

        await server.StopAsync();
        await server.StartAgainAsync();

        Assert.True((await table.GetEntityIfExistsAsync<TableEntity>("partition", "row", cancellationToken: TestContext.Current.CancellationToken)).HasValue);
    }

    [Fact]
    public async Task Servers_can_start_side_by_side()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RedisServer.StartAsync()));

        Assert.Equal(3, servers.Select(server => server.Port).Distinct().Count());
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }
}
