using Azure.Core;
using McpFunctions.Local.FunctionsHost.Logging;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace McpFunctions.Local.FunctionsHost.Redis;

/// <summary>
/// Signs a connection in to Redis with the tokens of an identity, and again with each new token. The extension of the real host does this with a
/// package that some registries lack.
/// </summary>
internal sealed class RedisTokens(string setting, string principalId, TokenCredential credential, TimeProvider time, ILogger logger)
    : DefaultOptionsProvider,
        IAsyncDisposable
{
    private static readonly TokenRequestContext Scope = new(["https://redis.azure.com/.default"]);
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromHours(12);

    private readonly CancellationTokenSource _stopping = new();
    private Task _renewing = Task.CompletedTask;
    private volatile string _token = "";
    private DateTimeOffset _expiresOn;

    public override string User => principalId;

    public override string Password => _token;

    public override bool AbortOnConnectFail => false;

    public override bool GetDefaultSsl(EndPointCollection endPoints) => true;

    /// <summary>Gets the first token. Without one, the real host's extension does not connect either.</summary>
    public async Task StartAsync()
    {
        var first = await credential.GetTokenAsync(Scope, _stopping.Token);
        (_token, _expiresOn) = (first.Token, first.ExpiresOn);
    }

    public void Renew(IConnectionMultiplexer connection) => _renewing = RenewAsync(connection);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _renewing;
        _stopping.Dispose();
    }

    private async Task RenewAsync(IConnectionMultiplexer connection)
    {
        var signedIn = _token;
        while (true)
        {
            // The libraries keep a token and get another one shortly before its end, so most of these requests cost nothing.
            var left = (_expiresOn - time.GetUtcNow()) / 2;
            var delay = left < ShortestDelay ? ShortestDelay : left > LongestDelay ? LongestDelay : left;
            await Task.Delay(delay, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
                return;

            try
            {
                var next = await credential.GetTokenAsync(Scope, _stopping.Token);
                (_token, _expiresOn) = (next.Token, next.ExpiresOn);
                if (next.Token == signedIn)
                    continue;

                // A server that is not connected signs in when it connects.
                await Task.WhenAll(
                    connection.GetServers().Where(server => server.IsConnected).Select(server => server.ExecuteAsync("AUTH", principalId, next.Token))
                );
                signedIn = next.Token;
            }
            // Any other end of this loop would leave Redis without a valid token.
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                logger.RedisTokenFailed(setting, e is RedisException ? e.GetType().Name : e.Message.Split('\n')[0].TrimEnd());
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
