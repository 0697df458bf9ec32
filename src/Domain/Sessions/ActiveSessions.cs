using System.Runtime.CompilerServices;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Sessions;

/// <summary>The sessions of a user.</summary>
/// <param name="state">State in storage.</param>
public sealed class ActiveSessions(IStateStore state) : IActiveEntities
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<ActiveEntity> ListAsync(string userId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Stored<SessionRecord> row in state.ListAsync<SessionRecord>(StateKeys.User(userId), SessionRecord.RowPrefix, null, cancellationToken))
        {
            // An expired session has its row until its end is published, and that event removes it from the context.
            SessionRecord session = row.Value;
            yield return ActiveEntity.Of(session.Id, 0, session.CreatedAt, new SessionCreated(session.Id, session.UserId, session.EndsAt));
        }
    }
}
