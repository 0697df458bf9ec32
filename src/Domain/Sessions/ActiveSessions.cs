using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Sessions;

/// <summary>The sessions of a user.</summary>
/// <param name="state">State in storage.</param>
public sealed class ActiveSessions(IStateStore state) : IActiveEntities
{
    /// <inheritdoc/>
    // An ended session has its row until its end is published, and that event removes it from the context.
    public IAsyncEnumerable<ActiveEntity> ListAsync(string userId, CancellationToken cancellationToken) => state
        .ListAsync<SessionRecord>(StateKeys.User(userId), SessionRecord.RowPrefix, null, cancellationToken)
        .Select(row => row.Value)
        .Select(session => ActiveEntity.Of(session.Id, 0, session.CreatedAt, new SessionCreated(session.Id, session.UserId, session.EndsAt)));
}
