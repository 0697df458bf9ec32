using System.Collections.Concurrent;
using StackExchange.Redis;

namespace McpFunctions.Functions.Outbox;

/// <summary>
/// Measures how long the oldest entry of each pair has waited: by the time in its id, or since this process first saw it. The id alone
/// is not enough, since a node with a fast clock may have made it.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class JournalAges(TimeProvider time)
{
    private readonly ConcurrentDictionary<(string Consumer, string Type), (RedisValue Id, long FirstSeen)> oldest = new();

    /// <summary>The age of the oldest entry that a pair has not acknowledged.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="type">The event type.</param>
    /// <param name="group">The state of the group; null if there is none.</param>
    /// <returns>The age; zero if it has acknowledged all.</returns>
    public TimeSpan Of(string consumer, string type, GroupStatus? group)
    {
        if (group?.OldestTime is not { } idTime)
        {
            oldest.TryRemove((consumer, type), out _);
            return TimeSpan.Zero;
        }

        (RedisValue, long FirstSeen) entry = oldest.AddOrUpdate(
            (consumer, type), _ => (group.Oldest, time.GetTimestamp()), (_, before) => before.Id == group.Oldest ? before : (group.Oldest, time.GetTimestamp()));
        TimeSpan byId = time.GetUtcNow() - idTime;
        TimeSpan seen = time.GetElapsedTime(entry.FirstSeen);
        return byId > seen ? byId : seen;
    }
}
