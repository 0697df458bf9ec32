namespace McpFunctions.Functions.Storage;

/// <summary>How far a pair of consumer and event type has come. Stored in storage, so that it survives a loss of Redis.</summary>
/// <param name="Type">The event type.</param>
/// <param name="LowWatermark">The low watermark: every event published before this time was handled, is a dead letter, or belongs to a replay job.</param>
/// <param name="Epoch">The epoch: grows with every tick, as a time in milliseconds. Redis holds a copy, and an older copy shows that Redis lost state.</param>
/// <param name="HeldUntil">The low watermark must not rise while the journal has an unacknowledged entry from before this time, by the clock of Redis, because the relay has lowered it for a late event.</param>
/// <param name="Losses">The number of losses of the relay that the pair knows.</param>
/// <param name="IsReleased">Whether the journal may drop entries that the pair has not read, because it has not run for an hour. Its next tick replays them.</param>
/// <param name="Missing">The number of missing journal entries that the pair knows; null if Redis does not count.</param>
/// <param name="Late">The events whose effects came long after their time.</param>
/// <param name="WrittenAt">The time of the last tick, by the clock of storage; null before the first.</param>
/// <param name="ETag">The row's version; empty if it is new.</param>
public sealed record PairState(
    string Type,
    DateTimeOffset LowWatermark,
    long Epoch,
    DateTimeOffset HeldUntil,
    int Losses,
    bool IsReleased = false,
    long? Missing = null,
    IReadOnlyList<LateEvents>? Late = null,
    DateTimeOffset? WrittenAt = null,
    string ETag = "")
{
    /// <summary>The events whose effects came long after their time.</summary>
    public IReadOnlyList<LateEvents> Late { get; init; } = Late ?? [];
}
