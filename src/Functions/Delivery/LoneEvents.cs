namespace McpFunctions.Functions.Delivery;

/// <summary>
/// Lets one event at a time be handled alone, over all consumers of a process: where it ends, the attempts of no other are
/// used up with it.
/// </summary>
public sealed class LoneEvents : IDisposable
{
    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Waits for its turn, from before an attempt is counted until it is over.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The turn, to be disposed of.</returns>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        return new Turn(turn);
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
