namespace McpFunctions.Functions.Consumers;

/// <summary>
/// Lets the process handle one isolated event at a time, over all consumers. If that event kills the process, no other event
/// loses an attempt.
/// </summary>
public sealed class IsolationGate : IDisposable
{
    // A handler that hangs must not block the others. They try again at the next tick.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Waits for a turn. Take it before counting an attempt, and keep it until the attempt ends.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The turn; dispose of it. Null if it did not come within 5 s.</returns>
    public async Task<IDisposable?> TryEnterAsync(CancellationToken cancellationToken) =>
        await turn.WaitAsync(MaxWait, cancellationToken) ? new Turn(turn) : null;

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
