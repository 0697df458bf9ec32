namespace McpFunctions.Domain.Credentials;

/// <summary>
/// Limits how many passwords are hashed at once, since hashes are slow on purpose and anybody can request one. A full queue
/// refuses further requests at once, so that logins leave processor time for others.
/// </summary>
/// <param name="places">The most hashes at the same time.</param>
/// <param name="queue">The most waiting requests.</param>
public sealed class HashingGate(int places, int queue) : IDisposable
{
    private readonly SemaphoreSlim free = new(places, places);
    private int waiting;

    /// <summary>The time after which a refused caller may try again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>Waits for a place.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The place; dispose of it. Null if too many wait already.</returns>
    public async Task<IDisposable?> EnterAsync(CancellationToken cancellationToken)
    {
        if (!await free.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            try
            {
                if (Interlocked.Increment(ref waiting) > queue)
                {
                    return null;
                }

                await free.WaitAsync(cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref waiting);
            }
        }

        return new Place(free);
    }

    /// <inheritdoc/>
    public void Dispose() => free.Dispose();

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        private int isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isLeft, 1) == 0)
            {
                free.Release();
            }
        }
    }
}
