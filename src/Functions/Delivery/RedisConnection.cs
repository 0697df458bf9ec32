using McpFunctions.Domain.Delivery;
using StackExchange.Redis;

namespace McpFunctions.Functions.Delivery;

/// <summary>The process's one connection to Redis. It connects in the background, from the start on and also after Redis was away.</summary>
public sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>The dependency's name in <see cref="DependencyUnavailableException"/>.</summary>
    public const string Dependency = "redis";

    /// <summary>The name of the setting with the connection string, for the app and for its Redis triggers.</summary>
    public const string Setting = "RedisConnection";

    /// <summary>How long Redis may take for one answer before the call counts as failed.</summary>
    public static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(2);

    private readonly Lazy<Task<ConnectionMultiplexer>> connecting;

    /// <summary>Reads the connection string; nothing is connected yet.</summary>
    /// <param name="connectionString">A StackExchange.Redis configuration.</param>
    public RedisConnection(string connectionString)
    {
        ConfigurationOptions options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        options.AsyncTimeout = (int)CommandTimeout.TotalMilliseconds;
        options.ClientName = "mcp-gateway";
        // A command that waits for a connection to come back would make its caller wait too; callers have better answers.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        connecting = new Lazy<Task<ConnectionMultiplexer>>(() => ConnectionMultiplexer.ConnectAsync(options));
    }

    /// <summary>Begins to connect, and does not wait for it.</summary>
    public void BeginConnecting() => _ = connecting.Value;

    /// <summary>Runs a call to Redis.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="call">The call, on the database.</param>
    /// <param name="cancellationToken">Ends the wait; what was sent already is done all the same.</param>
    /// <returns>What it gave.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached or does not answer in time.</exception>
    public async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        try
        {
            ConnectionMultiplexer multiplexer = await connecting.Value.WaitAsync(cancellationToken);
            return await call(multiplexer.GetDatabase()).WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            throw new DependencyUnavailableException(Dependency, exception);
        }
    }

    /// <summary>Listens to a channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Its messages; unsubscribe when done.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached or does not answer in time.</exception>
    public async Task<ChannelMessageQueue> SubscribeAsync(string channel, CancellationToken cancellationToken)
    {
        try
        {
            ConnectionMultiplexer multiplexer = await connecting.Value.WaitAsync(cancellationToken);
            Task<ChannelMessageQueue> subscribing = multiplexer.GetSubscriber().SubscribeAsync(RedisChannel.Literal(channel));
            try
            {
                return await subscribing.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // It still comes about, and nobody else would ever end it.
                _ = subscribing.ContinueWith(
                    static done => done.Result.UnsubscribeAsync(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
                throw;
            }
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            throw new DependencyUnavailableException(Dependency, exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (connecting is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await connecting.Value).DisposeAsync();
        }
    }

    private static bool IsOutage(Exception exception) => exception switch
    {
        RedisConnectionException or RedisTimeoutException or ObjectDisposedException => true,
        // Answers of a server that is not able to serve: starting, full, a replica, busy with a script.
        RedisServerException server => server.Message.Split(' ')[0] is "LOADING" or "OOM" or "READONLY" or "BUSY" or "MASTERDOWN" or "MISCONF" or "CLUSTERDOWN" or "TRYAGAIN",
        _ => false,
    };
}
