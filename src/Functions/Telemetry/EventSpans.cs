using System.Diagnostics;
using System.Diagnostics.Metrics;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Telemetry;

/// <summary>
/// The spans of events on their way: published, received in a batch, processed by a consumer. Names and attributes follow OpenTelemetry's messaging
/// conventions. An event's <c>traceparent</c> joins them to the request that made it, however late and by whatever way the event comes.
/// </summary>
internal static class EventSpans
{
    private const string Redis = "redis";

    private static readonly Counter<long> Sent = GatewaySource.Meter.CreateCounter<long>(
        "messaging.client.sent.messages", "{message}", "Events that were published, in journal and channel.");

    /// <summary>The trace of an event; default if it has none, or none that can be read.</summary>
    public static ActivityContext TraceOf(DomainEvent domainEvent) =>
        ActivityContext.TryParse(domainEvent.Metadata.TraceParent, null, isRemote: true, out ActivityContext context) ? context : default;

    /// <summary>
    /// Starts a span for work that no caller waits for. The host does not sample the runs of triggers other than HTTP, unless it exports spans
    /// itself, so an invocation that is not sampled is no decision against the span.
    /// </summary>
    public static Activity? StartInOwnRight(string name, ActivityKind kind)
    {
        Activity? before = Activity.Current;
        if (before is { Recorded: false })
        {
            Activity.Current = null;
        }

        Activity? span = GatewaySource.Spans.StartActivity(name, kind);
        if (span is null)
        {
            Activity.Current = before;
        }

        return span;
    }

    /// <summary>Starts the producer span of each event, in the event's own trace. With a single event, it becomes the current span.</summary>
    public static PublishSpans? StartPublish(IReadOnlyList<DomainEvent> events) =>
        Sent.Enabled || GatewaySource.Spans.HasListeners() ? new PublishSpans(events) : null;

    /// <summary>Starts the span of one read of a journal. The events come later.</summary>
    public static Activity? StartReceive(string consumer, string type)
    {
        if (!GatewaySource.Spans.HasListeners() || TickSpan.IsIdle(Activity.Current) || StartInOwnRight($"receive {EventChannels.Of(type)}", ActivityKind.Client) is not { } span)
        {
            return null;
        }

        return Describe(span, "receive", "receive", type).SetTag("messaging.consumer.group.name", consumer);
    }

    /// <summary>Links a read, and the timer's run to which it belongs, to the traces of the events that it brought.</summary>
    public static void AddBatch(Activity? span, IEnumerable<DomainEvent> events)
    {
        if (!GatewaySource.Spans.HasListeners())
        {
            return;
        }

        DomainEvent[] batch = [.. events];
        ActivityContext[] traces = [.. batch.Select(TraceOf).Where(context => context != default)];
        span?.SetTag("messaging.batch.message_count", batch.Length);
        if (span is { IsAllDataRequested: true })
        {
            foreach (ActivityContext context in traces)
            {
                span.AddLink(new ActivityLink(context));
            }
        }

        if (batch.Length > 0)
        {
            TickSpan.MarkBusy(traces);
        }
    }

    /// <summary>Starts the span of the acknowledgement of entries, in the trace of the read that brought them.</summary>
    public static Activity? StartSettle(string consumer, string type, ActivityContext batch, int count)
    {
        Activity? span = batch.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
            ? GatewaySource.Spans.StartActivity($"ack {EventChannels.Of(type)}", ActivityKind.Client, batch)
            : null;
        return span is null ? null : Describe(span, "ack", "settle", type)
            .SetTag("messaging.consumer.group.name", consumer)
            .SetTag("messaging.batch.message_count", count);
    }

    /// <summary>
    /// Continues in the trace of the first caller, for work that several callers share and a loop does. With several, in a span that is linked to
    /// the others.
    /// </summary>
    public static Activity? StartShared(string name, IReadOnlyList<Activity?> callers)
    {
        if (!GatewaySource.Spans.HasListeners())
        {
            return null;
        }

        Activity.Current = callers[0];
        return callers.Count == 1 ? null : GatewaySource.Spans.StartActivity(
            name, ActivityKind.Internal, default(ActivityContext), links: callers.Skip(1).SelectMany(LinkTo));
    }

    /// <summary>Starts the span of a page of a replay.</summary>
    public static Activity? StartReplay(string consumer, IReadOnlyList<DomainEvent> events)
    {
        if (events.Count == 0 || !GatewaySource.Spans.HasListeners())
        {
            return null;
        }

        TickSpan.MarkBusy();
        Activity? span = StartInOwnRight($"replay {consumer}", ActivityKind.Internal)?.SetTag("messaging.consumer.group.name", consumer);
        AddBatch(span, events);
        return span;
    }

    /// <summary>Starts the consumer span of an event, in the event's own trace, with a link to the batch that brought it.</summary>
    public static Activity? StartProcess(string consumer, DomainEvent domainEvent)
    {
        if (!GatewaySource.Spans.HasListeners())
        {
            return null;
        }

        Activity? span = GatewaySource.Spans.StartActivity(
            $"process {EventChannels.Of(domainEvent.Type)}", ActivityKind.Consumer, TraceOf(domainEvent), links: LinkTo(Activity.Current));
        return span is { IsAllDataRequested: true }
            ? Describe(span, "process", "process", domainEvent).SetTag("messaging.consumer.group.name", consumer)
            : span;
    }

    private static ActivityLink[] LinkTo(Activity? activity) => activity is { Recorded: true } ? [new ActivityLink(activity.Context)] : [];

    private static Activity Describe(Activity span, string operation, string operationType, DomainEvent domainEvent) =>
        Describe(span, operation, operationType, domainEvent.Type)
            .SetTag("messaging.message.id", domainEvent.Id)
            .SetTag("messaging.message.conversation_id", domainEvent.CorrelationId);

    private static Activity Describe(Activity span, string operation, string operationType, string type) => span
        .SetTag("messaging.system", Redis)
        .SetTag("messaging.operation.name", operation)
        .SetTag("messaging.operation.type", operationType)
        .SetTag("messaging.destination.name", EventChannels.Of(type));

    /// <summary>The producer spans of events that one call publishes.</summary>
    internal sealed class PublishSpans : IDisposable
    {
        private readonly IReadOnlyList<DomainEvent> events;
        private readonly Activity?[] spans;

        /// <summary>Starts them.</summary>
        public PublishSpans(IReadOnlyList<DomainEvent> events)
        {
            this.events = events;
            Activity? before = Activity.Current;
            TickSpan.MarkBusy(events.Select(TraceOf).Where(context => context != default && context.TraceId != before?.TraceId));
            spans = [.. events.Select(domainEvent => Start(domainEvent, before))];
            if (spans.Length > 1)
            {
                // The call to Redis belongs to all of them.
                Activity.Current = before;
            }
        }

        /// <summary>Counts the events that were not published before.</summary>
        public void Succeed(IReadOnlyList<bool> isNew)
        {
            for (int index = 0; index < events.Count; index++)
            {
                if (isNew[index])
                {
                    Sent.Add(
                        1,
                        new("messaging.system", Redis),
                        new("messaging.operation.name", "publish"),
                        new("messaging.destination.name", EventChannels.Of(events[index].Type)));
                }
            }
        }

        /// <summary>Marks the spans as failed.</summary>
        public void Fail(string errorType)
        {
            foreach (Activity? span in spans)
            {
                span?.Fail(errorType);
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            foreach (Activity? span in spans)
            {
                span?.Dispose();
            }
        }

        private static Activity? Start(DomainEvent domainEvent, Activity? before)
        {
            ActivityContext trace = TraceOf(domainEvent);
            // A request publishes below its own span. The relay publishes later, elsewhere.
            bool isOwn = trace == default || trace.TraceId == before?.TraceId;
            Activity.Current = before;
            Activity? span = GatewaySource.Spans.StartActivity(
                $"publish {EventChannels.Of(domainEvent.Type)}", ActivityKind.Producer, isOwn ? default : trace, links: isOwn ? [] : LinkTo(before));
            return span is { IsAllDataRequested: true } ? Describe(span, "publish", "send", domainEvent) : span;
        }
    }
}
