using System.Diagnostics;
using System.Globalization;
using McpFunctions.Bench.Gateways;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Bench.Peers;

/// <summary>Three functions on one channel that do nothing, in the gateway's host: the rate that the platform itself can reach.</summary>
internal sealed class EmptyPeer : IAsyncDisposable
{
    private static readonly RedisChannel s_channel = RedisChannel.Literal("bench:empty");

    private readonly HostProcess host;
    private readonly ConnectionMultiplexer redis;

    private EmptyPeer(HostProcess host, ConnectionMultiplexer redis) => (this.host, this.redis) = (host, redis);

    /// <summary>The processes of the host and its worker.</summary>
    public IReadOnlyList<int> ProcessIds => host.ProcessIds;

    /// <summary>Starts it.</summary>
    public static async Task<EmptyPeer> StartAsync(string redis, string storage)
    {
        GatewayBuild build = GatewayBuild.Current.WithApp(Repository.PathOf("benchmarks", "peers", "EmptyFunctions"));
        return new EmptyPeer(await HostProcess.StartAsync(build, redis, storage), await ConnectionMultiplexer.ConnectAsync(redis));
    }

    /// <summary>Publishes messages at once, and waits until all three functions have had each.</summary>
    /// <returns>The time until then.</returns>
    public async Task<TimeSpan> BurstAsync(IReadOnlyList<BenchEvent> events)
    {
        long target = await HandledAsync() + events.Count;
        ISubscriber subscriber = redis.GetSubscriber();
        long begin = Stopwatch.GetTimestamp();
        foreach (BenchEvent[] chunk in events.Chunk(500))
        {
            await Task.WhenAll(chunk.Select(each => subscriber.PublishAsync(s_channel, each.Body)));
        }

        while (await HandledAsync() < target)
        {
            if (Stopwatch.GetElapsedTime(begin) > TimeSpan.FromMinutes(10))
            {
                throw new BenchException("the empty functions have not had all messages after 10 minutes");
            }

            await Task.Delay(20);
        }

        return Stopwatch.GetElapsedTime(begin);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        await host.DisposeAsync();
    }

    private async Task<long> HandledAsync() => long.Parse(await host.Http.GetStringAsync("health"), CultureInfo.InvariantCulture);
}
