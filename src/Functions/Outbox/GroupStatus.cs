using System.Globalization;
using McpFunctions.Domain.Events;
using StackExchange.Redis;

namespace McpFunctions.Functions.Outbox;

/// <summary>The entries of a journal that one consumer has not acknowledged.</summary>
/// <param name="Lag">The number of unread entries; null if Redis does not know it, as after one was deleted, and before Redis 7.</param>
/// <param name="FirstUnread">The first of them; null if there is none.</param>
/// <param name="Pending">The number of entries that were read and not acknowledged.</param>
/// <param name="FirstPending">The first of them; null if there is none.</param>
/// <param name="Failed">The number of pending entries that wait for another attempt.</param>
public sealed record GroupStatus(long? Lag, RedisValue FirstUnread, long Pending, RedisValue FirstPending, long Failed)
{
    /// <summary>The number of unread entries; 1 for some if Redis does not know it.</summary>
    public long Unread => FirstUnread.IsNull ? 0 : Lag ?? 1;

    /// <summary>The oldest unacknowledged entry; null if there is none.</summary>
    public RedisValue Oldest => FirstPending.IsNull ? FirstUnread : FirstPending;

    /// <summary>The time at which the oldest unacknowledged entry entered the journal; null if there is none.</summary>
    public DateTimeOffset? OldestTime => Oldest.IsNull ? null : TimeOf(Oldest);

    /// <summary>The number of entries that instances handle now.</summary>
    public long InFlight => Pending - Failed;

    /// <summary>The time in a stream id, by the clock of Redis.</summary>
    /// <param name="id">The id: <c>{ms}-{number}</c>.</param>
    /// <returns>The time; the end of the calendar for an id beyond it.</returns>
    public static DateTimeOffset TimeOf(RedisValue id) =>
        EventTime.FromUnixMilliseconds(ulong.Parse(((string)id!).Split('-')[0], CultureInfo.InvariantCulture));
}
