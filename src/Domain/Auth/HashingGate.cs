namespace McpFunctions.Domain.Auth;

/// <summary>
/// Lets few passwords be hashed at once: hashes are slow on purpose, and anybody can ask for one. Whoever finds the queue full is
/// turned away at once, so that logins never take the processor from everybody else.
/// </summary>
/// <param name="places">How many may hash at once.</param>
/// <param name="queue">How many may wait for a place.</param>
public sealed class HashingGate(int places, int queue) : IDisposable
{
    private readonly SemaphoreSlim free = new(places, places);
    private int waiting;

    /// <summary>When to come again for whoever is turned away.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>Waits for a place.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The place, to be given back by disposing it; null where too many wait already.</returns>
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
