using System.Collections.Concurrent;
using Azure.Identity;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;
using StackExchange.Redis;

namespace McpFunctions.Local.FunctionsHost.Redis;

/// <summary>One multiplexer for each connection setting. All functions with that setting share it.</summary>
internal sealed class RedisConnections(AppSettings settings, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly ConcurrentBag<RedisTokens> _tokens = [];
    private readonly ConcurrentDictionary<string, Lazy<Task<IConnectionMultiplexer>>> _connections = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Checks the setting, so that the user learns of a missing one before anything connects.</summary>
    /// <exception cref="StartupException">The setting is missing, or is neither a connection string nor an identity.</exception>
    public void Require(string setting)
    {
        if (OptionsOf(setting).PrincipalId is not null)
            _ = Credentials.Of(settings.Connection(setting));
    }

    /// <exception cref="ListenerStartException">Redis cannot be reached.</exception>
    public async Task<IConnectionMultiplexer> GetAsync(string setting)
    {
        var connection = _connections.GetOrAdd(setting, name => new Lazy<Task<IConnectionMultiplexer>>(() => ConnectAsync(name)));
        try
        {
            return await connection.Value;
        }
        catch (Exception e) when (e is RedisConnectionException or AuthenticationFailedException)
        {
            _connections.TryRemove(KeyValuePair.Create(setting, connection)); // the next attempt opens a new connection
            throw new ListenerStartException($"Redis connection '{setting}': {e.Message}", e) { Remedy = RemedyFor(setting) };
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var tokens in _tokens)
            await tokens.DisposeAsync();
        foreach (var connection in _connections.Values.Where(connection => connection.Value.IsCompletedSuccessfully))
            await (await connection.Value).DisposeAsync();
    }

    // As the real host's extension does: a connection string, or the name of a host and the identity that signs in there.
    private (ConfigurationOptions Options, string? PrincipalId) OptionsOf(string setting)
    {
        var connection = settings.Connection(setting);
        var (text, host, principalId) = (connection.Value, connection["redisHostName"], connection["principalId"]);
        var isIdentity = !string.IsNullOrWhiteSpace(host);
        if (string.IsNullOrWhiteSpace(text) && !isIdentity)
            throw new StartupException(
                $"connection '{setting}' not found in provided configuration. "
                    + $"Set it in {LocalSettings.FileName} (Values) or in the environment."
            );
        if (!string.IsNullOrWhiteSpace(text) && isIdentity)
            throw new StartupException(
                $"Found both connection '{setting}' and '{setting}__redisHostName' in provided configuration. Remove one of them."
            );
        if (isIdentity && string.IsNullOrWhiteSpace(principalId))
            throw new StartupException($"'{setting}__principalId' is not set: the object id of the identity, which is its name in Redis.");

        try
        {
            return (ConfigurationOptions.Parse((isIdentity ? host : text)!), isIdentity ? principalId : null);
        }
        catch (ArgumentException e)
        {
            throw new StartupException($"The setting '{setting}' is not a Redis connection string: {e.Message}", e);
        }
    }

    // Measured on the real host: with abortConnect=true (the default), no function works after its restart from such a failure.
    private string? RemedyFor(string setting) =>
        OptionsOf(setting) is { PrincipalId: null, Options.AbortOnConnectFail: true }
            ? $"Redis was down when the host started, and '{setting}' lacks abortConnect=false. Like the real host, this host "
                + "does not recover from this. Restart it, and add abortConnect=false to the connection string."
            : null;

    private async Task<IConnectionMultiplexer> ConnectAsync(string setting)
    {
        var (options, principalId) = OptionsOf(setting);
        RedisTokens? tokens = null;
        if (principalId is not null)
        {
            tokens = new RedisTokens(setting, principalId, Credentials.Of(settings.Connection(setting)), time, logger);
            await tokens.StartAsync();
            options.Defaults = tokens;
        }

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
        if (tokens is not null)
        {
            tokens.Renew(multiplexer);
            _tokens.Add(tokens);
        }

        return multiplexer;
    }
}
