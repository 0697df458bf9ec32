using Azure.Core;
using McpFunctions.Domain.Delivery;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace McpFunctions.Functions.Redis;

/// <summary>
/// Signs in to Redis with the tokens of an identity. Redis ends a connection whose token has expired, so a connection signs in again with each
/// new token.
/// </summary>
/// <param name="user">The object id of the identity: its name in Redis.</param>
/// <param name="credential">The identity.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Says when no token can be had, and when tokens are there again.</param>
public sealed partial class RedisIdentity(string user, TokenCredential credential, TimeProvider time, ILogger<RedisIdentity> logger) : DefaultOptionsProvider, IAsyncDisposable
{
    // Without a token, a connection would only be refused. The start does not wait longer than a connection would.
    private static readonly TimeSpan FirstTokenTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan MinPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromHours(12);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(10);

    // The scope of Azure Cache for Redis and of Azure Managed Redis.
    private static readonly TokenRequestContext Scope = new(["https://redis.azure.com/.default"]);

    private readonly CancellationTokenSource disposing = new();
    private readonly TaskCompletionSource hasToken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();

    // The token with which each connection has signed in.
    private readonly Dictionary<ConnectionMultiplexer, string> signedIn = [];
    private Task? refreshing;
    private volatile string current = "";
    private DateTimeOffset expiresOn;
    private bool isFailing;

    // What the client does by itself for this service, such as Azure Managed Redis.
    private DefaultOptionsProvider service = new();

    /// <inheritdoc/>
    public override string User => user;

    /// <summary>The latest token. The client reads it at each sign-in.</summary>
    public override string Password => current;

    /// <inheritdoc/>
    public override bool AbortOnConnectFail => false;

    /// <inheritdoc/>
    public override Version DefaultVersion => service.DefaultVersion;

    /// <inheritdoc/>
    public override RedisProtocol? Protocol => service.Protocol;

    /// <inheritdoc/>
    public override string ConfigurationChannel => service.ConfigurationChannel;

    /// <inheritdoc/>
    public override Task AfterConnectAsync(ConnectionMultiplexer multiplexer, Action<string> log) => service.AfterConnectAsync(multiplexer, log);

    /// <inheritdoc/>
    public override bool GetDefaultSsl(EndPointCollection endPoints) => true;

    /// <summary>Connects, and keeps the connection signed in.</summary>
    /// <param name="options">The options of the connection, without user and password.</param>
    /// <returns>The connection. It may not be there yet; then the client tries again.</returns>
    public async Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions options)
    {
        lock (gate)
        {
            refreshing ??= Task.Run(RefreshAsync);
        }

        await Task.WhenAny(hasToken.Task, Task.Delay(FirstTokenTimeout, time));
        ApplyTo(options);
        string used = current;
        ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync(options);
        lock (gate)
        {
            signedIn[multiplexer] = used;
        }

        return multiplexer;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await disposing.CancelAsync();
        if (refreshing is not null)
        {
            await refreshing;
        }

        disposing.Dispose();
    }

    /// <summary>Adds the sign-in, TLS and the service's own defaults to options.</summary>
    internal void ApplyTo(ConfigurationOptions options)
    {
        service = GetProvider(options.EndPoints);
        options.Defaults = this;
    }

    private async Task RefreshAsync()
    {
        while (!disposing.IsCancellationRequested)
        {
            TimeSpan pause = await RenewTokenAsync() & await SignInAgainAsync() ? PauseOf(expiresOn - time.GetUtcNow()) : RetryPause;
            await Task.Delay(pause, time, disposing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // At half of the life that is left. The libraries keep a token until shortly before its end, so most calls cost nothing.
    private static TimeSpan PauseOf(TimeSpan left) => left / 2 < MinPause ? MinPause : left / 2 > MaxPause ? MaxPause : left / 2;

    private async Task<bool> RenewTokenAsync()
    {
        try
        {
            AccessToken token = await credential.GetTokenAsync(Scope, disposing.Token);
            (current, expiresOn) = (token.Token, token.ExpiresOn);
            hasToken.TrySetResult();
            if (isFailing)
            {
                isFailing = false;
                LogTokens();
            }

            return true;
        }
        // Any other end of this loop would leave Redis without tokens for good.
#pragma warning disable CA1031
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (!isFailing && !disposing.IsCancellationRequested)
            {
                isFailing = true;
                LogNoToken(DependencyUnavailableException.ReasonOf(exception));
            }

            return false;
        }
    }

    private async Task<bool> SignInAgainAsync()
    {
        string password = current;
        ConnectionMultiplexer[] old;
        lock (gate)
        {
            old = [.. signedIn.Where(each => each.Value != password).Select(each => each.Key)];
        }

        bool[] done = await Task.WhenAll(old.Select(multiplexer => SignInAgainAsync(multiplexer, password)));
        return done.All(each => each);
    }

    private async Task<bool> SignInAgainAsync(ConnectionMultiplexer multiplexer, string password)
    {
        try
        {
            // A server that is not connected signs in when it connects.
            await Task.WhenAll(multiplexer.GetServers().Where(server => server.IsConnected).Select(server => server.ExecuteAsync("AUTH", user, password)));
            lock (gate)
            {
                signedIn[multiplexer] = password;
            }

            return true;
        }
        catch (ObjectDisposedException)
        {
            lock (gate)
            {
                signedIn.Remove(multiplexer);
            }

            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // Its message may quote the command.
            LogNotSignedIn(exception.GetType().Name);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The identity of the gateway gets no token for Redis ({Reason}). The gateway keeps asking.")]
    private partial void LogNoToken(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The identity of the gateway gets tokens for Redis again.")]
    private partial void LogTokens();

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection to Redis could not sign in with its new token ({Reason}). It tries again, and works until the old one expires.")]
    private partial void LogNotSignedIn(string reason);
}
