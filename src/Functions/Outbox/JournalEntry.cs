using System.Globalization;
using McpFunctions.Domain.Events;
using StackExchange.Redis;

namespace McpFunctions.Functions.Outbox;

/// <summary>An entry of the journal.</summary>
/// <param name="Id">Its id in the stream: <c>{ms}-{number}</c>, by the clock of Redis.</param>
/// <param name="Body">The event's JSON; null if the entry was deleted before it was acknowledged.</param>
public sealed record JournalEntry(RedisValue Id, byte[]? Body)
{
    /// <summary>The time at which it entered the journal, by the clock of Redis.</summary>
    public DateTimeOffset Time => TimeOf(Id);

    /// <summary>The time in a stream id.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The time; the end of the calendar for an id beyond it.</returns>
    public static DateTimeOffset TimeOf(RedisValue id) =>
        EventTime.FromUnixMilliseconds(ulong.Parse(((string)id!).Split('-')[0], CultureInfo.InvariantCulture));
}
