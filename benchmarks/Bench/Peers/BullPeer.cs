using System.Text;
using System.Text.Json;
using McpFunctions.Bench.Gateways;

namespace McpFunctions.Bench.Peers;

/// <summary>The gateway's three effects by BullMQ.</summary>
/// <param name="node">The process.</param>
internal sealed class BullPeer(NodePeer node) : IAsyncDisposable
{
    /// <summary>Starts it.</summary>
    /// <param name="redisPort">The port of Redis.</param>
    /// <param name="storage">The connection string of storage.</param>
    /// <param name="isGrouped">Whether the audit worker collects the rows of concurrent jobs.</param>
    public static async Task<BullPeer> StartAsync(int redisPort, string storage, bool isGrouped) =>
        new(await NodePeer.StartAsync("bullmq.mjs", $"{redisPort}", storage, isGrouped ? "group" : "one"));

    /// <summary>Publishes events at once, and waits until all effects are there.</summary>
    /// <returns>The time until the last effect.</returns>
    public async Task<TimeSpan> BurstAsync(IEnumerable<BenchEvent> events)
    {
        await node.RunAsync("events", string.Join('\n', events.Select(each =>
            $$"""{"consumers":{{JsonSerializer.Serialize(each.Consumers)}},"event":{{Encoding.UTF8.GetString(each.Body)}}}""")));
        JsonElement seconds = await node.RunAsync("burst");
        return TimeSpan.FromSeconds(seconds.EnumerateObject().Max(each => each.Value.GetDouble()));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => node.DisposeAsync();
}
