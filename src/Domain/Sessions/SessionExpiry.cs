using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Sessions;

/// <summary>Ends the sessions whose time is over. Several at once are safe: each end happens once.</summary>
/// <param name="index">Sessions by the time of their end.</param>
/// <param name="sessions">The sessions.</param>
/// <param name="time">The clock.</param>
public sealed class SessionExpiry(ISessionIndex index, SessionService sessions, TimeProvider time)
{
    // The index entry is written just before the session, so the session may still come.
    private static readonly TimeSpan OrphanTimeout = TimeSpan.FromHours(1);

    /// <summary>Ends what has expired since somebody last looked.</summary>
    /// <param name="cancellationToken">Cancels the operation. The next run continues.</param>
    /// <returns>The number of ended sessions.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<int> ExpireAsync(CancellationToken cancellationToken)
    {
        int count = 0;
        DateTimeOffset now = time.GetUtcNow();
        await foreach (DueSession due in index.ListDueAsync(now, cancellationToken))
        {
            Outcome<SessionRecord> expired = await sessions.ExpireAsync(due, cancellationToken);
            switch (expired.Failure)
            {
                case null when expired.Value.IsAliveAt(time.GetUtcNow()):
                    await index.MoveAsync(due, expired.Value.ExpiresAt, cancellationToken);
                    break;
                case null:
                    await index.RemoveAsync(due, cancellationToken);
                    count++;
                    break;
                case Failure.NotFound when due.IndexedAt + OrphanTimeout < now:
                    await index.RemoveAsync(due, cancellationToken);
                    break;
                case Failure.Unavailable:
                    return count;
            }
        }

        return count;
    }
}
