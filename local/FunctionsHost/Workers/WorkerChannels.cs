using System.Collections.Concurrent;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>The channels of started workers by worker id. Only these workers may call.</summary>
internal sealed class WorkerChannels
{
    private readonly ConcurrentDictionary<string, WorkerChannel> _expected = new();

    public void Expect(WorkerChannel channel) => _expected[channel.WorkerId] = channel;

    public void Forget(WorkerChannel channel) => _expected.TryRemove(channel.WorkerId, out _);

    /// <summary>The channel of a worker at its first call. Null for any other caller.</summary>
    public WorkerChannel? Claim(string workerId) => _expected.TryRemove(workerId, out var channel) ? channel : null;
}
