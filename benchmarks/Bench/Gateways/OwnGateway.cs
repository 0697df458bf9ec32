using McpFunctions.TestServers;

namespace McpFunctions.Bench.Gateways;

/// <summary>A gateway with servers of its own.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Redis">Its Redis.</param>
/// <param name="Proxy">The proxy in front of its table storage, if there is one.</param>
/// <param name="Storage">The connection string of its storage, past the proxy.</param>
/// <param name="Servers">Stops all of them.</param>
/// <param name="IsShared">Whether the other cases use it too, so that the end of a case does not stop it.</param>
internal sealed record OwnGateway(
    RunningGateway Gateway, RedisServer Redis, StorageProxy? Proxy, string Storage, Disposables Servers, bool IsShared) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => IsShared ? ValueTask.CompletedTask : Servers.DisposeAsync();
}
