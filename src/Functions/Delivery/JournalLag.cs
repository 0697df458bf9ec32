using StackExchange.Redis;

namespace McpFunctions.Functions.Delivery;

/// <summary>What a consumer has before it in the journal.</summary>
/// <param name="OldestId">The oldest entry that is not acknowledged; null where all are.</param>
/// <param name="Claimed">How many are claimed by recovery.</param>
/// <param name="Unread">How many nobody has read.</param>
public sealed record JournalLag(RedisValue OldestId, long Claimed, long Unread)
{
    /// <summary>When the oldest of them came into the journal; null where there is none.</summary>
    public DateTimeOffset? OldestTime => OldestId.IsNull ? null : JournalEntry.TimeOf(OldestId);
}
