using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Streams;

/// <summary>
/// Ends open streams when their credential ends: by logout, revocation, expiry, a new password, or the deletion of the user. It reads each session or
/// key that has a stream every three seconds, since an event may come late.
/// </summary>
/// <param name="state">Reads sessions and keys.</param>
/// <param name="users">Reads their users.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs credentials that could not be read.</param>
public sealed class CredentialWatch(IStateStore state, UserDirectory users, TimeProvider time, ILogger<CredentialWatch> logger)
    : RestartingService(time, logger)
{
    private const int MaxReads = 16;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private readonly Dictionary<(string UserId, string? SessionId, string? KeyId), Watched> watched = [];

    /// <summary>Watches a credential.</summary>
    /// <param name="principal">The owner of the credential.</param>
    /// <returns>The watch; dispose of it when done.</returns>
    internal Watch Register(Principal principal)
    {
        lock (gate)
        {
            var key = (principal.UserId, principal.SessionId, principal.KeyId);
            if (!watched.TryGetValue(key, out Watched? credential))
            {
                watched.Add(key, credential = new Watched(principal));
            }

            credential.Count++;
            return new Watch(this, credential);
        }
    }

    /// <summary>Whether a credential is valid now.</summary>
    /// <param name="principal">The owner of the credential.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<bool> IsAliveAsync(Principal principal, CancellationToken cancellationToken)
    {
        DateTimeOffset now = Time.GetUtcNow();
        return principal.KeyId is { } keyId
            ? await state.FindByIdAsync<ApiKeyRow>(principal.UserId, ApiKeyKeys.RowPrefix, keyId, cancellationToken) is { } key
                && !(key.Value.Key.ExpiresAt <= now)
                && users.AcceptsKey(await users.FindAsync(principal.UserId, cancellationToken), key.Value.PasswordVersion)
            : await state.FindByIdAsync<SessionRecord>(principal.UserId, SessionRecord.RowPrefix, principal.SessionId!, cancellationToken) is { } session
                && session.Value.IsAliveAt(now)
                && users.AcceptsSession(session.Value);
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, Time);
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaxReads, CancellationToken = stoppingToken };
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // One credential that cannot be read holds up no other.
            await Parallel.ForEachAsync(All(), options, async (credential, token) => await TryAsync(() => CheckAsync(credential, token), token));
        }
    }

    private Watched[] All()
    {
        lock (gate)
        {
            return [.. watched.Values];
        }
    }

    private async Task CheckAsync(Watched credential, CancellationToken cancellationToken)
    {
        try
        {
            if (!await IsAliveAsync(credential.Principal, cancellationToken))
            {
                await credential.Ended.CancelAsync();
            }
        }
        catch (DependencyUnavailableException)
        {
            // Nobody can revoke a credential while storage is down.
        }
    }

    private void Remove(Watched credential)
    {
        lock (gate)
        {
            if (--credential.Count == 0)
            {
                Principal principal = credential.Principal;
                watched.Remove((principal.UserId, principal.SessionId, principal.KeyId));
            }
        }
    }

    /// <summary>One stream's watch over its credential.</summary>
    internal sealed class Watch : IDisposable
    {
        private readonly CredentialWatch owner;
        private readonly Watched credential;

        /// <summary>Starts the watch.</summary>
        public Watch(CredentialWatch owner, Watched credential) => (this.owner, this.credential) = (owner, credential);

        /// <summary>Cancelled when the credential has ended.</summary>
        public CancellationToken Ended => credential.Ended.Token;

        /// <inheritdoc/>
        public void Dispose() => owner.Remove(credential);
    }

    /// <summary>A credential with streams.</summary>
    internal sealed class Watched(Principal principal)
    {
        /// <summary>The owner of the credential.</summary>
        public Principal Principal { get; } = principal;

        /// <summary>Cancelled when it has ended.</summary>
        public CancellationTokenSource Ended { get; } = new();

        /// <summary>The number of its streams.</summary>
        public int Count { get; set; }
    }
}
