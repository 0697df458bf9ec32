namespace McpFunctions.Functions.Outbox;

/// <summary>The state of the journal of one event type.</summary>
/// <param name="Length">The number of entries.</param>
/// <param name="Missing">The number of entries that disappeared untrimmed, of which only a change means something; null if Redis does not count.</param>
/// <param name="Groups">The consumer groups by name.</param>
/// <param name="Problem">The error of Redis if the journal cannot be read; else empty.</param>
public sealed record StreamStatus(long Length, long? Missing, IReadOnlyDictionary<string, GroupStatus> Groups, string Problem);
