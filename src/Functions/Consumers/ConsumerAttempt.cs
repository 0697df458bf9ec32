using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Consumers;

/// <summary>
/// The attempts of consumers at events. An event's first timeout counts as an outage, since a store that hung until just now answers the probe
/// that follows. A second timeout is a failure of the event.
/// </summary>
/// <param name="options">The time after which an attempt is abandoned.</param>
/// <param name="metrics">Measures attempts.</param>
/// <param name="time">The clock of the measurement and of the deadline.</param>
public sealed class ConsumerAttempt(IOptions<DeliveryOptions> options, DeliveryMetrics metrics, TimeProvider time)
{
    // In this process only, so they stay few.
    private readonly ConcurrentDictionary<(string Consumer, string EventId), bool> timedOut = new();

    /// <summary>Hands an event to a consumer and reports the outcome.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="domainEvent">The event.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>
    /// The failure, null if the event was handled. An <see cref="DoesNotCount">outage or a cancellation</see> is not a failure of the event. And
    /// whether the event had a new effect.
    /// </returns>
    public async Task<(Exception? Failure, bool HadEffect)> TryAsync(IEventConsumer consumer, DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        (Exception? failure, bool hadEffect) = await TrackAsync(consumer, domainEvent, cancellationToken);
        if (failure is TimeoutException)
        {
            if (timedOut.TryAdd((consumer.Name, domainEvent.Id), true))
            {
                return (new DependencyUnavailableException("a dependency of the handler", failure), false);
            }
        }
        else if (!timedOut.IsEmpty && !DoesNotCount(failure))
        {
            timedOut.TryRemove((consumer.Name, domainEvent.Id), out _);
        }

        if (failure is not null && !DoesNotCount(failure))
        {
            metrics.Failed(consumer.Name);
        }

        return (failure, hadEffect);
    }

    private async Task<(Exception? Failure, bool HadEffect)> TrackAsync(IEventConsumer consumer, DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        using Activity? span = EventSpans.StartProcess(consumer.Name, domainEvent);
        (Exception? failure, bool hadEffect) = await HandleAsync(consumer, domainEvent, cancellationToken);
        if (failure is not null)
        {
            span?.Fail(failure.GetType().FullName!);
        }

        metrics.Processed(consumer.Name, domainEvent.Type, started, failure);
        return (failure, hadEffect);
    }

    private async Task<(Exception? Failure, bool HadEffect)> HandleAsync(IEventConsumer consumer, DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        TimeSpan deadline = options.Value.HandlerDeadline;
        try
        {
            using var timeout = new CancellationTokenSource(deadline, time);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            // On a separate thread, so that a handler that blocks can be abandoned too.
            bool hadEffect = await Task.Run(() => consumer.HandleAsync(domainEvent, limit.Token), CancellationToken.None).WaitAsync(deadline, time, cancellationToken);
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

    /// <summary>Whether an attempt with this failure does not count.</summary>
    /// <param name="failure">The outcome.</param>
    /// <returns>True for an outage of a dependency, and for a cancellation.</returns>
    public static bool DoesNotCount(Exception? failure) => failure is DependencyUnavailableException or OperationCanceledException;

    /// <summary>Throws an outage or a cancellation, for callers that stop at it.</summary>
    /// <param name="failure">The outcome of an attempt.</param>
    public static void ThrowIfItDoesNotCount(Exception? failure)
    {
        if (DoesNotCount(failure))
        {
            ExceptionDispatchInfo.Throw(failure!);
        }
    }

    // A handler that waits for a hanging store does not fail by itself, so a timeout may be an outage.
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
