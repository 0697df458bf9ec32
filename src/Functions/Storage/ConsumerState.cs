namespace McpFunctions.Functions.Storage;

/// <summary>How far a consumer has come. Stored in storage, so that it survives a loss of Redis.</summary>
/// <param name="LowWatermark">The low watermark: every event published before this time was handled, is a dead letter, or belongs to a replay job.</param>
/// <param name="Epoch">The epoch: grows with every tick, as a time in milliseconds. Redis holds a copy, and an older copy shows that Redis lost state.</param>
/// <param name="HeldUntil">The low watermark must not rise before this time, because the relay has lowered it for an event that it is about to publish.</param>
/// <param name="ETag">The row's version.</param>
public sealed record ConsumerState(DateTimeOffset LowWatermark, long Epoch, DateTimeOffset HeldUntil, string ETag);
