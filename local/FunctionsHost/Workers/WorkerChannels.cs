using System.Collections.Concurrent;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>The channels of the workers that were started, by the id that each was given: only those may call.</summary>
internal sealed class WorkerChannels
{
    private readonly ConcurrentDictionary<string, WorkerChannel> _expected = new();

    public void Expect(WorkerChannel channel) => _expected[channel.WorkerId] = channel;

    public void Forget(WorkerChannel channel) => _expected.TryRemove(channel.WorkerId, out _);

    /// <summary>The channel of a worker that calls for the first time; null for anyone else.</summary>
    public WorkerChannel? Claim(string workerId) => _expected.TryRemove(workerId, out var channel) ? channel : null;
}
