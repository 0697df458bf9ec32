using System.Collections.Concurrent;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Sessions;

namespace McpFunctions.Domain.Auth;

/// <summary>Says who a credential stands for, and publishes <c>auth.failed</c> for one that is rejected.</summary>
/// <param name="tokens">Reads access tokens.</param>
/// <param name="sessions">The sessions that tokens belong to.</param>
/// <param name="keys">The API keys.</param>
/// <param name="publisher">Publishes rejections.</param>
/// <param name="time">The clock.</param>
public sealed class CredentialService(IAccessTokens tokens, SessionService sessions, ApiKeyService keys, IEventPublisher publisher, TimeProvider time)
{
    /// <summary>
    /// The most rejections of tokens and keys that one address gets published per <see cref="LockoutLimits.Window"/> and
    /// instance: they cost an attacker nothing, and would fill storage.
    /// </summary>
    public const int MaxReports = 20;

    // So that an attacker with many addresses does not fill the memory instead.
    private const int MaxAddresses = 10_000;

    private readonly ConcurrentDictionary<string, int> reports = new();
    private long reportWindow;

    /// <summary>Reads an access token, whose session must live.</summary>
    /// <param name="token">What the client sent.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whom it stands for; or unauthenticated.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<Principal>> ReadTokenAsync(string token, Origin origin, CancellationToken cancellationToken)
    {
        Outcome<Principal> read = await tokens.ReadAsync(token);
        if (read.Failure is Failure.Unauthenticated invalid)
        {
            await ReportAsync(new AuthFailed(null, "", CredentialMethods.Token, null, invalid.Reason), origin, cancellationToken);
            return invalid;
        }

        Principal principal = read.Value;
        Outcome<SessionRecord> session = await sessions.UseAsync(principal.UserId, principal.SessionId!, cancellationToken);
        if (session.Failure is Failure.Unauthenticated ended)
        {
            var failed = new AuthFailed(principal.UserId, principal.Username, CredentialMethods.Token, principal.SessionId, ended.Reason);
            await ReportAsync(failed, origin, cancellationToken);
            return ended;
        }

        return principal;
    }

    /// <summary>Reads an API key.</summary>
    /// <param name="key">What the client sent.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whom it stands for; or unauthenticated.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<Principal>> ReadKeyAsync(string key, Origin origin, CancellationToken cancellationToken)
    {
        (ApiKeyRow? row, Failure.Unauthenticated? rejected) = await keys.UseAsync(key, cancellationToken);
        if (rejected is not null)
        {
            var failed = new AuthFailed(row?.UserId, row?.Username ?? "", CredentialMethods.ApiKey, null, rejected.Reason);
            await ReportAsync(failed, origin, cancellationToken);
            return rejected;
        }

        return new Principal(row!.UserId, row.Username, row.Role, null) { KeyId = row.Key.Id, Scopes = row.Key.Scopes };
    }

    // Whether it can be published or not, the credential stays rejected.
    private async Task ReportAsync(AuthFailed failed, Origin origin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(origin);
        DateTimeOffset now = time.GetUtcNow();
        if (IsReported(origin.Address ?? "", now.UtcTicks / LockoutLimits.Window.Ticks))
        {
            DomainEvent rejected = DomainEvent.Create(failed, now, failed.UserId, origin.CorrelationId);
            await publisher.PublishAsync(
                new Transaction(LockoutKeys.OfAddress(origin.Address ?? "").Partition).Publish(rejected), cancellationToken);
        }
    }

    private bool IsReported(string address, long window)
    {
        if (Interlocked.Exchange(ref reportWindow, window) != window)
        {
            reports.Clear();
        }

        return (reports.ContainsKey(address) || reports.Count < MaxAddresses) && reports.AddOrUpdate(address, 1, (_, count) => count + 1) <= MaxReports;
    }
}
