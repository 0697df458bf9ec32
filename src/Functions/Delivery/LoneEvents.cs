namespace McpFunctions.Functions.Delivery;

/// <summary>
/// Lets one event at a time be handled alone, over all consumers of a process: where it ends, the attempts of no other are
/// used up with it.
/// </summary>
public sealed class LoneEvents : IDisposable
{
    // A handler that hangs in its turn is not to hang up the others: they come again at the next tick.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Waits for a turn, which is kept from before an attempt is counted until it is over.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The turn, to be disposed of; null where it did not come within 5 s.</returns>
    public async Task<IDisposable?> TryEnterAsync(CancellationToken cancellationToken) =>
        await turn.WaitAsync(MaxWait, cancellationToken) ? new Turn(turn) : null;

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
