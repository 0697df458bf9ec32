using System.Runtime.ExceptionServices;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Delivery;

/// <summary>One attempt of a consumer at an event.</summary>
internal static class ConsumerAttempt
{
    /// <summary>Has a consumer handle an event, and tells what came of it.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="domainEvent">The event.</param>
    /// <param name="deadline">How long it may take; then it is abandoned.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>
    /// The failure, null where the event was handled; an <see cref="DoesNotCount">outage or a cancellation</see> is none of the event. And
    /// whether the event had an effect that it did not have before.
    /// </returns>
    public static async Task<(Exception? Failure, bool HadEffect)> TryAsync(IEventConsumer consumer, DomainEvent domainEvent, TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(deadline);
            // On a thread of its own: one that blocks is abandoned as well.
            bool hadEffect = await Task.Run(() => consumer.HandleAsync(domainEvent, limit.Token), CancellationToken.None).WaitAsync(deadline, cancellationToken);
            return (null, hadEffect);
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            Exception? outage = await ProbeAsync(consumer, cancellationToken);
            return (outage ?? new TimeoutException($"The handler took longer than {deadline.TotalSeconds} s.", exception), false);
        }
        catch (Exception exception)
        {
            return (exception, false);
        }
    }

    /// <summary>Whether an attempt that ended so does not count.</summary>
    /// <param name="failure">What came of it.</param>
    /// <returns>True for an outage of what the consumer needs, and where the time was up.</returns>
    public static bool DoesNotCount(Exception? failure) => failure is DependencyUnavailableException or OperationCanceledException;

    /// <summary>Throws an outage or a cancellation, for whoever stops at it.</summary>
    /// <param name="failure">What came of an attempt.</param>
    public static void ThrowIfItDoesNotCount(Exception? failure)
    {
        if (DoesNotCount(failure))
        {
            ExceptionDispatchInfo.Throw(failure!);
        }
    }

    // A handler that waits for a store which stands still does not fail by itself: that is an outage.
    private static async Task<Exception?> ProbeAsync(IEventConsumer consumer, CancellationToken cancellationToken)
    {
        try
        {
            await consumer.ProbeAsync(cancellationToken);
            return null;
        }
        catch (Exception exception)
        {
            return DoesNotCount(exception) ? exception : new DependencyUnavailableException($"the store of {consumer.Name}", exception);
        }
    }
}
