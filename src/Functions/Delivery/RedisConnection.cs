using McpFunctions.Domain.Delivery;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using StackExchange.Redis;

namespace McpFunctions.Functions.Delivery;

/// <summary>The process's one connection to Redis. It connects in the background, from the start on and also after Redis was away.</summary>
public sealed partial class RedisConnection : IAsyncDisposable
{
    /// <summary>The dependency's name in <see cref="DependencyUnavailableException"/>.</summary>
    public const string Dependency = "redis";

    /// <summary>The name of the setting with the connection string, for the app and for its Redis triggers.</summary>
    public const string Setting = "RedisConnection";

    /// <summary>How long Redis may take for one answer before the call counts as failed.</summary>
    public static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How long <see cref="TryRunAsync"/> waits at most.</summary>
    public static readonly TimeSpan QuickTimeout = TimeSpan.FromMilliseconds(250);

    private const int MaxConfigCheckSeconds = 5;

    private readonly Lazy<Task<ConnectionMultiplexer>> connecting;
    private readonly ILogger logger;
    private readonly string endpoints;
    private bool isLost;
    private bool isFailing;
    private long connections;

    // The breaker spares requests the wait while Redis is away; it opens after a handful of failures and tries again soon.
    private readonly ResiliencePipeline quickly = new ResiliencePipelineBuilder()
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 0.5,
            MinimumThroughput = 5,
            SamplingDuration = TimeSpan.FromSeconds(10),
            BreakDuration = TimeSpan.FromSeconds(2),
        })
        .AddTimeout(QuickTimeout)
        .Build();

    /// <summary>Reads the connection string; nothing is connected yet.</summary>
    /// <param name="connectionString">A StackExchange.Redis configuration.</param>
    /// <param name="logger">Tells when Redis is lost and when it is back.</param>
    public RedisConnection(string connectionString, ILogger<RedisConnection>? logger = null)
    {
        this.logger = logger ?? NullLogger<RedisConnection>.Instance;
        ConfigurationOptions options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        options.AsyncTimeout = (int)CommandTimeout.TotalMilliseconds;
        // After a failover, the client asks so often which node takes writes. Its own 60 seconds would be the time to recover.
        options.ConfigCheckSeconds = Math.Min(options.ConfigCheckSeconds, MaxConfigCheckSeconds);
        options.ClientName = "mcp-gateway";
        endpoints = string.Join(", ", options.EndPoints.Select(EndPointCollection.ToString));
        // A command that waits for a connection to come back would make its caller wait too; callers have better answers.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        connecting = new Lazy<Task<ConnectionMultiplexer>>(() => ConnectAsync(options));
    }

    /// <summary>How often the connection has come back after it was lost.</summary>
    public long Connections => Volatile.Read(ref connections);

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

    /// <summary>Runs a call to Redis that a request can do without: it waits for <see cref="QuickTimeout"/> at most, and not at all while Redis is away.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="call">The call, on the database.</param>
    /// <returns>What it gave; null where Redis did not answer in time, though it may have done what it was asked.</returns>
    public async Task<T?> TryRunAsync<T>(Func<IDatabase, Task<T>> call)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(call);
        try
        {
            T answer = await quickly.ExecuteAsync(async token => await RunAsync(call, token));
            if (Interlocked.Exchange(ref isFailing, false))
            {
                LogTakesAgain();
            }

            return answer;
        }
        catch (Exception exception) when (exception is DependencyUnavailableException or TimeoutRejectedException or BrokenCircuitException or RedisException)
        {
            if (!Interlocked.Exchange(ref isFailing, true))
            {
                LogTakesNone(DependencyUnavailableException.ReasonOf(exception));
            }

            return null;
        }
    }

    /// <summary>
    /// Asks Redis for its time: the node that holds the journal, whichever that is after a failover. Its clock makes the ids of the journal's
    /// entries.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The time in UTC.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached or does not answer in time.</exception>
    public async Task<DateTimeOffset> TimeAsync(CancellationToken cancellationToken)
    {
        // A script has a key, and goes where the key is. The command goes to any node.
        RedisResult time = await RunAsync(database => database.ScriptEvaluateAsync("return redis.call('TIME')", [RedisJournal.Journal]), cancellationToken);
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

    private async Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions options)
    {
        ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync(options);
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

    // Each try to connect fails anew; it is told once.
    private void Lost(string reason)
    {
        if (!Interlocked.Exchange(ref isLost, true))
        {
            LogLost(endpoints, reason);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis takes no events ({Reason}); until it does, committed events are left to the relay, and requests are not counted.")]
    private partial void LogTakesNone(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis takes events again.")]
    private partial void LogTakesAgain();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis is lost ({Reason}), at {Endpoints}; it is connected to again as soon as it is there.")]
    private partial void LogLost(string endpoints, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis is back.")]
    private partial void LogBack();

    private static bool IsOutage(Exception exception) => exception switch
    {
        // The last one: what the client itself does not send, as a write to a replica while there is no primary.
        RedisConnectionException or RedisTimeoutException or ObjectDisposedException or RedisCommandException => true,
        // Answers of a server that is not able to serve, or does not want to: starting, full, a replica or without any, busy with a script; another
        // password, fewer rights; a transaction of which it refused a part for one of these.
        RedisServerException server when RefusesScripts(server) => true,
        RedisServerException server => server.Message.Split(' ')[0] is "EXECABORT" or "NOAUTH" or "WRONGPASS" or "NOPERM" or "LOADING" or "OOM" or "NOREPLICAS" or "READONLY" or "BUSY" or "MASTERDOWN" or "MISCONF" or "CLUSTERDOWN" or "TRYAGAIN",
        _ => false,
    };

    /// <summary>Whether Redis is there, and refuses what was asked for itself: a right is missing, or the command.</summary>
    /// <param name="exception">What <see cref="RunAsync"/> threw.</param>
    /// <returns>False for an outage, and for a reason that passes, as a full memory.</returns>
    internal static bool IsRefusal(Exception exception) => exception switch
    {
        DependencyUnavailableException { InnerException: RedisServerException server } =>
            RefusesScripts(server) || server.Message.Split(' ')[0] is "NOPERM" or "EXECABORT",
        DependencyUnavailableException { InnerException: RedisCommandException command } => !command.Message.Contains("replica", StringComparison.Ordinal),
        RedisServerException => true,
        _ => false,
    };

    // A user without the right, or a command that was renamed: that is nothing about the event. Within a script, Redis has no code for it before 7.2.
    private static bool RefusesScripts(RedisServerException exception) =>
        exception.Message.Contains("The user executing the script", StringComparison.Ordinal)
        || exception.Message.Contains("Unknown Redis command called from", StringComparison.Ordinal);
}
