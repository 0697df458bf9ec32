using System.Collections.Concurrent;
using StackExchange.Redis;

namespace McpFunctions.Functions.Outbox;

/// <summary>
/// Measures how long the oldest entry of each consumer has waited: by the time in its id, or since this process first saw it. The id alone
/// is not enough, since a node with a fast clock may have made it.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class JournalAges(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (RedisValue Id, long FirstSeen)> oldest = new();

    /// <summary>The age of the oldest entry that a consumer has not acknowledged.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="lag">The lag; null if it has no group.</param>
    /// <returns>The age; zero if it has acknowledged all.</returns>
    public TimeSpan Of(string consumer, JournalLag? lag)
    {
        if (lag?.OldestTime is not { } idTime)
        {
            oldest.TryRemove(consumer, out _);
            return TimeSpan.Zero;
        }

        (RedisValue, long FirstSeen) entry = oldest.AddOrUpdate(
            consumer, _ => (lag.OldestId, time.GetTimestamp()), (_, before) => before.Id == lag.OldestId ? before : (lag.OldestId, time.GetTimestamp()));
        TimeSpan byId = time.GetUtcNow() - idTime;
        TimeSpan seen = time.GetElapsedTime(entry.FirstSeen);
        return byId > seen ? byId : seen;
    }
}
