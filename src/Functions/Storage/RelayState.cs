namespace McpFunctions.Functions.Storage;

/// <summary>What the relay knows of losses of Redis. A pair that was not running when Redis came back with an old file learns of it here.</summary>
/// <param name="Epoch">The relay's epoch, as a time in milliseconds. Redis holds a copy, and an older copy shows that Redis lost state.</param>
/// <param name="Losses">The number of losses.</param>
/// <param name="Reached">The newest losses and the epoch that Redis still had at each: its effects since then are lost.</param>
/// <param name="WrittenAt">The time of the relay's last pass, by the clock of storage; null before the first.</param>
/// <param name="ETag">The row's version; empty if it is new.</param>
public sealed record RelayState(long Epoch, int Losses, IReadOnlyList<RelayLoss> Reached, DateTimeOffset? WrittenAt = null, string ETag = "")
{
    /// <summary>The earliest epoch of the losses that a pair does not know.</summary>
    /// <param name="known">The number of losses that the pair knows.</param>
    /// <returns>The epoch in milliseconds; null if the pair knows all losses.</returns>
    public long? ReachedSince(int known) => Reached.Where(loss => loss.Number > known).Select(loss => (long?)loss.Epoch).Min();
}
