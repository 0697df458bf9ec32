using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Consumers;

/// <summary>Whether a consumer's store answers. While it does not, one caller at a time asks it again, after a pause.</summary>
/// <param name="consumer">The consumer.</param>
/// <param name="pause">The time between two questions.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreAvailability(IEventConsumer consumer, TimeSpan pause, TimeProvider time)
{
    // A timestamp of the clock; zero while the store answers.
    private long outSince;
    private bool isProbing;

    /// <summary>Notes that the store answers.</summary>
    public void NoteAnswer() => Volatile.Write(ref outSince, 0);

    /// <summary>Notes that the store does not answer.</summary>
    public void NoteFailure() => Volatile.Write(ref outSince, time.GetTimestamp());

    /// <summary>Asks a store that was out, unless another caller does or the pause is not over.</summary>
    /// <param name="cancellationToken">Cancels the question.</param>
    /// <returns>Whether the store answers.</returns>
    public async Task<bool> CheckAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref outSince) == 0)
        {
            return true;
        }

        if (time.GetElapsedTime(Volatile.Read(ref outSince)) < pause || Interlocked.Exchange(ref isProbing, true))
        {
            return false;
        }

        try
        {
            await consumer.ProbeAsync(cancellationToken);
            NoteAnswer();
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            NoteFailure();
            return false;
        }
        finally
        {
            Volatile.Write(ref isProbing, false);
        }
    }
}
