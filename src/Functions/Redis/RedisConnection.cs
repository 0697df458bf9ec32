using System.Net;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using StackExchange.Redis;

namespace McpFunctions.Functions.Redis;

/// <summary>A connection of the process to Redis. It connects in the background, at start and after an outage.</summary>
public sealed partial class RedisConnection : IAsyncDisposable
{
    /// <summary>The dependency's name in <see cref="DependencyUnavailableException"/>.</summary>
    public const string Dependency = "redis";

    /// <summary>The name of the setting with the connection string, for the app and for its Redis triggers.</summary>
    public const string Setting = "RedisConnection";

    /// <summary>The time after which a call to Redis counts as failed.</summary>
    public static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait of <see cref="RunBestEffortAsync"/>.</summary>
    public static readonly TimeSpan QuickTimeout = TimeSpan.FromMilliseconds(250);

    private const int MaxConfigCheckSeconds = 5;

    private readonly Lazy<Task<ConnectionMultiplexer>> connecting;
    private readonly ILogger logger;
    private readonly RedisIdentity? identity;
    private readonly string endpoints;
    private readonly (string Host, int? Port) address;
    private bool isLost;
    private bool isFailing;
    private long connections;

    // The circuit breaker saves requests the wait while Redis is down. It opens after a few failures and tries again soon.
    private readonly ResiliencePipeline quickly;

    /// <summary>Reads the connection string. It connects later.</summary>
    /// <param name="connectionString">A StackExchange.Redis configuration.</param>
    /// <param name="logger">Logs when the connection is lost and when it is back. Null for a second connection, which tells nothing new.</param>
    /// <param name="identity">Signs in, instead of the user and password of the connection string.</param>
    public RedisConnection(string connectionString, ILogger? logger = null, RedisIdentity? identity = null)
        : this(connectionString, CommandTimeout, QuickTimeout, logger, identity)
    {
    }

    /// <summary>Reads the connection string, with other limits than the app's. A test on a slow machine needs longer ones.</summary>
    internal RedisConnection(string connectionString, TimeSpan commandTimeout, TimeSpan quickTimeout, ILogger? logger = null, RedisIdentity? identity = null)
    {
        this.identity = identity;
        this.logger = logger ?? NullLogger<RedisConnection>.Instance;
        ConfigurationOptions options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        options.AsyncTimeout = (int)commandTimeout.TotalMilliseconds;
        // How often the client looks for the new primary after a failover. The default of 60 seconds would delay recovery.
        options.ConfigCheckSeconds = Math.Min(options.ConfigCheckSeconds, MaxConfigCheckSeconds);
        options.ClientName = "mcp-gateway";
        endpoints = string.Join(", ", options.EndPoints.Select(EndPointCollection.ToString));
        address = options.EndPoints.FirstOrDefault() switch
        {
            DnsEndPoint dns => (dns.Host, dns.Port),
            IPEndPoint ip => ($"{ip.Address}", ip.Port),
            var other => ($"{other}", null),
        };
        // Fail at once while disconnected. Callers must not wait for the connection.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        connecting = new Lazy<Task<ConnectionMultiplexer>>(() => ConnectAsync(options));
        quickly = new ResiliencePipelineBuilder()
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = 5,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = TimeSpan.FromSeconds(2),
            })
            .AddTimeout(quickTimeout)
            .Build();
    }

    /// <summary>The number of reconnects.</summary>
    public long Connections => Volatile.Read(ref connections);

    /// <summary>Begins to connect without waiting.</summary>
    public void BeginConnecting() => _ = connecting.Value;

    /// <summary>Runs a call to Redis.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="command">The Redis command of the call, for its span and its duration.</param>
    /// <param name="call">The call, on the database.</param>
    /// <param name="cancellationToken">Cancels the wait. Redis still does what was sent.</param>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached or does not answer in time.</exception>
    /// <exception cref="RedisServerException">Redis answers this command with an error.</exception>
    public Task<T> RunAsync<T>(string command, Func<IDatabase, Task<T>> call, CancellationToken cancellationToken) =>
        SendAsync(command, null, call, cancellationToken);

    /// <summary>Sends a command for each of several things, all at once.</summary>
    /// <returns>The results, in the same order.</returns>
    /// <inheritdoc cref="RunAsync{T}(string, Func{IDatabase, Task{T}}, CancellationToken)"/>
    internal Task<T[]> RunEachAsync<TEach, T>(string command, IEnumerable<TEach> each, Func<IBatch, TEach, Task<T>> call, CancellationToken cancellationToken) =>
        RunAsync(
            command,
            database =>
            {
                IBatch batch = database.CreateBatch();
                Task<T>[] calls = [.. each.Select(one => call(batch, one))];
                batch.Execute();
                return Task.WhenAll(calls);
            },
            cancellationToken);

    /// <summary>Runs a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="cancellationToken">Cancels the wait. Redis still does what was sent.</param>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached or does not answer in time.</exception>
    /// <exception cref="RedisServerException">Redis answers with an error.</exception>
    internal Task<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken) =>
        RunAsync(script, keys, values, result => result, cancellationToken);

    /// <summary>Runs a script that catches errors and reports them in its result.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="read">Reads its result, and throws an error that the result reports.</param>
    /// <param name="cancellationToken">Cancels the wait. Redis still does what was sent.</param>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached or does not answer in time.</exception>
    /// <exception cref="RedisServerException">Redis answers with an error.</exception>
    internal Task<T> RunAsync<T>(RedisScript script, RedisKey[] keys, RedisValue[] values, Func<RedisResult, T> read, CancellationToken cancellationToken) =>
        SendAsync("EVALSHA", script.Name, async database => read(await database.ScriptEvaluateAsync(script.Text, keys, values)), cancellationToken);

    /// <summary>Runs a call to Redis without a span: a probe of its commands.</summary>
    /// <inheritdoc cref="RunAsync{T}(string, Func{IDatabase, Task{T}}, CancellationToken)"/>
    internal Task<T> RunAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellationToken) => SendAsync(null, null, call, cancellationToken);

    /// <summary>Runs a script that may fail quietly. It waits for <see cref="QuickTimeout"/> at most, and not at all while Redis is down.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="read">Reads its result, and throws an error that the result reports.</param>
    /// <returns>The result; null if Redis did not answer in time, although it may still have run the script.</returns>
    internal async Task<T?> RunBestEffortAsync<T>(RedisScript script, RedisKey[] keys, RedisValue[] values, Func<RedisResult, T> read)
        where T : class
    {
        try
        {
            T response = await quickly.ExecuteAsync(async token => await RunAsync(script, keys, values, read, token));
            if (Interlocked.Exchange(ref isFailing, false))
            {
                LogTakesAgain();
            }

            return response;
        }
        catch (Exception exception) when (IsFailure(exception) || exception is TimeoutRejectedException or BrokenCircuitException)
        {
            if (!Interlocked.Exchange(ref isFailing, true))
            {
                LogTakesNone(DependencyUnavailableException.ReasonOf(exception));
            }

            return null;
        }
    }

    /// <summary>
    /// Asks Redis for its time, on the node that holds the journals, also after a failover. Its clock makes the ids of their
    /// entries.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The time in UTC.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached or does not answer in time.</exception>
    public async Task<DateTimeOffset> TimeAsync(CancellationToken cancellationToken)
    {
        // A script runs on the node of its key. The TIME command would run on any node.
        RedisResult time = await RunAsync("TIME", database => database.ScriptEvaluateAsync("return redis.call('TIME')", [EventKeys.Live]), cancellationToken);
        return DateTimeOffset.FromUnixTimeSeconds((long)time[0]).AddTicks((long)time[1] * TimeSpan.TicksPerMicrosecond);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (connecting is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await connecting.Value).DisposeAsync();
        }
    }

    // A call without a command has no span.
    private async Task<T> SendAsync<T>(string? command, string? script, Func<IDatabase, Task<T>> call, CancellationToken cancellationToken)
    {
        using DependencyCall? tracked = command is null
            ? null
            : DependencyCall.Begin(Dependency, command, script is null ? null : ("db.stored_procedure.name", script), address.Host, address.Port);
        try
        {
            ConnectionMultiplexer multiplexer = await connecting.Value.WaitAsync(cancellationToken);
            return await call(multiplexer.GetDatabase()).WaitAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            tracked?.Fail(exception.GetType().FullName!, exception is RedisServerException error ? RedisErrors.CodeOf(error) : null);
            if (IsOutage(exception))
            {
                throw new DependencyUnavailableException(Dependency, exception);
            }

            throw;
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions options)
    {
        ConnectionMultiplexer multiplexer = await (identity?.ConnectAsync(options) ?? ConnectionMultiplexer.ConnectAsync(options));
        multiplexer.ConnectionFailed += (_, failure) =>
        {
            if (failure.ConnectionType == ConnectionType.Interactive)
            {
                Lost(failure.FailureType.ToString());
            }
        };
        multiplexer.ConnectionRestored += (_, restored) =>
        {
            if (restored.ConnectionType != ConnectionType.Interactive)
            {
                return;
            }

            Interlocked.Increment(ref connections);
            if (Interlocked.Exchange(ref isLost, false))
            {
                LogBack();
            }
        };
        if (!multiplexer.IsConnected)
        {
            Lost("it was not there at the start");
        }

        return multiplexer;
    }

    // Every attempt to connect fails again. Log it once.
    private void Lost(string reason)
    {
        if (!Interlocked.Exchange(ref isLost, true))
        {
            LogLost(endpoints, reason);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis accepts no events ({Reason}). Until it does, the relay publishes committed events later, and the rate limit counts no requests.")]
    private partial void LogTakesNone(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis accepts events again.")]
    private partial void LogTakesAgain();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection to Redis at {Endpoints} is lost ({Reason}). The gateway keeps trying to connect.")]
    private partial void LogLost(string endpoints, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The connection to Redis is back.")]
    private partial void LogBack();

    /// <summary>Whether a call failed at Redis or storage: an outage, or an error of Redis for this command.</summary>
    /// <param name="exception">The exception from <see cref="RunAsync"/>.</param>
    /// <returns>False for cancellations and bugs.</returns>
    internal static bool IsFailure(Exception exception) => exception is DependencyUnavailableException or RedisServerException;

    private static bool IsOutage(Exception exception) => exception switch
    {
        // The last exception: commands that the client does not send, such as a write to a replica while there is no primary.
        RedisTimeoutException or ObjectDisposedException or RedisCommandException => true,
        // A server that cannot or will not serve: starting, full, a replica, busy with a script, another password, fewer rights.
        RedisServerException server when RefusesScripts(server) => true,
        RedisServerException server => RedisErrors.CodeOf(server) is "EXECABORT" or "NOAUTH" or "WRONGPASS" or "NOPERM" or "LOADING" or "OOM" or "NOREPLICAS" or "READONLY" or "BUSY" or "MASTERDOWN" or "MISCONF" or "CLUSTERDOWN" or "TRYAGAIN",
        RedisException => true,
        _ => false,
    };

    /// <summary>Whether Redis is available but refuses the command, because a right or the command is missing.</summary>
    /// <param name="exception">The exception from <see cref="RunAsync"/>.</param>
    /// <returns>False for an outage and for temporary reasons, such as full memory.</returns>
    internal static bool IsRefusal(Exception exception) => exception switch
    {
        DependencyUnavailableException { InnerException: RedisServerException server } =>
            RefusesScripts(server) || RedisErrors.CodeOf(server) is "NOPERM" or "EXECABORT",
        DependencyUnavailableException { InnerException: RedisCommandException command } => !command.Message.Contains("replica", StringComparison.Ordinal),
        RedisServerException => true,
        _ => false,
    };

    // A missing right or a renamed command is not the event's fault. Within a script, Redis has no error code for it before 7.2.
    private static bool RefusesScripts(RedisServerException exception) =>
        exception.Message.Contains("The user executing the script", StringComparison.Ordinal)
        || exception.Message.Contains("Unknown Redis command called from", StringComparison.Ordinal);
}
