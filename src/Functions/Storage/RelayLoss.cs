namespace McpFunctions.Functions.Storage;

/// <summary>A loss of Redis that the relay noticed.</summary>
/// <param name="Number">The number of the loss.</param>
/// <param name="Epoch">The epoch that Redis still had, as a time in milliseconds.</param>
public sealed record RelayLoss(int Number, long Epoch);
