using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Consumers;

/// <summary>An entry that this process has in work.</summary>
/// <param name="entry">The entry.</param>
internal sealed class EntryInWork(PendingEntry entry)
{
    private readonly TaskCompletionSource<Exception?> settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Exception?> reported = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The entry.</summary>
    public PendingEntry Entry { get; } = entry;

    /// <summary>Its event; null until it is read, and if it cannot be read.</summary>
    public DomainEvent? Event { get; set; }

    /// <summary>When its attempt ended.</summary>
    public DateTimeOffset EndedAt { get; set; }

    /// <summary>Its attempt. It ends with the outcome and never throws.</summary>
    public Task<(Exception? Failure, bool HadEffect)> Handling { get; set; } = null!;

    /// <summary>The failure of the attempt that has ended; null if the event was handled.</summary>
    public Exception? Failure => Handling.Result.Failure;

    /// <summary>Ends with the failure when the entry is acknowledged or handed back.</summary>
    public Task<Exception?> Settled => settled.Task;

    /// <summary>
    /// Ends when the ring of the event has its answer: after a failure, when the entry is settled; after a success at once, since the ring behind it
    /// must not wait for an acknowledgement.
    /// </summary>
    public Task<Exception?> Reported => reported.Task;

    /// <summary>Answers the ring of an event that was handled.</summary>
    public void Succeed() => reported.TrySetResult(null);

    /// <summary>Notes that the entry is acknowledged or handed back.</summary>
    public void Settle()
    {
        settled.TrySetResult(Failure);
        reported.TrySetResult(Failure);
    }
}
