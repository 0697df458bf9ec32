using StackExchange.Redis;

namespace McpFunctions.Functions.Outbox;

/// <summary>The state of the journal of one event type.</summary>
/// <param name="Length">The number of entries.</param>
/// <param name="First">The first entry; null if there is none.</param>
/// <param name="Missing">The number of entries that disappeared untrimmed, of which only a change means something; null if Redis does not count.</param>
/// <param name="Groups">The consumer groups by name.</param>
/// <param name="Problem">The error of Redis if the journal cannot be read; else empty.</param>
public sealed record StreamStatus(long Length, RedisValue First, long? Missing, IReadOnlyDictionary<string, GroupStatus> Groups, string Problem);
