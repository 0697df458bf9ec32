using System.Security.Cryptography;
using System.Text;

namespace McpFunctions.Domain.Quotas;

/// <summary>
/// Lets one request of a user after another write the user's count, so that requests of one process do not refuse each other's
/// writes. It only saves work: the row's ETag keeps the count exact.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class Turnstile(TimeProvider time)
{
    // Longer than a write takes. After this time a request continues anyway, since storage may hang.
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(250);

    // Users share them.
    private readonly SemaphoreSlim[] turns = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Waits for a user's turn, for a moment at most.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The turn, to be ended by disposing it.</returns>
    public async Task<IDisposable> EnterAsync(string userId, CancellationToken cancellationToken)
    {
        SemaphoreSlim turn = turns[SHA256.HashData(Encoding.UTF8.GetBytes(userId))[0] % turns.Length];
        using var enough = new CancellationTokenSource(MaxWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        try
        {
            await turn.WaitAsync(either.Token);
            return new Turn(turn);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Turn(null);
        }
    }

    private sealed class Turn(SemaphoreSlim? turn) : IDisposable
    {
        private SemaphoreSlim? held = turn;

        public void Dispose() => Interlocked.Exchange(ref held, null)?.Release();
    }
}
