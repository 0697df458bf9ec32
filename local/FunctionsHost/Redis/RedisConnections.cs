using System.Collections.Concurrent;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;
using StackExchange.Redis;

namespace McpFunctions.Local.FunctionsHost.Redis;

/// <summary>One multiplexer for each connection setting. All functions with that setting share it.</summary>
internal sealed class RedisConnections(AppSettings settings, ILogger logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<IConnectionMultiplexer>>> _connections = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Checks the setting, so that the user learns of a missing one before anything connects.</summary>
    /// <exception cref="StartupException">The setting is missing, or is not a connection string.</exception>
    public void Require(string setting) => _ = OptionsOf(setting);

    /// <exception cref="ListenerStartException">Redis cannot be reached.</exception>
    public async Task<IConnectionMultiplexer> GetAsync(string setting)
    {
        var connection = _connections.GetOrAdd(setting, name => new Lazy<Task<IConnectionMultiplexer>>(() => ConnectAsync(name)));
        try
        {
            return await connection.Value;
        }
        catch (RedisConnectionException e)
        {
            _connections.TryRemove(KeyValuePair.Create(setting, connection)); // the next attempt opens a new connection
            throw new ListenerStartException($"Redis connection '{setting}': {e.Message}", e) { Remedy = RemedyFor(setting) };
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values.Where(connection => connection.Value.IsCompletedSuccessfully))
            await (await connection.Value).DisposeAsync();
    }

    private ConfigurationOptions OptionsOf(string setting)
    {
        var text = settings.Connection(setting);
        if (string.IsNullOrWhiteSpace(text))
            throw new StartupException(
                $"connection '{setting}' not found in provided configuration. "
                    + $"Set it in {LocalSettings.FileName} (Values) or in the environment."
            );

        try
        {
            return ConfigurationOptions.Parse(text);
        }
        catch (ArgumentException e)
        {
            throw new StartupException($"The setting '{setting}' is not a Redis connection string: {e.Message}", e);
        }
    }

    // Measured on the real host: with abortConnect=true (the default), no function works after its restart from such a failure.
    private string? RemedyFor(string setting) =>
        OptionsOf(setting).AbortOnConnectFail
            ? $"Redis was down when the host started, and '{setting}' lacks abortConnect=false. Like the real host, this host "
                + "does not recover from this. Restart it, and add abortConnect=false to the connection string."
            : null;

    private async Task<IConnectionMultiplexer> ConnectAsync(string setting)
    {
        var options = OptionsOf(setting);
        options.ClientName = $"AzureFunctionsRedisExtension.{setting}";
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(options);
        multiplexer.ConnectionFailed += (_, failure) =>
        {
            if (failure.ConnectionType == ConnectionType.Subscription)
                logger.RedisConnectionFailed(setting, failure.FailureType.ToString());
        };
        multiplexer.ConnectionRestored += (_, restored) =>
        {
            if (restored.ConnectionType == ConnectionType.Subscription)
                logger.RedisConnectionRestored(setting);
        };
        return multiplexer;
    }
}
