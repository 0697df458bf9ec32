namespace McpFunctions.Functions.Redis;

/// <summary>The connection on which the journals are read. It is separate, so that large batches never delay a request's publish.</summary>
/// <param name="connection">The connection.</param>
public sealed class PumpRedis(RedisConnection connection) : IAsyncDisposable
{
    /// <summary>The connection.</summary>
    public RedisConnection Connection => connection;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
