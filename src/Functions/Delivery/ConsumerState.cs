namespace McpFunctions.Functions.Delivery;

/// <summary>What a consumer has reached, in storage: it outlives Redis.</summary>
/// <param name="LowWater">Every event that was published before it has had its effect, is in the dead letters, or belongs to a replay job.</param>
/// <param name="Beat">Counts up with every tick, in milliseconds of time; Redis holds a copy, and one that is older tells that Redis lost state.</param>
/// <param name="HeldUntil">Until when the mark must not be raised: the relay has lowered it for an event that it is about to publish.</param>
/// <param name="ETag">The row's version.</param>
public sealed record ConsumerState(DateTimeOffset LowWater, long Beat, DateTimeOffset HeldUntil, string ETag);
