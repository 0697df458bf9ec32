using StackExchange.Redis;

namespace McpFunctions.Functions.Outbox;

/// <summary>The entries of the journal that a consumer has not acknowledged.</summary>
/// <param name="OldestId">The oldest unacknowledged entry; null if there is none.</param>
/// <param name="Claimed">The number of entries that recovery has claimed.</param>
/// <param name="Unread">The number of unread entries.</param>
public sealed record JournalLag(RedisValue OldestId, long Claimed, long Unread)
{
    /// <summary>The time at which the oldest of them entered the journal; null if there is none.</summary>
    public DateTimeOffset? OldestTime => OldestId.IsNull ? null : JournalEntry.TimeOf(OldestId);
}
