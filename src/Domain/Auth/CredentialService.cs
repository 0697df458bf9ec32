using System.Collections.Concurrent;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Auth;

/// <summary>Checks credentials, and publishes <c>auth.failed</c> for a rejected one.</summary>
/// <param name="tokens">Reads access tokens.</param>
/// <param name="sessions">The sessions that tokens belong to.</param>
/// <param name="keys">The API keys.</param>
/// <param name="publisher">Publishes rejections.</param>
/// <param name="time">The clock.</param>
public sealed class CredentialService(IAccessTokens tokens, ISessions sessions, IApiKeys keys, IEventPublisher publisher, TimeProvider time)
    : ICredentials
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

    /// <inheritdoc/>
    public async Task<Outcome<Principal>> ReadTokenAsync(string token, Origin origin, CancellationToken cancellationToken)
    {
        Outcome<Principal> read = await tokens.ReadAsync(token);
        if (read.Failure is Failure.Unauthenticated invalid)
        {
            await ReportAsync(new AuthFailed(null, "", CredentialMethods.Token, null, invalid.Reason), origin, cancellationToken);
            return invalid;
        }

        Principal principal = read.Value;
        // Read the session only. The transaction that deletes the user or changes the password revokes it.
        Outcome<SessionRecord> session = await sessions.UseAsync(principal.UserId, principal.SessionId!, cancellationToken);
        if (session.Failure is Failure.Unauthenticated ended)
        {
            var failed = new AuthFailed(principal.UserId, principal.Username, CredentialMethods.Token, principal.SessionId, ended.Reason);
            await ReportAsync(failed, origin, cancellationToken);
            return ended;
        }

        // The role of the session, whatever the token says.
        return new Principal(session.Value.UserId, session.Value.Username, session.Value.Role, session.Value.Id);
    }

    /// <inheritdoc/>
    public async Task<Outcome<Principal>> ReadKeyAsync(string key, Origin origin, CancellationToken cancellationToken)
    {
        (ApiKeyRow? row, Failure.Unauthenticated? rejected) = await keys.UseAsync(key, cancellationToken);
        if (rejected is not null)
        {
            var failed = new AuthFailed(row?.UserId, row?.Username ?? "", CredentialMethods.ApiKey, null, rejected.Reason);
            await ReportAsync(failed, origin, cancellationToken);
            return rejected;
        }

        return new Principal(row!.UserId, row.Username, row.Role, null) 
        {
            KeyId = row.Key.Id,
            // No more than the role of today allows.
            Scopes = [.. Scopes.Of(row.Role).Where(row.Key.Scopes.Contains)],
        };
    }

    // Whether it can be published or not, the credential stays rejected.
    private async Task ReportAsync(AuthFailed failed, Origin origin, CancellationToken cancellationToken)
    {
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
